"""
`mailbot report`: how the code was kept in a month.
"""
