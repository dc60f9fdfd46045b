"""
What an alarm says to whoever is woken by it: what does not work, and what to do.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from mailbot.alarms.endings import ENDINGS
from mailbot.alarms.standing import Notice
from mailbot.health.reasons import REMEDIES, Reason
from mailbot.health.time import days, for_so_long

_MINUTE = timedelta(minutes=1)

_PARTS: Mapping[str, str] = {
    "imap": "no mail is taken in",
    "clock": "deadlines do not strike",
    "smtp": "no mail leaves",
    "processed_folder": "recorded mail is not put away",
    "sent_folder": "the sent folder gets no copies",
}

#: event -> what it means, and what to do first. The README's dictionary of the log says more.
WORDS: Mapping[str, tuple[str, str]] = {
    "part_failed": (
        "",
        "As the reason says; mailbot check tries it at once.",
    ),
    "unwell": ("", ""),
    "health_unknown": (
        "nobody looks any more whether mailbot is well; the work goes on",
        "Start it again, and report the line of the log.",
    ),
    "start_failed": ("mailbot does not start", "Read stderr, or run mailbot check."),
    "crashed": (
        "mailbot has stopped by a defect of its own",
        "Start it again, nothing is lost; report the line `crashed` of the log.",
    ),
    "credentials_expire": (
        "a client secret or certificate runs out, and mail stops with it",
        "Make a new one and put it into its file; set secret_expires_on, and start mailbot again.",
    ),
    "refresh_token_not_kept": (
        "a new refresh token cannot be written down",
        "Let mailbot write the file: the next start would have no token.",
    ),
    "message_failed": (
        "a message could not be taken in",
        "Nothing: after three attempts it is held. mailbot held list.",
    ),
    "messages_gone": (
        "mail was removed from the folder before it was recorded",
        "Find out who did, and let only mailbot tidy that folder.",
    ),
    "messages_not_fetched": (
        "the server lists messages and does not hand them out",
        "Look at the mailbox with another program.",
    ),
    "message_set_aside": (
        "the server does not hand out a message; everybody else's goes on",
        "mailbot held list, and look at it with another program.",
    ),
    "messages_set_aside": (
        "messages that were set aside still do not come",
        "mailbot held list, and look at them with another program.",
    ),
    "deadline_failed": (
        "what was due in a case could not be done",
        "Look after that case by hand: mailbot case.",
    ),
    "people_not_read": (
        "handlers.toml was changed and cannot be used",
        "mailbot check says what is wrong; the people known before stay.",
    ),
    "cases_left_behind": (
        "somebody with open cases is not in handlers.toml any more",
        "Assign their cases: mailbot check names them.",
    ),
    "retention_failed": (
        "a case that is past its time could not be anonymised",
        "Say mailbot retention, and report the line of the log.",
    ),
    "digests_failed": (
        "the digests of the morning could not be written",
        "Nothing: deadlines go on. Report the line of the log.",
    ),
    "report_failed": (
        "the report of the month could not be written",
        "Nothing: it is tried again the next morning. Report the line of the log.",
    ),
    "clock_doubted": (
        "the clock of the machine is wrong, and no deadline strikes",
        "Put the clock right; or, if it is, mailbot resume --clock.",
    ),
    "promised_mail_overdue": (
        "letters that were promised have not left for an hour",
        "mailbot outbox list says why.",
    ),
    "lost_past_noticed": (
        "somebody answers mail of ours that this database does not have",
        "Was it restored, or does another one mail under the same token.key? README, Backup.",
    ),
    "alert_unheard": (
        "a message speaks of danger, and nobody who was told of it is in",
        "Have a person read it now: mailbot case, or mailbot held list.",
    ),
    "staff_unreached": (
        "a mail to one of our own people did not reach them",
        "Mend their address in handlers.toml.",
    ),
    "letter_not_rebuilt": (
        "a letter of the sent folder is not in the rebuilt database",
        "Report the line of the log.",
    ),
    "delivery_refused_for_us": (
        "the mail server turns us down",
        "Mend the account: relaying, quota or policy.",
    ),
    "delivery_paused": (
        "the mail server turns us down letter after letter; one at a time is tried",
        "Mend the account: relaying, quota or policy.",
    ),
    "copy_noticed": (
        "this database was at home elsewhere, and nothing is sent from here",
        "A copy: leave it so. Moved on purpose: stop the old one, then mailbot resume.",
    ),
}


def title(notice: Notice, firm: str, host: str) -> str:
    """
    One line, as a telephone shows it.
    """
    return f"{'Over' if notice.is_over else 'ALARM'}: {_what(notice)} (mailbot, {firm}, {host})"


def body(notice: Notice) -> str:
    """
    What is known, and what to do first.
    """
    return "\n".join(_body(notice))


def _body(notice: Notice) -> Iterator[str]:
    yield _when(notice)
    if notice.says:
        yield f"It was: {notice.says}" if notice.is_over else _sentence(notice.says)
    if notice.more:
        yield f"And {notice.more} more of the kind since the last alarm."
    if notice.case:
        yield f"Case {notice.case}."
    if reason := _reason(notice):
        yield f"{'It was' if notice.is_over else 'Reason'}: {reason}"
    if not notice.is_over:
        yield f"What to do: {_remedy(notice)}"
    which = f", part {notice.part}" if notice.part else ""
    which += f", reason {notice.reason}" if notice.event == "unwell" else ""
    yield f"In the log: {notice.event}{which}"


def _when(notice: Notice) -> str:
    at = _instant(notice.since)
    if not notice.is_over:
        return f"Since {at}." if notice.event in ENDINGS else f"At {at}."
    until = notice.since + notice.lasted
    same_day = notice.since.date() == until.date()
    end = f"{until:%H:%M} UTC" if same_day else _instant(until)
    lasted = "less than a minute" if notice.lasted < _MINUTE else for_so_long(notice.lasted)
    return f"From {at} until {end}: {lasted}."


def _reason(notice: Notice) -> str:
    if notice.event == "unwell":
        return ""
    if notice.days is None:
        return notice.reason.replace("_", " ") if notice.reason.isidentifier() else notice.reason
    if notice.days < 0:
        return f"{notice.reason} ended {days(-notice.days)} ago"
    return f"{notice.reason} ends {f'in {days(notice.days)}' if notice.days else 'today'}"


def _sentence(says: str) -> str:
    return f"{says[0].upper()}{says[1:]}."


_UNKNOWN = ("something needs a person", "The README's dictionary of the log says more.")


def _what(notice: Notice) -> str:
    if notice.event == "part_failed":
        return _PARTS.get(notice.part, "a part does not work")
    if notice.event == "unwell":
        # What it is, and not yet what follows from it.
        return notice.says.partition(": ")[0] or notice.reason.replace("_", " ")
    return WORDS.get(notice.event, _UNKNOWN)[0]


def _remedy(notice: Notice) -> str:
    if notice.event == "unwell" and notice.reason in REMEDIES:
        remedy = REMEDIES[Reason(notice.reason)]
        return _sentence(remedy)
    return WORDS.get(notice.event, _UNKNOWN)[1]


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
