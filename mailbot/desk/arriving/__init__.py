"""
One message on its way in: what it says, whose it is, and what is done with it.
"""
