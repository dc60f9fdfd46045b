"""
The published code as data: its promises, their clocks, and the firm's calendar.
"""
