"""
Who or what wrote a message: a person, a machine, one of our own.
"""
