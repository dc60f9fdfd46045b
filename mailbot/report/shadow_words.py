"""
A rehearsal in words: what a comparison found, and each case beside what people did.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from mailbot.cases.firm import Firm
from mailbot.cases.month.times import HOUR
from mailbot.cases.shadow.compare import CaseBeside, Compared, Finding, Shadow
from mailbot.cases.wording.account import rule
from mailbot.cases.wording.plain_names import KINDS, LETTERS
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.mail.words import date_words, moment_words

#: What a person should look at, and why.
FINDINGS = {
    Finding.ONLY_WE: (
        "mailbot would have written, and nobody answered",
        (
            "Was it no complaint, or was it answered by telephone? If mailbot should have been"
            " silent, see mailbot explain."
        ),
    ),
    Finding.ONLY_THEY: (
        "People answered, and mailbot would not have written",
        "A verdict or a cap kept its letters in. Live it would have asked the manager.",
    ),
    Finding.WE_ALONE_KEPT: (
        "mailbot would have kept a promise that people did not keep by mail",
        "This is what it is for.",
    ),
    Finding.THEY_ALONE_KEPT: (
        "People kept a promise that mailbot calls broken",
        (
            "It does not see mail that people send from the mailbox. Live they answer by its mails,"
            " and it does."
        ),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    reference: str
    received: str
    theirs: str
    ours: str
    #: Promises that one side kept and the other did not.
    promises: tuple[str, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ShadowSheet:
    title: str
    lead: tuple[str, ...]
    #: A finding, what it means, and its cases.
    findings: tuple[tuple[str, str, tuple[str, ...]], ...]
    lines: tuple[Line, ...]
    #: Mail that people answered and mailbot would not have.
    missed: tuple[str, ...]
    foot: str


def shadow_sheet(shadow: Shadow, firm: Firm) -> ShadowSheet:
    return ShadowSheet(
        title=(
            f"Rehearsal from {_day(shadow.since, firm)}"
            f" to {_day(shadow.until - datetime.resolution, firm)}"
        ),
        lead=tuple(_lead(shadow)),
        findings=tuple(
            (name, meaning, tuple(each.reference for each in shadow.with_finding(finding)))
            for finding, (name, meaning) in FINDINGS.items()
            if shadow.with_finding(finding)
        ),
        lines=tuple(_line(each, firm) for each in shadow.cases),
        missed=tuple(
            f"Received {_at(each.received_at, firm)}, answered by people"
            f" {_at(each.answered_at, firm)}. mailbot took it for"
            f" {KINDS.get(each.kind, each.kind)}: {rule(each.silence)}."
            for each in shadow.missed
        ),
        foot=(
            "Telephone calls, and answers from a handler's own mailbox, are not in the sent folder"
            " and count as not done. Nothing was changed by this comparison."
        ),
    )


def _lead(shadow: Shadow) -> Iterator[str]:
    cases = shadow.cases
    both = [each for each in cases if each.our_first and each.their_first]
    yield (
        f"Of {len(cases)} {'case' if len(cases) == 1 else 'cases'} people answered and mailbot"
        f" would have answered {len(both)}; mailbot alone"
        f" {len(shadow.with_finding(Finding.ONLY_WE))}, people alone"
        f" {len(shadow.with_finding(Finding.ONLY_THEY))}."
    )
    if shadow.missed:
        count = len(shadow.missed)
        yield (
            f"{count} {'message' if count == 1 else 'messages'} that mailbot would have left"
            " unanswered got an answer from people."
        )
    if both:
        theirs = _middle(each.their_first - each.received_at for each in both if each.their_first)
        ours = _middle(each.our_first - each.received_at for each in both if each.our_first)
        yield (
            f"People's first mail came {theirs}, mailbot's would have come {ours}: the middle of"
            " those that both answer."
        )
    if count := shadow.unrelated:
        mails, belong = (" mail", "belongs") if count == 1 else (" mails", "belong")
        yield f"{count}{mails} in the sent folder {belong} to no case."


def _middle(lengths: Iterable[timedelta]) -> str:
    hours = round(median(each / HOUR for each in lengths), 1)
    if not hours:
        return "at once"
    return "after 1 hour" if hours == 1 else f"after {hours:g} hours"


def _day(instant: datetime, firm: Firm) -> str:
    return date_words(firm.calendar.local_day(instant))


def _line(case: CaseBeside, firm: Firm) -> Line:
    return Line(
        reference=case.reference,
        received=_at(case.received_at, firm),
        theirs=_theirs(case, firm),
        ours=_ours(case, firm),
        promises=tuple(_promises(case.promises, firm)),
        findings=tuple(FINDINGS[each][0] for each in case.findings),
    )


def _theirs(case: CaseBeside, firm: Firm) -> str:
    if case.their_first is None:
        return "nothing"
    more = len(case.theirs) - 1
    return f"{_at(case.their_first, firm)}{f' and {more} more' if more else ''}"


def _ours(case: CaseBeside, firm: Firm) -> str:
    """
    When, and which letters, each once.
    """
    going = [each for each in case.ours if not each.is_kept_in]
    if case.our_first is None:
        return "kept in" if case.ours else "nothing"
    names = dict.fromkeys(LETTERS.get(each.template, each.template) for each in going)
    return f"{_at(case.our_first, firm)}: {', '.join(names)}"


def _promises(promises: Sequence[Compared], firm: Firm) -> Iterator[str]:
    for each in promises:
        if each.by_us == each.by_them:
            continue
        who = "mailbot, and not by people" if each.by_us else "people, and not by mailbot"
        name = PROMISES[each.promise].name
        yield f"{name}, due {_at(each.due_at, firm)}: kept by {who}"


def _at(instant: datetime, firm: Firm) -> str:
    return moment_words(instant, firm.calendar.zone)
