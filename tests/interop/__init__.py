"""
Whether mailbot works with the servers that firms run: `python -m tests.interop`.

Each server is started on loopback, with a mailbox that nobody used before, and mailbot runs
beside it as it would at a firm: as processes, by the real clock. The suite does not run it.

    servers             which there are, and how each is started
    combinations        which of them are tried together
    firm                a mailbox on one of them, mailbot beside it, and the relay that it sends by
    story               what happens there, step by step, with any mailbox
    relay_story         and with any relay

All that a relay takes comes to a sink of ours, which refuses where a step wants it to; what the
relay writes to the service itself is put into the mailbox from there. Left out are: other mail
that comes in by the relay (it is put into the mailbox at once); ports below 1024; every mailbox
with every relay (they never meet).

What Debian offers and this machine has not is fetched as packages and not installed: see
tests/servers/unpacked.py.
"""
