"""
The firm's people: who has a case, who stands in, who is told.
"""
