"""
What others watch mailbot by: the facts that its health is judged by, /health and /metrics.
"""
