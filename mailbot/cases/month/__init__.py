"""
How the code was kept in a month: from what the store has to figures, each with its cases.
"""
