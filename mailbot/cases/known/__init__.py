"""
What is remembered, as far as a rule may ask: read before anybody decides, kept afterwards.
"""
