"""
From what people write to values: commands, days, times, and complaints that are entered.
"""
