"""
The files of a message: what they are, and with which of our mails they go along.
"""
