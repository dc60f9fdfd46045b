"""
The sentences for people: history, tasks, receipts, and the moments in them.
"""
