"""
The outside world, one file a protocol.
"""
