"""
A past gone through once more: what the mailbox has kept, message by message and letter by letter.
"""
