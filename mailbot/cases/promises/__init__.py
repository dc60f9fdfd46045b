"""
What becomes of a promise: when it is due, what keeps it, what is said when it is broken.
"""
