"""
`mailbot evidence`: the ombudsman's file of one case, made and verified.
"""
