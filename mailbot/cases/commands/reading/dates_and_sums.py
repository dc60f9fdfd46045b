"""
Commands with a date or a sum in them: contact, closure, credit, absence.
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from mailbot.cases.commands.orders import (
    Away,
    Back,
    Channel,
    Close,
    Command,
    Contact,
    Credit,
    CreditApplied,
    Every,
    Misspoken,
)
from mailbot.cases.commands.reading.reckoning import ANYWAY, EXAMPLES
from mailbot.cases.commands.reading.spoken_moment import Doubtful, Reckoning, moment, span
from mailbot.cases.rulebook.clock_language import parse_within

#: An invoice further off than this is one of another year that was meant.
_FURTHEST_INVOICE = timedelta(days=366)
_AMOUNT = re.compile(r"£?[0-9]{1,6}([.][0-9]{1,2})?")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)


def contact(rest: str, body: str, reckoning: Reckoning) -> Command:
    """
    The customer is told of it at once: a time at which nobody is in is asked about first.
    """
    if not rest:
        raise Misspoken(f"#contact: {EXAMPLES}")
    said = ANYWAY.sub("", rest)
    at = _moment(said, reckoning, "contact")
    if at <= reckoning.now:
        raise Misspoken(
            f'#contact: "{rest}" is in the past; name a time that is still to come, such as'
            ' "#contact tomorrow 10:00"'
        )
    if said == rest and (why := _outside_the_hours(at, reckoning)):
        raise Misspoken(
            f"#contact: {why}, and the customer would be told that time. If you mean it, write"
            f' "#contact {said.strip()} anyway". Otherwise name another time.'
        )
    return Contact(at)


def _outside_the_hours(at: datetime, reckoning: Reckoning) -> str:
    """
    Why the firm is closed at that instant; "" if it is open.
    """
    calendar = reckoning.calendar
    day, clock = calendar.local_day(at), at.astimezone(calendar.zone).time()
    if not calendar.is_working_day(day):
        return f"{day:%A} {day.day} {day:%B %Y} is no working day"
    if not calendar.opens <= clock <= calendar.closes:
        hours = f"{calendar.opens:%H:%M} to {calendar.closes:%H:%M}"
        return f"{clock:%H:%M} is outside our hours, which are {hours}"
    return ""


def every(rest: str, body: str, reckoning: Reckoning) -> Command:
    try:
        interval = parse_within(rest)
    except ValueError:
        raise Misspoken('#every: write an interval such as "3 working days" or "7 days"') from None
    if interval.is_in_hours:
        raise Misspoken('#every: write whole days, such as "3 working days"')
    return Every(interval)


def close(rest: str, body: str, reckoning: Reckoning) -> Command:
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
        raise Misspoken(
            f'#close: "{when.strip()}" is still to come; name when it was said, such as "today 9:00"'
        )
    return Close(Channel(channel.lower()), who.strip(), at)


def credit(rest: str, body: str, reckoning: Reckoning) -> Command:
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
        raise Misspoken(
            f"#credit: {month_text.strip()} is over; name an invoice that is to come, such as"
            f' "#credit {amount} {reckoning.today:%B %Y}"'
        )
    if month > reckoning.today + _FURTHEST_INVOICE:
        raise Misspoken(
            f"#credit: {month_text.strip()} is more than a year off; name an invoice of the next"
            f' twelve months, such as "#credit {amount} {reckoning.today:%B %Y}"'
        )
    return Credit(amount, month)


def _moment(text: str, reckoning: Reckoning, command: str) -> datetime:
    try:
        return moment(text, reckoning)
    except Doubtful as doubt:
        raise Misspoken(f"#{command}: {doubt}") from None


def away(rest: str, body: str, reckoning: Reckoning) -> Command:
    """
    Somebody's absence; without a name it is the writer's own.
    """
    how = '#away: write who and when, such as "#away Rhian Price: 21 Dec to 2 Jan", or "#away Rhian Price: back"'
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
        raise Misspoken(
            f'#away: "{period.strip()}" is over; name days that are still to come, such as "21 Dec to 2 Jan"'
        )
    return Away(who.strip(), first, last)
