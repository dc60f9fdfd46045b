"""
`mailbot backup`, `mailbot restore`, `mailbot move`: the whole database, kept and put back, or
taken from a file to a server.
"""
