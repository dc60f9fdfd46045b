"""
`mailbot outbox`: the letters that have not been sent, and what can be said of them.
"""
