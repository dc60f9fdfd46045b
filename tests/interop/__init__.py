"""
Whether mailbot works with the IMAP servers that firms run: `python -m tests.interop`.

Each server is started on loopback, with a mailbox that nobody used before, and mailbot runs
beside it as it would at a firm: as processes, by the real clock. The suite does not run it.

    servers             which there are, and how each is started
    firm                a mailbox on one of them, mailbot beside it, and all that it sends
    story               what happens there, step by step

Cyrus and Courier are fetched as packages and not installed: see tests/servers/unpacked.py.
"""
