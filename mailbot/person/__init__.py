"""
What is held of one person, for that person: a request for access (UK GDPR article 15).
"""
