"""
Loops: the order of effects, and nothing clever.
"""
