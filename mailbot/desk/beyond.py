"""
What letters in the sent folder, and answers to them, tell of a past that was lost.

Only what verifies as ours counts, and only for whom it was written to.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.known.arrivals import plain
from mailbot.cases.known.beyond import Beyond, Gone, Opening, Said
from mailbot.cases.letter import Letter
from mailbot.desk.turn import Turn
from mailbot.mail.message import InboundMessage
from mailbot.mail.signed_ids import Keyring, SignedId, Thread, canonical

#: The letter that everybody whose case was opened got first.
_FIRST = "acknowledgement"
#: A handler's words, which no rule writes a second time: known by them alone.
OWN_WORDS = "handler-reply"

_TEMPLATE = "x-mailbot-template"


@dataclass(frozen=True)
class SentCopy:
    """
    What lies in the sent folder: a header, or of a handler's words the whole letter.
    """

    uid: int
    at: datetime
    read: InboundMessage


def is_ours(read: InboundMessage, keyring: Keyring) -> SignedId | None:
    """
    What the id of the letter says, if we wrote it.
    """
    return keyring.read_id(read.message_id or "")


def gone(copy: SentCopy, keyring: Keyring) -> Gone | None:
    """
    The letter that lies there; None if we did not write it, or it names no reader.
    """
    signed = is_ours(copy.read, keyring)
    templates = copy.read.headers.get(_TEMPLATE, ())
    if signed is None or not templates or not copy.read.recipients:
        return None
    [*_, template] = templates
    to = copy.read.recipients[0]
    message_id = canonical(copy.read.message_id or "")
    return Gone(
        message_id=message_id,
        nonce=signed.nonce,
        key_id=_key_id(message_id),
        serial=signed.serial,
        template=template.strip(),
        to_staff=signed.thread.is_staff,
        recipient=to.email,
        recipient_key=to.key,
        recipient_name=to.name,
        at=copy.at,
        words=plain(copy.read.text) if template.strip() == OWN_WORDS else "",
        uid=copy.uid,
    )


def told(
    letters: Iterable[tuple[Gone, InboundMessage]],
    answers: Sequence[InboundMessage],
    keyring: Keyring,
    *,
    here: Container[str] = (),
) -> Beyond:
    """
    Everything that these letters and these answers tell, of letters that are not *here*.
    """
    said: dict[Said, list[Gone]] = defaultdict(list)
    openings: dict[str, list[Opening]] = defaultdict(list)
    threads: dict[tuple[int, str], str] = {}
    serials = [0]
    for letter, read in letters:
        said[letter.serial, letter.template, letter.recipient_key].append(letter)
        serials.append(letter.serial)
        if not letter.to_staff:
            _learn(read, letter.recipient_key, keyring, openings, threads)
    for answer in answers:
        signed = _signed_in(answer, keyring)
        serials += [each.serial for _, each in signed]
        if answer.sender is None:
            continue
        _learn(answer, answer.sender.key, keyring, openings, threads)
        first = _first_letter(answer, signed)
        if first is None or first.message_id in here:
            continue
        if not said[first.serial, _FIRST, first.recipient_key]:
            said[first.serial, _FIRST, first.recipient_key].append(first)
    return Beyond(
        letters={
            key: tuple(sorted(some, key=lambda each: each.at)) for key, some in said.items() if some
        },
        openings={key: tuple(dict.fromkeys(some)) for key, some in openings.items()},
        threads=threads,
        highest=max(serials),
    )


def named_in(answers: Iterable[InboundMessage], keyring: Keyring) -> dict[str, datetime]:
    """
    By id the letters to customers that somebody answers, and when the first answer came:
    they had them by then.
    """
    named: dict[str, datetime] = {}
    for answer in sorted(answers, key=lambda each: each.received_at):
        for message_id, signed in _signed_in(answer, keyring):
            if signed.thread is Thread.CUSTOMER:
                named.setdefault(message_id, answer.received_at)
    return named


def _learn(
    read: InboundMessage,
    reader: str,
    keyring: Keyring,
    openings: dict[str, list[Opening]],
    threads: dict[tuple[int, str], str],
) -> None:
    """
    Which case the ids that stand together are about, and the thread with its reader.
    """
    signed = _signed_in(read, keyring)
    serials = {each.serial for _, each in signed if not each.thread.is_staff and each.serial}
    if len(serials) != 1:
        return
    [serial] = serials
    for _, each in signed:
        if each.thread is Thread.CUSTOMER_ANCHOR:
            threads.setdefault((serial, reader), each.nonce)
    for message_id in (*read.in_reply_to, *read.references):
        if keyring.read_id(message_id) is None:
            openings[canonical(message_id)].append(Opening(serial, reader))


def _signed_in(read: InboundMessage, keyring: Keyring) -> list[tuple[str, SignedId]]:
    """
    The ids of ours that a message names, the oldest first (RFC 5322 §3.6.4).
    """
    named = (*read.references, *read.in_reply_to)
    return list(
        {
            canonical(each): (canonical(each), signed)
            for each in named
            if (signed := keyring.read_id(each))
        }.values()
    )


def _first_letter(answer: InboundMessage, signed: list[tuple[str, SignedId]]) -> Gone | None:
    """
    The acknowledgement that an answer proves: the oldest letter of ours in its thread.
    """
    letters = [each for each in signed if each[1].thread is Thread.CUSTOMER and each[1].serial]
    if not letters or answer.sender is None:
        return None
    message_id, first = letters[0]
    return Gone(
        message_id=message_id,
        nonce=first.nonce,
        key_id=_key_id(message_id),
        serial=first.serial,
        template=_FIRST,
        to_staff=False,
        recipient=answer.sender.email,
        recipient_key=answer.sender.key,
        at=answer.received_at,
    )


def _key_id(message_id: str) -> str:
    """
    Which key has signed an id that verified.
    """
    return message_id.split(".")[3]


# --- as it is asked while the past is gone through again ---------------------------------


def went(turn: Turn, serial: int | None, letter: Letter) -> Gone | None:
    """
    The letter as it left before, if it did, and no other row has it.
    """
    beyond = turn.office.beyond
    if beyond is None or not serial:
        return None
    for each in beyond.letters.get((serial, letter.template, letter.to.key), ()):
        if letter.template == OWN_WORDS and not _says(each, letter):
            continue
        if turn.known.letter_with(each.nonce) is None:
            return each
    return None


def _says(found: Gone, letter: Letter) -> bool:
    words = plain(str(letter.facts.get("body", "")))
    return bool(words) and words in found.words


def number_before(turn: Turn, message_id: str | None, who: str) -> int | None:
    """
    The serial under which that message of theirs had opened a case, or where no message of
    theirs did, the first of which they have an acknowledgement all the same. None if nobody
    knows of one, or a case has it already.
    """
    beyond = turn.office.beyond
    if beyond is None:
        return None
    if message_id:
        opened = beyond.openings.get(canonical(message_id), ())
        serials = [each.serial for each in opened if each.who == who]
    else:
        by_message = {each.serial for some in beyond.openings.values() for each in some}
        serials = [
            serial
            for serial, template, reader in sorted(beyond.letters)
            if (template, reader) == (_FIRST, who) and serial not in by_message
        ]
    return next((each for each in serials if turn.known.serial_at(each) is None), None)


def thread_before(turn: Turn, serial: int, who: str) -> str | None:
    """
    The nonce of the thread that was kept with them in that case.
    """
    beyond = turn.office.beyond
    nonce = beyond.threads.get((serial, who)) if beyond else None
    return nonce if nonce and turn.known.party_with(nonce) is None else None
