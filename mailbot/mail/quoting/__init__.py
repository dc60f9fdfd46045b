"""
New words and old: what of a message is an answer, a quotation, a forward.
"""
