"""
How fast mailbot is, and how fast it could be: `python -m tests.benchmark`.

Everything is measured from outside, as whole processes on servers of our own, so that
any checkout can stand beside any other: a tree is known here by its command line, its
configuration and its tables, never by its modules. Nothing here is a test; a figure
that is worse than yesterday's is for a person to see.

    trees, process      a checkout, and one process of it: seconds, CPU, peak of memory
    ground, sink        Dovecot, PostgreSQL and an SMTP server, on loopback, for one run
    house               one firm of a tree: a mailbox, a database, a folder
    letters             what people write to it
    counter             put into a process, counts its statements and hand-overs
    floor               the same work by the bare libraries
    speed, latency, startup, flat     the parts of a run
    rows                writes a database that has lived for years
    figures             numbers to lines
"""
