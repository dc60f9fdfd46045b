"""
A database made anew from the mailbox alone.
"""
