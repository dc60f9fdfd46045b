"""
What becomes of a letter: kept in, copied, put on paper, accepted, or come back.
"""
