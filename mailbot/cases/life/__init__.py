"""
The life of a case: it opens, has an outcome, ends, opens again, becomes part of another.
"""
