"""
The report of a month in the shapes that people read: a page, and a PDF. Both are made of one
sheet of words and figures, so that neither can say what the other does not.
"""
