"""
A story of mails as one page: a calendar, a timeline, and each mail as its reader
would see it. The page needs nothing from anywhere: no script, no font, and no picture but
those within it.
"""
