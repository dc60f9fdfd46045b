"""
From what a rule wants said to the octets that will leave. Pure: the instant and the ids are
arguments, so that a test can hold every octet.
"""
