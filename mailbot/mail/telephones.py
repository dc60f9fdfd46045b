"""
Telephone numbers in what somebody wrote. The only user of phonenumbers.

What is found is never taken for known: a person is shown it and asked. So a number that
may be an account's, an order's or a date is left out, and so is one that the writer only
says they have rung.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from mailbot.mail.words import one_line

if TYPE_CHECKING:
    from phonenumbers import PhoneNumberMatch

_REGION = "GB"
#: Numbers that are shown at most, lines that are looked at, and their characters.
_MOST_FOUND, _MOST_LINES, _LONGEST_LINE = 3, 40, 1000
#: Characters on either side that say what a number is.
_AROUND = 80

#: Wherever a number stands, this stands: most messages have none, and nothing is loaded.
_PERHAPS = re.compile(r"[+(]*\d(?:[ \u00a0().\-/\u2010-\u2013]*\d){8,}")
#: As numbers are given inside the country; the library has no series that are kept free
#: for plays and examples, and none that is new.
_USUAL = re.compile(
    r"\(?0[127]\d{1,4}\)?[ \u00a0-]?\d{2,4}[ \u00a0-]?\d{2,4}(?:[ \u00a0-]?\d{2,4})?"
)
_USUAL_DIGITS = 11
_FROM_ABROAD = re.compile(r"^(?:\+|00)44[ \u00a0-]?(?:\(0\))?[ \u00a0-]?(?=[1-9(])")
_DATE = re.compile(r"\b\d{1,2}[ .\-/]\d{1,2}[ .\-/](?:19|20)\d\d\b")

_KINDS = (
    # A word that goes before its number or, in some languages, grows together with it.
    r"account|acct|a/c|customer|client|order|ref|reference|invoice|contract|policy|ticket"
    r"|complaint|booking|tracking|parcel|consignment|meter|serial|imei|iccid|iban|bic|vat|company"
    r"|registration|membership|passport|licence|mpan|mprn|uprn|nhs|sort code|id|(?<!tel/)fax"
    r"|cyfrif|cyfeirnod|archeb|anfoneb|cwsmer|contract"
    r"|konto|kunden|auftrags?|bestell|rechnungs?|vertrags?|aktenzeichen|vorgangs?"
    r"|compte|commande|facture|dossier|contrat|référence"
    r"|cuenta|pedido|factura|contrato|referencia|cliente"
    r"|conto|ordine|fattura|contratto|pratica"
    r"|konta|zamówieni[ae]|faktur[ay]|umowy|klienta|zgłoszenia"
)
_NUMBER = r"numbers?|no|nos|nr|num|numéro|nummer|numeru?|número|rhif|code|id|ref|reference"
#: And words that are names of people or things, too.
_DOUBTFUL_KINDS = r"bill|fault|job|quote|case|reg|pin|card|incident|sim"
_OF_SOMETHING_ELSE = re.compile(
    rf"(?:\b(?:{_KINDS})(?:{_NUMBER})?|\b(?:{_DOUBTFUL_KINDS}) ?(?:{_NUMBER}))"
    rf"(?:[\s.:;,#=(–-]|\b(?:{_NUMBER}|is|was|the|my|our|of|yw|ist|lautet|est|es|è|to)\b)*$",  # noqa: RUF001
    re.IGNORECASE,
)
_IS_SOMETHING_ELSE = re.compile(
    rf"\s*(?:is|was|=|\()\s*(?:my |our |the |your )?(?:{_KINDS})\b", re.IGNORECASE
)
_WAS_RUNG = re.compile(
    r"\b(?:rang|rung|called|phoned|dialled|ringing|calling|dialling)\s+"
    r"(?:(?!my\b|me\b|from\b|us\b)[\w']+\s+){0,4}$",
    re.IGNORECASE,
)
_STUCK_BEFORE = re.compile(
    r"(?<!tel)(?<!phone)(?<!mob)(?<!mobile)(?<!\bt)(?<!\bm)[\w#/\\_£$€-]\Z", re.IGNORECASE
)
_STUCK_BEHIND = re.compile(r"[-_]?[^\W\d_]|[@%]|[-/_]\d|\d")


def may_be_in(text: str) -> bool:
    """
    Whether it is worth while to look closer.
    """
    return bool(_PERHAPS.search(text))


def found_in(text: str, *, others: Collection[str] = ()) -> tuple[str, ...]:
    """
    The numbers in the text that its writer may be rung on, as they are written there,
    each once; none of *others*, in which several may stand in one string.
    """
    if not may_be_in(text):
        return ()
    known = {_national(each) for other in others for each in _PERHAPS.findall(other)}
    found: dict[str, str] = {}
    for match, before, behind in _matches(text):
        number = _national(match.raw_string)
        if number in known or number in found or not _may_be(match, before, behind):
            continue
        found[number] = one_line(match.raw_string)
        if len(found) == _MOST_FOUND:
            break
    return tuple(found.values())


def dialled(texts: Iterable[str]) -> frozenset[str]:
    """
    Whatever in the texts may be a number, by its digits as they are dialled inside the country.
    """
    return frozenset(_national(each) for text in texts for each in _PERHAPS.findall(text))


def places_in(text: str) -> Iterator[tuple[int, int, str]]:
    """
    Each number on which somebody may be rung, whoever that is: where it begins and ends, and
    its digits as `dialled` has them.
    """
    # Its import takes longer than most texts do.
    from phonenumbers import Leniency, PhoneNumberMatcher  # noqa: PLC0415

    for perhaps in _PERHAPS.finditer(text):
        # The library takes its time with a long text, and needs little around a number.
        begins = max(0, perhaps.start() - _AROUND)
        said = text[begins : perhaps.end() + _AROUND]
        for match in PhoneNumberMatcher(said, _REGION, leniency=Leniency.POSSIBLE):
            start, end = begins + match.start, begins + match.end
            is_here = perhaps.start() <= start < perhaps.end()
            if is_here and _is_telephone(match, said[: match.start], said[match.end :]):
                yield start, end, _national(match.raw_string)


def _matches(text: str) -> Iterator[tuple["PhoneNumberMatch", str, str]]:
    """
    What looks like a number, with what stands before and behind it.
    """
    # Its import takes longer than most messages do.
    from phonenumbers import Leniency, PhoneNumberMatcher  # noqa: PLC0415

    looked_at = 0
    above = ""
    for line in text.splitlines():
        if _PERHAPS.search(line[:_LONGEST_LINE]):
            looked_at += 1
            if looked_at > _MOST_LINES:
                return
            said = line[:_LONGEST_LINE]
            for match in PhoneNumberMatcher(said, _REGION, leniency=Leniency.POSSIBLE):
                before = said[: match.start]
                # A label may stand on a line of its own.
                yield match, before if before.strip() else f"{above}\n", said[match.end :]
        above = line if line.strip() else above


def _may_be(match: "PhoneNumberMatch", before: str, behind: str) -> bool:
    is_theirs = not _WAS_RUNG.search(before[-_AROUND:])
    return is_theirs and _is_telephone(match, before, behind)


def _is_telephone(match: "PhoneNumberMatch", before: str, behind: str) -> bool:
    if _OF_SOMETHING_ELSE.search(before[-_AROUND:]) or _IS_SOMETHING_ELSE.match(behind):
        return False
    if _STUCK_BEFORE.search(before) or _STUCK_BEHIND.match(behind) or _is_in_a_link(before):
        return False
    return _is_a_number(match)


def _is_in_a_link(before: str) -> bool:
    word = before.rpartition(" ")[2].lower()
    return "://" in word or "www." in word or "@" in word


def _is_a_number(match: "PhoneNumberMatch") -> bool:
    """
    Whether somebody at a desk, at home or on the way may answer it.
    """
    from phonenumbers import PhoneNumberType, is_valid_number, number_type  # noqa: PLC0415

    raw = _FROM_ABROAD.sub("0", unicodedata.normalize("NFKC", match.raw_string.strip()))
    if _DATE.search(raw) or raw.lstrip("(")[:1] not in {"0", "+"}:
        return False
    if is_valid_number(match.number):
        # Not one of a service: nobody is rung there.
        return number_type(match.number) in {
            PhoneNumberType.FIXED_LINE,
            PhoneNumberType.MOBILE,
            PhoneNumberType.FIXED_LINE_OR_MOBILE,
            PhoneNumberType.PERSONAL_NUMBER,
            PhoneNumberType.VOIP,
        }
    return bool(_USUAL.fullmatch(raw)) and len(_national(raw)) == _USUAL_DIGITS


def _national(number: str) -> str:
    """
    The digits as they are dialled inside the country, for comparing.
    """
    digits = "".join(str(int(each)) for each in number.replace("(0)", "") if each.isdecimal())
    for abroad in ("0044", "44"):
        if digits.startswith(abroad):
            return f"0{digits.removeprefix(abroad).removeprefix('0')}"
    return digits
