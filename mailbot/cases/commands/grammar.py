"""
What staff say by mail or on the command line: one grammar, from text to values.

Commands stand one a line at the top and start with `#`. Text after them is the
body: for `#call`, `#outcome` and `#deadlock` it goes to the customer, for every
other command it stays inside. Nothing is done here; `cases/commands/carry_out.py` decides.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from mailbot.cases.commands.entry import envelope_lines, mail_address, opened
from mailbot.cases.commands.orders import (
    AddParty,
    Assign,
    Away,
    Back,
    Call,
    Channel,
    Close,
    Command,
    Complaint,
    Contact,
    Correct,
    Credit,
    CreditApplied,
    DataProtection,
    Deadlock,
    Detail,
    Eligible,
    Email,
    Escalate,
    Every,
    FileIn,
    Help,
    Merge,
    Misspoken,
    Need,
    NotComplaint,
    Note,
    NotEligible,
    Outcome,
    Post,
    Posted,
    Reject,
    Release,
    RemoveParty,
    Reopen,
    Status,
)
from mailbot.cases.commands.spoken_moment import Doubtful, Reckoning, moment, span
from mailbot.cases.rulebook.clock import parse_within

#: Too grave for a reply token alone: over the From line of a stolen mail they would do harm.
GRAVE = frozenset(
    {
        *("close", "deadlock", "not-complaint", "not-eligible", "credit", "correct", "assign"),
        *("party", "merge", "open", "release", "case"),
    }
)

#: They change nothing, and say nothing that the one who asks may not know.
TELLING = frozenset({"help", "status"})

#: Commands that are about no case, whatever mail they answer.
ABOUT_NO_CASE = frozenset({"open", "away", "case"})

#: Commands that are about held mail where a number, or the mail they answer, says which.
ABOUT_HELD_MAIL = frozenset({"release", "reject"})

#: More lines than this are no instruction but a pasted text.
MOST_COMMANDS = 20

#: Whose text the customer reads.
_SPEAK_TO_THE_CUSTOMER = frozenset({"call", "outcome", "deadlock"})

_LONGEST_ROLE = 32
#: Of the number of a held message: what has more fits into no database.
_MOST_DIGITS = 18

_HOW_TO_SAY_PARTY = (
    'Write "#party add jane@example.com representative", with ", copies" behind it if they are to'
    ' get a copy of every letter to the customer; or "#party remove jane@example.com"'
)

_AMOUNT = re.compile(r"£?[0-9]{1,6}([.][0-9]{1,2})?")

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)


def parse(text: str, reckoning: Reckoning) -> tuple[Command, ...]:
    """
    The commands at the top of *text*, in order, each with the body where it wants one.

    Misspoken if there is none, or if any one of them cannot be read: then none counts.
    """
    lines, body = _split(text)
    if not lines:
        raise Misspoken(f"there is no command; they are: {KNOWN}")
    if len(lines) > MOST_COMMANDS:
        raise Misspoken(f"more than {MOST_COMMANDS} commands in one mail; send the rest in another")
    _no_doubt_about_the_body(lines, body)
    return tuple(_one(line, body, reckoning) for line in lines)


def has_commands(text: str) -> bool:
    """
    Whether the first line that says anything starts with `#`.
    """
    return bool(_split(text)[0])


def words(text: str) -> tuple[str, ...]:
    """
    The words of the commands at the top of *text*, in order, without their signs.
    """
    return tuple(map(_word, _split(text)[0]))


def names_held_mail(text: str) -> bool:
    """
    Whether a command at the top of *text* has the number of a held message.
    """
    return any(_word(line) in ABOUT_HELD_MAIL and line.split()[1:] for line in _split(text)[0])


def strays(text: str) -> tuple[str, ...]:
    """
    Lines that look like commands of ours and stand where none is carried out: below
    a greeting, say. No customer may ever read one.
    """
    lines, body = _split(text)
    below = body.splitlines() if not lines else []
    return tuple(each.strip() for each in below if _hidden_word(each) in _READERS)


def grave(text: str) -> tuple[str, ...]:
    """
    The grave commands at the top of *text*, as written.
    """
    lines, _ = _split(text)
    return tuple(f"#{_word(line)}" for line in lines if _word(line) in GRAVE)


def _split(text: str) -> tuple[list[str], str]:
    """
    The command lines at the top, over empty ones between them, and the text below.
    """
    lines = text.strip().splitlines()
    commands = []
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith("#")):
        line = lines.pop(0).strip()
        commands += [line] if line else []
    return commands, "\n".join(lines).strip()


def _no_doubt_about_the_body(lines: list[str], body: str) -> None:
    """
    Misspoken where a command would be sent to the customer as text, or one text
    as two mails.
    """
    for word in map(_hidden_word, body.splitlines()):
        if word in _READERS:
            raise Misspoken(f"#{word} stands below other text; put every command at the top")
    speaking = [f"#{_word(line)}" for line in lines if _word(line) in _SPEAK_TO_THE_CUSTOMER]
    if body and len(speaking) > 1:
        raise Misspoken(
            f"{' and '.join(speaking)} in one mail have one text below; send them in two mails"
        )


def _word(line: str) -> str:
    """
    The word of a command line in lower case; "" if the line is none.
    """
    words = line.strip().lstrip("#").split(maxsplit=1)
    # People write "#note: rang her" as well.
    return words[0].lower().rstrip(":") if words and line.lstrip().startswith("#") else ""


def _hidden_word(line: str) -> str:
    """
    The word of a command as people's programs write one: behind a bullet or a number, in
    bold, with characters that nobody sees.
    """
    seen = "".join(
        each for each in unicodedata.normalize("NFKC", line) if unicodedata.category(each) != "Cf"
    )
    found = _DECORATED.match(seen)
    return found["word"].lower() if found else ""


_DECORATED = re.compile(
    r"[^\w#>]*(?:\d{1,2}[.)])?[^\w#>]*#[\s*_]*(?P<word>[A-Za-z]+(?:-[A-Za-z]+)*)"
)


def _one(line: str, body: str, reckoning: Reckoning) -> Command:
    word = _word(line)
    rest = line.lstrip("#").strip()[len(word) :].lstrip(":").strip()
    reader = _READERS.get(word)
    if reader is None:
        raise Misspoken(f"#{word} is no command; they are: {KNOWN}")
    return reader(rest, body, reckoning)


# --- readers: the rest of the line, the body, the reckoning -----------------


def _text_for_the_customer(name: str, make: Callable[[str], Command]) -> "_Reader":
    def read(rest: str, body: str, reckoning: Reckoning) -> Command:
        text = "\n\n".join(filter(None, (rest, body)))
        if not text:
            raise Misspoken(f"#{name} needs the text that the customer is to read, below it")
        return make(text)

    return read


def _reason(name: str, make: Callable[[str], Command]) -> "_Reader":
    """
    The rest of the line alone: it may be shown to the customer, text below never is.
    """

    def read(rest: str, body: str, reckoning: Reckoning) -> Command:
        if not rest:
            raise Misspoken(f"#{name} needs the reason, on the same line")
        return make(rest)

    return read


def _internal_text(name: str, make: Callable[[str], Command]) -> "_Reader":
    def read(rest: str, body: str, reckoning: Reckoning) -> Command:
        text = "\n\n".join(filter(None, (rest, body)))
        if not text:
            raise Misspoken(f"#{name} needs a text, on the same line or below it")
        return make(text)

    return read


def _bare(make: Callable[[], Command]) -> "_Reader":
    def read(rest: str, body: str, reckoning: Reckoning) -> Command:
        return make()

    return read


def _contact(rest: str, body: str, reckoning: Reckoning) -> Command:
    at = _moment(rest, reckoning, "contact")
    if at <= reckoning.now:
        raise Misspoken(f'#contact: "{rest}" is in the past; name a time that is still to come')
    return Contact(at)


def _every(rest: str, body: str, reckoning: Reckoning) -> Command:
    try:
        interval = parse_within(rest)
    except ValueError:
        raise Misspoken('#every: write an interval such as "3 working days" or "7 days"') from None
    if interval.is_in_hours:
        raise Misspoken('#every: write whole days, such as "3 working days"')
    return Every(interval)


def _close(rest: str, body: str, reckoning: Reckoning) -> Command:
    """
    Refused without the evidence: how, who and when.
    """
    how = '#close: write how, who and when, such as "#close phone Jane Doe, 25/11 14:00"'
    channel, _, said = rest.partition(" ")
    who, comma, when = said.rpartition(",")
    if channel.lower() not in {Channel.PHONE, Channel.LETTER, Channel.EMAIL}:
        raise Misspoken(how)
    if not (comma and who.strip()):
        raise Misspoken(how)
    at = _moment(when, Reckoning(reckoning.now, reckoning.calendar, is_ahead=False), "close")
    if at > reckoning.now:
        raise Misspoken(f'#close: "{when.strip()}" is still to come; name when it was said')
    return Close(Channel(channel.lower()), who.strip(), at)


def _credit(rest: str, body: str, reckoning: Reckoning) -> Command:
    if rest.lower() == "applied":
        return CreditApplied()
    how = '#credit: write the amount and the invoice month, such as "#credit 25.00 December 2026"'
    amount_text, _, month_text = rest.partition(" ")
    month_name, _, year = month_text.strip().lower().partition(" ")
    if not _AMOUNT.fullmatch(amount_text):
        raise Misspoken(how)
    amount = Decimal(amount_text.lstrip("£"))
    try:
        month = date(int(year), _MONTHS.index(month_name) + 1, 1)
    except ValueError:
        raise Misspoken(how) from None
    if not amount:
        raise Misspoken(how)
    if month < reckoning.today.replace(day=1):
        raise Misspoken(f"#credit: {month_text.strip()} is over; name an invoice that is to come")
    return Credit(amount, month)


def _moment(text: str, reckoning: Reckoning, command: str) -> datetime:
    try:
        return moment(text, reckoning)
    except Doubtful as doubt:
        raise Misspoken(f"#{command}: {doubt}") from None


def _post(rest: str, body: str, reckoning: Reckoning) -> Command:
    return Post(envelope_lines(f"{rest}\n{body}"))


def _posted(rest: str, body: str, reckoning: Reckoning) -> Command:
    return Posted(rest.strip().lower())


def _correct(rest: str, body: str, reckoning: Reckoning) -> Command:
    how = (
        '#correct: write what and its new value, such as "#correct phone 01495 000 001";'
        f" it can be {', '.join(Detail)}"
    )
    word, _, value = rest.partition(" ")
    try:
        detail = Detail(word.lower())
    except ValueError:
        raise Misspoken(how) from None
    if detail is Detail.ADDRESS:
        value = "\n".join(envelope_lines(f"{value}\n{body}"))
    value = value.strip()
    if not value:
        raise Misspoken(how)
    if detail is Detail.EMAIL:
        value = mail_address(value, "correct")
    return Correct(detail, value)


def _party(rest: str, body: str, reckoning: Reckoning) -> Command:
    """
    `add ADDRESS ROLE` with `, copies` behind it or without, or `remove ADDRESS`.
    """
    match rest.split(maxsplit=2):
        case [verb, email, role] if verb.lower() == "add":
            role, comma, receives = role.partition(",")
            if comma and receives.strip().lower() != "copies":
                raise Misspoken(
                    f'#party: "{receives.strip()}" is nothing that somebody can get; behind the'
                    f' comma stands "copies" or nothing. {_HOW_TO_SAY_PARTY}'
                )
            return AddParty(mail_address(email, "party"), _role(role), gets_copies=bool(comma))
        case [verb, email] if verb.lower() == "remove":
            return RemoveParty(mail_address(email, "party"))
        case [verb, email] if verb.lower() == "add":
            raise Misspoken(f"#party: say which role {email} has. {_HOW_TO_SAY_PARTY}")
        case _:
            raise Misspoken(f"#party: {_HOW_TO_SAY_PARTY}")


def _role(said: str) -> str:
    role = " ".join(said.split())
    if not role or "@" in role or len(role) > _LONGEST_ROLE:
        raise Misspoken(
            f'#party: "{role}" is no role: one or a few words, together no longer than'
            f" {_LONGEST_ROLE} characters. {_HOW_TO_SAY_PARTY}"
        )
    if role.lower() == "complainant":
        raise Misspoken(
            "#party: a case has one complainant; another address of theirs is said with:"
            " #correct email jane@example.com"
        )
    return role


def _merge(rest: str, body: str, reckoning: Reckoning) -> Command:
    if len(rest.split()) != 1:
        raise Misspoken('#merge: write the reference of the other case: "#merge ISS-000001-95"')
    return Merge(rest.strip().upper())


def _held_id(rest: str, command: str) -> int | None:
    """
    The number of a held message; None where a case is meant.
    """
    if not rest:
        return None
    if not rest.isdecimal() or len(rest) > _MOST_DIGITS:
        raise Misspoken(f"#{command}: write the number that mailbot held list shows, or nothing")
    return int(rest)


def _file_in(rest: str, body: str, reckoning: Reckoning) -> Command:
    reference, _, held_id = rest.strip().partition(" ")
    if not reference:
        raise Misspoken('#case: write the reference of the case: "#case ISS-000001-95"')
    return FileIn(reference.upper(), _held_id(held_id.strip(), "case"))


def _away(rest: str, body: str, reckoning: Reckoning) -> Command:
    """
    Somebody's absence; without a name it is the writer's own.
    """
    how = '#away: write who and when, such as "#away Rhian Price: 21 Dec to 2 Jan", or ": back"'
    who, colon, period = rest.rpartition(":")
    if not period.strip() or (colon and not who.strip()):
        raise Misspoken(how)
    if period.strip().lower() == "back":
        return Back(who.strip())
    try:
        first, last = span(period, reckoning)
    except Doubtful as doubt:
        raise Misspoken(f"#away: {doubt}") from None
    if last < reckoning.today:
        raise Misspoken(f'#away: "{period.strip()}" is over; name days that are still to come')
    return Away(who.strip(), first, last)


_Reader = Callable[[str, str, Reckoning], Command]

_READERS: Mapping[str, _Reader] = {
    "note": _internal_text("note", Note),
    "contact": _contact,
    "call": _text_for_the_customer("call", Call),
    "every": _every,
    "outcome": _text_for_the_customer("outcome", Outcome),
    "close": _close,
    "reopen": lambda rest, *_: Reopen(rest),
    "escalate": _internal_text("escalate", Escalate),
    "deadlock": _text_for_the_customer("deadlock", Deadlock),
    "not-complaint": _reason("not-complaint", NotComplaint),
    "complaint": lambda rest, *_: Complaint(rest),
    "assign": _reason("assign", Assign),
    "credit": _credit,
    "need": _internal_text("need", Need),
    "not-eligible": _reason("not-eligible", NotEligible),
    "eligible": _bare(Eligible),
    "dp": _bare(DataProtection),
    "post": _post,
    "email": _bare(Email),
    "posted": _posted,
    "correct": _correct,
    "party": _party,
    "merge": _merge,
    "open": opened,
    "release": lambda rest, *_: Release(_held_id(rest, "release")),
    "reject": lambda rest, *_: Reject(_held_id(rest, "reject")),
    "case": _file_in,
    "away": _away,
    "status": _bare(Status),
    "help": _bare(Help),
}

KNOWN = ", ".join(f"#{each}" for each in sorted(_READERS))
