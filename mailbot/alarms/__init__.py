"""
Alarms by a second way, beside the log: for as long as each lasts, and by apprise.

    endings     which lines of the log are alarms that end, and by which line
    words       what an alarm says to whoever is woken, and what they do
    standing    pure: what has begun, lasts, is over, and is to be told when
    urls        the ways that an alarm goes: the only user of apprise
    bell        a thread of its own, which needs no mail, no database and no disk
"""
