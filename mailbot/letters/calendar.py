"""
An appointment as a part of a mail. The only user of icalendar.

It is published, not asked for (RFC 5546 §3.2.1): no reader's program answers it, and
nobody is named who would have to accept.
"""

from datetime import UTC, datetime, timedelta

from mailbot.mail.words import one_line


def agreed_contact(
    uid: str,
    at: datetime,
    *,
    minutes: int,
    summary: str,
    organizer: str,
    stamp: datetime,
    location: str = "",
    description: str = "",
    revision: int = 0,
    is_cancelled: bool = False,
) -> bytes:
    """
    The calendar with this one event in it, in UTC. *organizer* is a mail address;
    *description* may have several lines.

    The same *uid* with a later *stamp*, or within its minute a higher *revision*, takes the
    place of what was published before; *is_cancelled* takes it back (RFC 5546 §3.2.5).
    """
    if minutes < 1:
        raise ValueError(f"an appointment lasts a minute or more, not {minutes}")
    # Its import takes longer than all letters of a morning, and few of them have a time.
    from icalendar import Calendar, Event, vCalAddress  # noqa: PLC0415

    event = Event()
    event.add("uid", one_line(uid))
    event.add("dtstamp", _in_utc(stamp))
    # RFC 5546 §2.1.5: what is newer is told by the sequence first. In minutes, for it
    # must fit 32 bits after 2038 too.
    event.add("sequence", int(_in_utc(stamp).timestamp()) // 60 + revision)
    event.add("dtstart", _in_utc(at))
    event.add("dtend", _in_utc(at) + timedelta(minutes=minutes))
    event.add("summary", one_line(summary))
    if location:
        event.add("location", one_line(location))
    if description:
        event.add("description", "\n".join(map(one_line, description.splitlines())))
    event.add("organizer", vCalAddress(f"mailto:{one_line(organizer)}"))
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//mailbot//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"a naive datetime is no instant: {instant.isoformat()}")
    return instant.astimezone(UTC).replace(microsecond=0)
