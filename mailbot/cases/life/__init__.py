"""
The life of a case: what follows when it opens, when somebody writes, when it ends.
"""
