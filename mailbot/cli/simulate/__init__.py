"""
The whole future of a complaint that nobody touches: the rules on a virtual clock.
"""
