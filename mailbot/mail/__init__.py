"""
Octets and values. Nothing here waits, asks the time, logs, or has heard of a case.
"""
