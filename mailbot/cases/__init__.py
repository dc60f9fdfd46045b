"""
The rules. Pure: the same arguments give the same answer, and every answer has a reason.
"""
