"""
Whose message it is and what is to be done with it: who is believed, and why.
"""
