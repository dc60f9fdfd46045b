"""
A rehearsal beside the people: what mailbot would have sent, and what they did send.
"""
