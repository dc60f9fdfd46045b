"""
OAuth 2.0: how an access token is had, kept, renewed, and asked for again.

    client         who asks, of whom, for what: the configuration as a value
    credentials    secret, certificate and key, read when they are needed
    signing        what is signed with them (RFC 7523)
    request        the fields of one request, by flow
    endpoint       one question to the token endpoint and its answer
    answer         what the answer means: a token, a no, or "later"
    refusals       each no of an endpoint, with its own remedy
    refresh_token  the file that the refresh token lives in, between processes, too
    tokens         the token in hand: one for both protocols, one request at a time
    claims         what a token says of itself, where it says so
    sasl           what a mail server is told (XOAUTH2, RFC 7628)
    logins         why a mail server refuses a token, and what to do
    consent        `mailbot login`: a person lets us in, once
"""
