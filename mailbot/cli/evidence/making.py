"""
From a reference to its file: mail after mail is fetched, put in and forgotten.
"""

import hashlib
import json
from dataclasses import dataclass, replace
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
from mailbot.dossier.document import at_of, mails, of
from mailbot.dossier.papers import Papers, papers, papers_of_parts
from mailbot.evidence.discretion import Discretion
from mailbot.evidence.enclosed import Contents, LeftOut
from mailbot.evidence.enclosing import Enclosing
from mailbot.evidence.index import CASE, Maker, index
from mailbot.evidence.naming import Naming
from mailbot.evidence.seen import among_us, seen
from mailbot.mail.signed_ids import Keyring
from mailbot.store import octets
from mailbot.store.tables import MessageRow, OutboxRow

PROGRAM = f"mailbot {__version__}"


@dataclass(frozen=True, kw_only=True)
class Order:
    """
    What is asked for, and what it is made with.
    """

    firm: Firm
    keyring: Keyring
    signing: SigningKey
    now: datetime
    relay: str = ""
    is_internal: bool = False


@dataclass(frozen=True, kw_only=True)
class Made:
    reference: str
    files: int
    fingerprint: str
    left_out: tuple[LeftOut, ...]


async def make(reference: str, path: Path, order: Order) -> Made | None:
    """
    The file at *path*; None, and nothing is written, where there is no such case.
    """
    found = await papers(reference)
    if found is None:
        return None
    parts = await papers_of_parts(found)
    with written(path) as bundle:
        contents = await _mails(bundle, found, order)
        left_out = _index(bundle, found, parts, contents, order)
        title = (
            f"The complaint {found.case.reference}: what is in this archive, and how to check it"
        )
        company = order.firm.rulebook.company
        text = readme(title, company.name, company.telephone)
        bundle.add(README, text.encode(), found.case.opened_at)
        bundle.seal(order.signing, about=found.case.reference, program=PROGRAM, at=order.now)
        return Made(
            reference=found.case.reference,
            files=len(bundle.files),
            fingerprint=order.signing.public.fingerprint,
            left_out=left_out,
        )


async def _mails(bundle: Bundle, found: Papers, order: Order) -> Contents:
    enclosing = Enclosing(_discretion(found, order))
    references = (found.case.reference, *found.merged)
    for number, row in enumerate(mails(found), start=1):
        await _mail(enclosing, number, row, references)
        for each in enclosing.files:
            bundle.add(each.name, each.octets, each.at)
        enclosing.files.clear()
    return Contents(
        mails=tuple(enclosing.enclosed),
        on_paper=tuple(enclosing.on_paper),
        left_out=tuple(enclosing.left_out),
    )


def _discretion(found: Papers, order: Order) -> Discretion:
    return Discretion(
        firm=order.firm,
        keyring=order.keyring,
        serials=frozenset({found.case.serial, *found.parts}),
        is_internal=order.is_internal,
    )


async def _mail(
    enclosing: Enclosing, number: int, row: MessageRow | OutboxRow, references: tuple[str, ...]
) -> None:
    why = enclosing.discretion.why_not_mail(row)
    if why:
        enclosing.left_out.append(LeftOut(what=f"mail {number}", why=why, number=number))
    is_paper = isinstance(row, OutboxRow) and row.template == "task"
    if why and not is_paper:
        return
    if isinstance(row, MessageRow):
        content, recorded = await octets.of_message(row.content_id)
        enclosing.message(number, row, content, recorded, hashlib.sha256(content).hexdigest())
        return
    content = await octets.of_letter(row.id)
    if is_paper:
        enclosing.paper(row, content, references)
    if not why:
        enclosing.letter(number, row, content, hashlib.sha256(content).hexdigest())


def _index(
    bundle: Bundle, found: Papers, parts: list[Papers], contents: Contents, order: Order
) -> tuple[LeftOut, ...]:
    """
    The pages that lead to everything, and the same for programs.
    """
    discretion = _discretion(found, order)
    whole = of(found, order.firm)
    merged = [of(each, order.firm) for each in parts]
    left_out = (*contents.left_out, *among_us([whole, *merged], discretion))
    contents = replace(contents, left_out=left_out)
    case = seen(whole, contents, discretion)
    others = [seen(each, contents, discretion) for each in merged]
    latest = max([found.case.opened_at, *map(at_of, mails(found)), *(e.at for e in found.events)])
    said = {
        **case,
        "merged_cases": others,
        "left_out": [{"what": each.what, "why": each.why} for each in left_out],
    }
    bundle.add(CASE, f"{json.dumps(said, indent=1, ensure_ascii=False)}\n".encode(), latest)
    maker = Maker(
        made_at=order.now,
        fingerprint=order.signing.public.fingerprint,
        relay=order.relay,
        is_internal=order.is_internal,
    )
    told = index(case, others, Naming(order.firm, contents), maker)
    bundle.add("index.html", as_page(told, order.firm.face).encode(), latest)
    bundle.add("index.pdf", as_pdf(told, order.firm.face), latest)
    return left_out
