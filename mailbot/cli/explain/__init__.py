"""
How a message is or was read, and why: the decision told, never carried out.
"""
