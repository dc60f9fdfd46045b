"""
What we remember; the only user of Tortoise.

A message on its way in (table `ledger`), and what is true at worst after a crash:

    unseen     on the server only; the next look finds it
    begun      an attempt was committed, nothing else. At worst it is read again;
               after the third attempt only its header is read
    recorded   `record.message` committed: octets, case, events, obligations and
               letters are ours. At worst it still lies in the mailbox; the next
               round files it away
    held       the same, and a person has to look
    left       known by its header; too large, so the octets stay on the server
    gone       it left the server before it was ours: an alarm

A letter on its way out (table `outbox`):

    queued     written in the transaction that decided it, with its final octets
    (claimed)  attempts + 1 and the next attempt are committed, and a lock says that
               its worker is there (`in_hand`). At worst the recipient gets it
               twice, with the same Message-ID
    deferred   not now; due again by the schedule, for five days
    uncertain  the line was lost inside DATA; said again after a pause
    sent       accepted by the next hop; the promise it keeps is settled in the
               same commit
    refused, expired, bounced
               final, and a person has a task
    withheld   written, and not to be sent: a cap, a verdict, send = "none"
    withdrawn  made pointless by what happened since

A transaction reads everything that a rule may ask (`read_known`), and keeps what was decided
(`keep_decided`): no rule is applied here, no sentence made and no reason given. It holds up
to fifty messages, deadlines or letters. What is at worst after a kill:

    before its commit   nothing of it has happened. The messages are read again, each with an
                        attempt more; a message that cannot be kept with the others goes alone
    letters             those that the next hop accepted since the last commit, at most half a
                        second's, are said again, with the same octets and Message-ID

SQLite's transactions hold the file from their first statement, so that what is read in one
is still true when it is kept. On PostgreSQL the cases are locked as they are read, in the
order of their serials, and before any letter; and whoever numbers messages or cases holds
a lock of the database's until they are kept, so that no number is missing.

Octets and long texts are packed as they are written and unpacked as they are read, by their
columns (`packed_fields`); whoever reads one with SQL of his own unpacks it (`packing`).
"""

from mailbot.store.table_sources import found_quickly

with found_quickly():
    import mailbot.store.tables  # noqa: F401
