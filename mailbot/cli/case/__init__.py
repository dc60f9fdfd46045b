"""
`mailbot case REF`: one case whole, for a script and for a complaints officer.
"""
