"""
More mail in a case: the customer writes again, a machine does, a handler answers.
"""
