"""
The letters of a decision on their way into the outbox: each said once, under an id of its
own, and the one to whoever takes a case over with the complaint itself.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mailbot.cases.case import Case
from mailbot.cases.known.known import LONGEST_KEY, Known
from mailbot.cases.known.questions import Asks
from mailbot.cases.known.rows import Draft, KnownLetter
from mailbot.cases.letter import ONCE_PER_RECIPIENT, Letter
from mailbot.cases.letter_status import NOT_LIVE, Status
from mailbot.cases.wording.cutting import ENCLOSED, KEPT, bounded, in_full
from mailbot.cases.wording.files import listed
from mailbot.cases.wording.found_telephones import found_telephones
from mailbot.desk.turn import Turn
from mailbot.mail.files.going_along import Files, Stays, to_staff
from mailbot.mail.message import Attachment
from mailbot.mail.reading.parse import parse
from mailbot.mail.reading.scan import Malformed, is_heavy
from mailbot.mail.signed_ids import Thread

_LONGEST_OCCASION = 128
_LONGEST_ADDRESS = 320
#: Of what is too long to be kept so many digits stand for the rest.
_DIGITS = 32


def key(serial: int, letter: Letter) -> str:
    """
    What makes the letter unique. The database is the referee of *once*.
    """
    is_once = letter.template in ONCE_PER_RECIPIENT
    return key_by(serial, letter.template, letter.to.key if is_once else letter.occasion)


def key_by(serial: int, template: str, by: str) -> str:
    """
    The key of a letter that is said once for what it is unique *by*.
    """
    return within(f"{serial}|{template}|{by}", LONGEST_KEY)


def within(text: str, most: int) -> str:
    """
    The text; of one that is longer than a column takes its beginning, and a digest of it all.
    """
    if len(text) <= most:
        return text
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:_DIGITS]
    return f"{text[: most - _DIGITS - 1]}~{digest}"


def write(turn: Turn, case: Case | None, letters: Sequence[Letter]) -> tuple[KnownLetter, ...]:
    """
    Those of *letters* that were not said before, drafted; *case* is as it stands after
    the decision.
    """
    known = turn.known
    serial = case.serial if case else None
    due = _with_their_originals(unsaid(known, serial, letters))
    if case and any(_lacks_the_complaint(letter) for letter in due.values()):
        due = {unique: _with_words(letter, turn, case) for unique, letter in due.items()}
    rows = tuple(_row(turn, unique, letter, serial) for unique, letter in due.items())
    for row, letter in zip(rows, due.values(), strict=True):
        known.letters[row.id] = row
        known.drafts[row.id] = Draft(letter=letter, case=case, firm=turn.firm, at=turn.now)
    if serial is not None and rows:
        known.touched.add(serial)
    return rows


def templates(rows: Iterable[KnownLetter]) -> tuple[str, ...]:
    return tuple(each.template for each in rows)


def unsaid(known: Known, serial: int | None, letters: Sequence[Letter]) -> dict[str, Letter]:
    """
    Those of the letters, by their keys, that were not written before.
    """
    wanted = {key(serial or 0, letter): letter for letter in letters}
    return {
        unique: letter for unique, letter in wanted.items() if not known.is_said(unique, serial)
    }


def _with_their_originals(due: Mapping[str, Letter]) -> dict[str, Letter]:
    """
    What is due without the copies of letters that were said before.
    """
    said_now = [each.encloses or each for each in due.values()]
    return {
        unique: letter
        for unique, letter in due.items()
        if letter.copy_of is None or letter.copy_of in said_now
    }


def _row(turn: Turn, unique: str, letter: Letter, serial: int | None) -> KnownLetter:
    known, office, now = turn.known, turn.office, turn.now
    nonce = known.nonce(unique)
    thread = Thread.STAFF if letter.to_staff else Thread.CUSTOMER
    withheld = letter.withheld or ("" if office.is_live else NOT_LIVE)
    return KnownLetter(
        id=known.new_id(),
        case_id=serial,
        key=unique,
        template=letter.template,
        template_hash=office.stationery.fingerprint(letter.template),
        to_staff=letter.to_staff,
        recipient=letter.to.email[:_LONGEST_ADDRESS],
        recipient_key=letter.to.key[:_LONGEST_ADDRESS],
        recipient_name=letter.to.name,
        occasion=within(letter.occasion, _LONGEST_OCCASION),
        message_id=office.keyring.message_id(thread, serial or 0, nonce),
        key_id=office.keyring.signing_id,
        nonce=nonce,
        status=Status.WITHHELD if withheld else Status.QUEUED,
        reason=withheld,
        created_at=now,
        next_attempt_at=None if withheld else now,
        copy_to=office.sent_folder,
    )


# --- with what a case began ------------------------------------------------------


def _lacks_the_complaint(letter: Letter) -> bool:
    """
    Who takes a case over later has to read it, too.
    """
    is_bare = letter.template == "assignment" and not letter.facts.get("words")
    return is_bare and not letter.again


def _with_words(letter: Letter, turn: Turn, case: Case) -> Letter:
    if not _lacks_the_complaint(letter):
        return letter
    turn.known.need(Asks.COMPLAINT, case.serial)
    began = turn.known.beginnings[case.serial]
    files = _files(began.files, began.octets, turn)
    whole = in_full(began.words)
    said = {
        "words": bounded(began.words, rest=ENCLOSED if whole else KEPT),
        "attachments": listed(files, case.reference),
        "found_phones": found_telephones(case, began.words, turn.firm),
    }
    return replace(letter, facts={**letter.facts, **said}, attachments=(*files.going, *whole))


def _files(names: tuple[str, ...], octets: bytes | None, turn: Turn) -> Files:
    """
    The files as they came; of a message that is slow to read again only their names.
    """
    if not names:
        return Files()
    try:
        if octets is not None and not is_heavy(octets):
            came = parse(octets, received_at=turn.now).attachments
            return to_staff(came, turn.firm.room_for_files)
    except Malformed:
        pass
    return Files(
        tuple(
            (Attachment(name=each, content_type="application/octet-stream"), Stays.NOT_READ_AGAIN)
            for each in names
        )
    )
