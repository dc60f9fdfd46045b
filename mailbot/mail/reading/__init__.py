"""
From octets to values, within bounds.
"""
