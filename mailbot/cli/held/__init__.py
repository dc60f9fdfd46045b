"""
`mailbot held`: the mail that waits for a person, looked at and decided on.
"""
