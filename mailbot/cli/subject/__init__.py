"""
`mailbot subject`: everything held about one person, for them.
"""
