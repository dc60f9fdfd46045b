"""
The whole of a database: kept in a folder, put back, taken to another engine.

What is kept is always a file of SQLite, also of a server's database: one format for both
engines, so that each can be put back into the other, and be looked at with what is at hand.

    pages       the rows of a table, a page at a time, with values that are the engine's no more
    copying     from a file to a server, and from a server to a file; where it was left, it goes on
    sameness    whether both have the same rows, each compared as it is read back
    manifest    what lies in a backup, by its digests
    backup      a backup made, complete from the instant at which it has its name
    restoring   and put back into an empty place
    moving      a file moved to a server, with nobody at work on either
"""
