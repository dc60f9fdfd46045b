"""
What the firm's people order: from their words to values, and what each of them does.
"""
