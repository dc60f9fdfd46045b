"""
The mails of the morning, one a reader.
"""
