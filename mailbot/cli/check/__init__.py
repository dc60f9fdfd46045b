"""
`mailbot check`: everything that `run` needs, tried, and what its first round would do.
"""
