"""
The case as a document, as far as it may be seen: what stands in case.json, and what the
index is made of.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mailbot.cases.wording import account
from mailbot.dossier.document import Document
from mailbot.evidence.discretion import WHY_AMONG_US, WHY_NOT_THE_WORDS, Discretion
from mailbot.evidence.enclosed import Contents, LeftOut


def seen(document: Document, contents: Contents, discretion: Discretion) -> dict[str, Any]:
    """
    The document without what is left out, and with the names of the files of each mail.
    """
    internal = discretion.is_internal
    numbers = {each.number for each in contents.mails}
    said = {
        **document,
        "handler": {"name": document["handler"]["name"]} if not internal else document["handler"],
        "obligations": [_with_seen_proof(each, numbers) for each in document["obligations"]],
        "messages": [_mail(each, contents) for each in document["messages"]],
        "events": [
            _with_seen_proof(_event(each, discretion), numbers)
            for each in document["events"]
            if not discretion.why_not_event(each["event"], each["about"])
        ],
    }
    return {name: _clean(value, discretion) for name, value in said.items()}


def among_us(documents: Sequence[Document], discretion: Discretion) -> tuple[LeftOut, ...]:
    """
    The entries of the history that are left out, a line for each sort of them.
    """
    events = [each for document in documents for each in document["events"]]
    sorts = Counter(discretion.why_not_event(each["event"], each["about"]) for each in events)
    wordless = sum(
        bool(each["about"]) and not discretion.shows_words(each["event"], each["cause"])
        for each in events
    )
    whole = [(count, "", WHY_AMONG_US[sort]) for sort, count in sorted(sorts.items()) if sort]
    words = [(wordless, "the words of ", WHY_NOT_THE_WORDS)] if wordless else []
    return tuple(
        LeftOut(what=f"{of}{_counted(count, 'entry', 'entries')} of the history", why=why)
        for count, of, why in (*whole, *words)
    )


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _event(event: Document, discretion: Discretion) -> Document:
    if discretion.shows_words(event["event"], event["cause"]):
        return event
    sentence = account.sentence(event["event"], event["reason"], "")
    return {**event, "about": "", "text": "", "sentence": sentence}


def _with_seen_proof(each: Document, numbers: set[int]) -> Document:
    """
    Of a mail that is left out its number alone stays.
    """
    proof = each["proof"]
    seen = {
        sort: [
            mail if mail["number"] in numbers else {"number": mail["number"], "left_out": True}
            for mail in proof[sort]
        ]
        for sort in ("messages", "letters")
    }
    return {**each, "proof": {"by": proof["by"], **seen}}


def _mail(mail: Document, contents: Contents) -> Document:
    found = contents.of(mail["number"])
    why = contents.why_not(mail["number"])
    if found is None:
        told = {name: mail[name] for name in ("number", "direction", "at", "kind")}
        return {**told, "left_out": why}
    return {
        **mail,
        "text": found.text,
        "page": found.page,
        "as_it_was": found.eml,
        "files": [each.href for each in found.files],
        "left_out": why,
    }


def _clean(value: Any, discretion: Discretion) -> Any:
    """
    The same without any secret address or id of staff, wherever somebody wrote one.
    """
    if isinstance(value, str):
        return discretion.without_secrets(value)
    if isinstance(value, Mapping):
        return {name: _clean(each, discretion) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each, discretion) for each in value]
    return value
