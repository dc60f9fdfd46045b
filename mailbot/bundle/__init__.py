"""
What is handed out: a signed archive of files with an index page, and whether one is as it
was signed. Nothing in here knows what a case is.

    sections    the index in values: headings, facts, tables, words
    as_page     the same as HTML; as_pdf: as a PDF to print
    mail_page   one mail as its reader would see it
    names       what the files are called
    writing     the archive itself, file after file, and its seal
    manifest    what is in it: sizes, SHA-256, and of the whole
    signing     who made it: Ed25519 for anybody, HMAC for the firm
    reading     an archive from anywhere, looked into with care
    verifying   what is missing, added, altered, and whose key it is
    readme      how a stranger checks it without mailbot
"""
