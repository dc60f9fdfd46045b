"""
Years of a firm's mail through one worker process, to see what grows.
"""
