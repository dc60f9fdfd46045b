"""
`mailbot rebuild`.
"""
