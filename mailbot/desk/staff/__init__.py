"""
Mail of the firm's own people: what proves that they wrote it, and what they get done by it.
"""
