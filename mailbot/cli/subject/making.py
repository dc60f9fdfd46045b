"""
From an address to the person's file: mail after mail is fetched, put in and forgotten.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailbot import __version__
from mailbot.bundle.as_page import as_page
from mailbot.bundle.as_pdf import as_pdf
from mailbot.bundle.readme import NAME as README
from mailbot.bundle.readme import readme
from mailbot.bundle.signing import SigningKey
from mailbot.bundle.writing import Bundle, written
from mailbot.cases.firm import Firm
from mailbot.dossier.document import Document
from mailbot.evidence.discretion import Discretion
from mailbot.evidence.enclosed import Contents, LeftOut
from mailbot.evidence.enclosing import Enclosing
from mailbot.mail.message import Kind
from mailbot.mail.reading.parse import parse_header
from mailbot.mail.reading.scan import Malformed
from mailbot.mail.signed_ids import Keyring
from mailbot.person import document
from mailbot.person.blackout import Blackout
from mailbot.person.held import Held, held, whole_history
from mailbot.person.index import DATA, Maker, index
from mailbot.store import octets, person
from mailbot.store.tables import EventRow, MessageRow, OutboxRow, PartyRow

PROGRAM = f"mailbot {__version__}"

_STAFFS_MAIL = (
    "what our own people wrote to mailbot, and it to them: it repeats your words, and what they"
    " decided and noted of you stands in the history; the mails hold secret reply addresses"
)
_MACHINES = "notices of mail servers about our letters; what they told us stands in the history"
_ANOTHERS = "written by another person in your complaint: their words are theirs"
_TO_ANOTHER = "written to another person in your complaint: copies of letters that you have"
_NEVER_SENT = "written for you in another person's complaint, and never sent"


@dataclass(frozen=True, kw_only=True)
class Order:
    """
    Whose data is asked for, and what the file is made with.
    """

    named: str
    firm: Firm
    keyring: Keyring
    signing: SigningKey
    now: datetime
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Made:
    addresses: tuple[str, ...]
    complaints: int
    mails: int
    files: int
    #: Texts of our own people that a person has to read before it is handed out.
    notes: int
    blackened: int
    fingerprint: str
    left_out: tuple[LeftOut, ...]
    #: Cases that had the address until it was corrected.
    corrected_away: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        return not (self.complaints or self.mails or self.left_out)


async def make(path: Path, order: Order) -> Made:
    """
    The file at *path*; of whom nothing is held it says so.
    """
    found = await held(await person.find(order.named), order.firm.rulebook.retention.months)
    histories = [await whole_history(each) for each in found.complaints]
    blackout = Blackout(
        firm=order.firm,
        addresses=found.person.addresses | found.person.within,
        own_names=frozenset(each.name for each in found.themselves if each.name),
        others=(*found.others, *await _as_they_sign(found)),
        known=tuple(_numbers(found, histories)),
    )
    with written(path) as bundle:
        contents = await _mails(bundle, found, order)
        left_out = (*contents.left_out, *_of_others(found))
        told = document.of(found, histories, contents, blackout)
        _index(bundle, told, left_out, _maker(order, blackout.count))
        company = order.firm.rulebook.company
        title = f"Personal data held by {company.name}: what is in this archive"
        text = readme(title, company.name, company.telephone)
        bundle.add(README, text.encode(), order.now)
        bundle.seal(order.signing, about=order.named.strip(), program=PROGRAM, at=order.now)
        return Made(
            addresses=tuple(told["addresses"]),
            complaints=len(told["complaints"]),
            mails=len(told["mails"]),
            files=len(bundle.files),
            notes=sum(bool(e["text"]) for each in told["complaints"] for e in each["history"]),
            blackened=blackout.count,
            fingerprint=order.signing.public.fingerprint,
            left_out=left_out,
            corrected_away=tuple(await person.corrected_away(found.person)),
        )


def _numbers(found: Held, histories: Sequence[Sequence[EventRow]]) -> Iterator[str]:
    """
    Where the person's own telephone numbers stand, and those that they wrote.
    """
    yield from (each.phone for each in found.themselves)
    yield from (each.text for each in found.mails if isinstance(each, MessageRow))
    for events in histories:
        yield from (each.about for each in events if each.event == "detail_corrected")


async def _as_they_sign(found: Held) -> list[PartyRow]:
    """
    Others in their complaints by the name on their own mails: a role is given to an address,
    and what our people note of somebody names them.
    """
    named = []
    for row in (each for papers in found.complaints for each in papers.messages):
        if row.id in found.person.messages or row.kind not in {Kind.PERSON, Kind.SPAM}:
            continue
        content, _ = await octets.of_message(row.content_id)
        try:
            sender = parse_header(content, received_at=row.received_at).sender
        except Malformed:
            continue
        if sender and sender.name:
            named.append(PartyRow(name=sender.name, email=row.sender))
    return named


async def _mails(bundle: Bundle, found: Held, order: Order) -> Contents:
    serials = found.person.own | found.person.others
    discretion = Discretion(firm=order.firm, keyring=order.keyring, serials=serials)
    enclosing = Enclosing(discretion)
    for number, row in enumerate(found.mails, start=1):
        await _mail(enclosing, number, row, found)
        _put(bundle, enclosing)
    for each in found.complaints:
        references = (each.case.reference, *each.merged)
        for letter in each.letters:
            if letter.template == "task":
                enclosing.paper(letter, await octets.of_letter(letter.id), references)
                _put(bundle, enclosing)
    return Contents(
        mails=tuple(enclosing.enclosed),
        on_paper=tuple(enclosing.on_paper),
        left_out=tuple(enclosing.left_out),
    )


def _put(bundle: Bundle, enclosing: Enclosing) -> None:
    for each in enclosing.files:
        bundle.add(each.name, each.octets, each.at)
    enclosing.files.clear()


async def _mail(
    enclosing: Enclosing, number: int, row: MessageRow | OutboxRow, found: Held
) -> None:
    if isinstance(row, MessageRow):
        content, recorded = await octets.of_message(row.content_id)
        enclosing.message(number, row, content, recorded, hashlib.sha256(content).hexdigest())
        return
    if row.accepted_at is None and row.case_id in found.person.others:
        enclosing.left_out.append(LeftOut(what=f"letter {number}", why=_NEVER_SENT, number=number))
        return
    content = await octets.of_letter(row.id)
    enclosing.letter(number, row, content, hashlib.sha256(content).hexdigest())


def _of_others(found: Held) -> Iterator[LeftOut]:
    """
    What their complaints have beside what is theirs, a line for each sort.
    """
    sorts = Counter[str]()
    for each in found.complaints:
        sorts.update(_sort(row) for row in each.messages if row.id not in found.person.messages)
        sorts.update(
            _STAFFS_MAIL if row.to_staff else _TO_ANOTHER
            for row in each.letters
            if row.id not in found.person.letters
        )
    for why, count in sorted(sorts.items()):
        yield LeftOut(what=f"{count} {'mail' if count == 1 else 'mails'}", why=why)
    if found.elsewhere:
        yield LeftOut(
            what="the rest of the complaints in which you have a part",
            why="they are other people's complaints: what they and we wrote is theirs",
        )


def _sort(row: MessageRow) -> str:
    if row.kind == Kind.STAFF:
        return _STAFFS_MAIL
    return _ANOTHERS if row.kind in {Kind.PERSON, Kind.SPAM} else _MACHINES


def _maker(order: Order, blackened: int) -> Maker:
    return Maker(
        firm=order.firm,
        made_at=order.now,
        fingerprint=order.signing.public.fingerprint,
        asked_for=order.named.strip(),
        hosts=order.hosts,
        blackened=blackened,
    )


def _index(bundle: Bundle, told: Document, left_out: tuple[LeftOut, ...], maker: Maker) -> None:
    said = {**told, "left_out": [{"what": each.what, "why": each.why} for each in left_out]}
    data = f"{json.dumps(said, indent=1, ensure_ascii=False)}\n"
    bundle.add(DATA, data.encode(), maker.made_at)
    page = index(told, left_out, maker)
    bundle.add("index.html", as_page(page, maker.firm.face).encode(), maker.made_at)
    bundle.add("index.pdf", as_pdf(page, maker.firm.face), maker.made_at)
