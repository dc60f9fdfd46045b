"""
The index of the ombudsman's file: the case in a complaints officer's words, from which
everything else in the file can be reached.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailbot.bundle import manifest
from mailbot.bundle.readme import NAME as README
from mailbot.bundle.sections import (
    Block,
    Facts,
    Index,
    Line,
    Lines,
    Section,
    Table,
    Words,
    line,
    lines,
)
from mailbot.cases.obligation import ObligationState
from mailbot.cases.wording import account, plain_names
from mailbot.cases.wording.moments import in_words
from mailbot.dossier.document import Document
from mailbot.evidence.chronology import chronology, shortened
from mailbot.evidence.enclosed import LeftOut
from mailbot.evidence.naming import Naming
from mailbot.evidence.promises import promises
from mailbot.mail.quoting.new_text import new_text

#: What a reader looks for first, in the order of time.
_OUTCOMES = frozenset(
    {
        *("outcome_sent", "outcome_lost", "outcome_arrived", "case_closed", "case_reopened"),
        *("deadlock_declared", "judged_not_a_complaint", "escalated", "rights_letter_decided"),
        *("judged_not_eligible", "judged_eligible", "credit_agreed", "credit_applied"),
    }
)
_WAYS = {
    "telephone": "by telephone",
    "fax": "by fax",
    "letter": "by letter",
    "account_manager": "through an account manager",
    "passed_on": "by email to one of our people, who passed it on",
}
_LONGEST_COMPLAINT = 1500
CASE = "case.json"


@dataclass(frozen=True, kw_only=True)
class Maker:
    """
    When and by what the file is made, and by whose key it is signed.
    """

    made_at: datetime
    fingerprint: str
    #: Through which server letters leave, as configured now.
    relay: str = ""
    is_internal: bool = False


def index(
    case: Mapping[str, Any], merged: Sequence[Document], naming: Naming, maker: Maker
) -> Index:
    """
    The index of what *case* says as far as it may be seen; *merged* are the cases that have
    become part of it.
    """
    return _Index(case, merged, naming, maker).whole()


@dataclass(frozen=True)
class _Index:
    case: Mapping[str, Any]
    merged: Sequence[Document]
    naming: Naming
    maker: Maker

    def whole(self) -> Index:
        company = self.naming.firm.rulebook.company
        reference = self.case["reference"]
        return Index(
            title=f"{reference}: the complaint of {self._who()}",
            lead=tuple(self._lead()),
            sections=tuple(self._sections()),
            author=company.name,
            foot=f"{company.name}, complaint {reference}; made {self._made()}",
        )

    def _sections(self) -> Iterator[Section]:
        yield Section("The complaint", tuple(self._complaint()))
        yield Section("The promises of our code", tuple(self._promises()))
        yield Section("Outcome, rights and credits", (self._outcome(),))
        yield Section("Chronology", (self._chronology(),))
        yield Section("Calls, answers and other contacts of people", (self._contacts(),))
        if self.naming.contents.on_paper or self._posted():
            yield Section("Letters by post", (self._by_post(),))
        yield Section("Every mail, in the order of time", tuple(self._mails()))
        yield Section("The code as it was then", tuple(self._rulebook()))
        yield Section("What is left out, and why", (self._left_out(),))
        yield Section("How to check this file", tuple(self._check()))

    # --- in short --------------------------------------------------------------

    def _lead(self) -> Iterator[str]:
        company = self.naming.firm.rulebook.company
        yield (
            f"{self._who()} complained to {company.name} {self._way()} on"
            f" {self._moment(self.case['received_at'])}. {self._how_it_stands()}"
        )
        yield self._kept()
        if emptied := self._emptied():
            yield (
                f"On {emptied} the case was anonymised, because it had been kept for as long as it"
                " has to be. Names, addresses, words and mails are gone; dates, promises and what"
                " became of them are what is left."
            )
        yield (
            f"Made {self._made()} from the record that mailbot keeps of every case. Times are local"
            f" ({self.naming.firm.calendar.zone.key}). Everything on record is in here but for"
            " what “What is left out, and why” names."
            + (" This edition has what our own people wrote to each other." if self._all() else "")
        )

    def _how_it_stands(self) -> str:
        state, resolution = self.case["state"], self.case["resolution"]
        said = account.for_staff(resolution).partition(": ")
        ends = {
            "closed": "The case is closed",
            "not_a_complaint": "We judged that it is no complaint",
            "awaiting_confirmation": "We have sent an outcome and asked whether it resolves the"
            " complaint",
        }
        if state in {"closed", "not_a_complaint"} and said[2]:
            return f"{ends[state]}: {said[2]}."
        if state == "open":
            is_stuck = resolution.startswith("no: ")
            return f"The case is open{f': {said[2]}' if is_stuck else ''}."
        return f"{ends.get(state, plain_names.STATES[state])}."

    def _kept(self) -> str:
        states = [each["state"] for each in self._obligations()]
        counts = {
            "kept": states.count(ObligationState.MET),
            "kept late": states.count(ObligationState.MET_LATE),
            "broken": states.count(ObligationState.BREACHED),
            "withdrawn": states.count(ObligationState.WITHDRAWN),
            "still open": states.count(ObligationState.OPEN),
        }
        said = [f"{count} {name}" for name, count in counts.items() if count]
        return (
            f"Of the {len(states)} promises made to the customer: {', '.join(said)}."
            if said
            else ""
        )

    # --- the complaint -----------------------------------------------------------

    def _complaint(self) -> Iterator[Block]:
        case, person = self.case, self.case["complainant"]
        others = [
            f"{_address(each)} ({plain_names.ROLES.get(each['role'], each['role'])})"
            + (f", until {self._moment(each['removed_at'])}" if each["removed_at"] else "")
            for each in case["parties"]
            if each["role"] != "complainant"
        ]
        rows: list[tuple[str, Lines]] = [
            ("Our reference", line(case["reference"])),
            ("Complainant", lines([each for each in (person["name"], person["email"]) if each])),
            ("Telephone", line(person["phone"])),
            ("Address", lines(person["address"])),
            ("Gets letters", line("by post" if case["by_post"] else "")),
            ("Needs", lines(case["needs"])),
            ("Others in the case", lines(others)),
            ("Received", line(f"{self._moment(case['received_at'])}, {self._way()}")),
            ("Case opened", line(self._moment(case["opened_at"]))),
            ("Case handler", line(case["handler"]["name"] or "nobody")),
            ("State", line(plain_names.STATES[case["state"]])),
            ("Resolved", line(account.for_staff(case["resolution"]))),
            ("Right to independent help", line(self._eligible())),
            ("Held back", line(self._held_back())),
            ("One with", lines([f"case {each}" for each in case["merged"]])),
        ]
        yield Facts(tuple((name, said) for name, said in rows if said and said[0].text))
        if words := self._first_words():
            yield Words(words)

    def _first_words(self) -> Lines:
        """
        What the customer wrote first, or what was taken down of it.
        """
        opened = next((e for e in self.case["events"] if e["event"] == "case_opened"), None)
        if opened is None:
            return ()
        for each in opened["proof"]["messages"]:
            if each.get("left_out"):
                continue
            text = self._text(each["number"])
            if text:
                head = Line("In the customer's words:", is_strong=True)
                page = Line(f"Mail {each['number']}, whole", self.naming.page(each["number"]))
                return (head, Line(text, is_quote=True), page)
        if opened["about"]:
            head = Line("As it was taken down:", is_strong=True)
            return (head, Line(opened["about"], is_quote=True))
        return ()

    def _text(self, number: int) -> str:
        mail = next(each for each in self.case["messages"] if each["number"] == number)
        words = " ".join(new_text(mail["text"]).split())
        return words if len(words) <= _LONGEST_COMPLAINT else f"{words[:_LONGEST_COMPLAINT]} …"

    def _way(self) -> str:
        opened = next((e for e in self.case["events"] if e["event"] == "case_opened"), None)
        return _WAYS.get(opened["reason"] if opened else "", "by email")

    def _eligible(self) -> str:
        reason = self.case["not_eligible"]
        return f"none, because it is {reason}" if reason else ""

    def _held_back(self) -> str:
        verdict = self.case["verdict"]
        return f"no mail to the customer: {account.rule(verdict)}" if verdict else ""

    # --- what was promised, and what happened ---------------------------------------

    def _promises(self) -> Iterator[Block]:
        yield Words(
            line(
                "Each promise is one of our published complaints code, in its words as the case was"
                " given it. It is kept by evidence alone, which stands beside it; a mail counts from"
                " when the next mail server had accepted it."
            )
        )
        yield promises(self.case["obligations"], self.naming)
        for each in self.merged:
            if each["obligations"]:
                yield Words((Line(f"Those of case {each['reference']}", is_strong=True),))
                yield promises(each["obligations"], self.naming)

    def _outcome(self) -> Block:
        events = [each for each in self._events() if each["event"] in _OUTCOMES]
        if not events:
            return Words(line("No outcome is on record, no letter about rights, and no credit."))
        return chronology(events, [], self.naming)

    def _chronology(self) -> Block:
        return chronology(self._events(), self._obligations(), self.naming)

    def _events(self) -> list[Document]:
        """
        Of the case and of those that became part of it.
        """
        parts = (
            {**event, "of": each["reference"]} for each in self.merged for event in each["events"]
        )
        every: list[Document] = [*self.case["events"], *parts]
        return sorted(every, key=lambda each: str(each["at"]))

    def _obligations(self) -> list[Document]:
        merged = (owed for each in self.merged for owed in each["obligations"])
        return [*self.case["obligations"], *merged]

    # --- people ---------------------------------------------------------------------

    def _contacts(self) -> Block:
        rows = tuple(
            (
                (
                    Line(self._moment(each["at"])),
                    Line(_channel(each["channel"]), tone="faint"),
                ),
                line(each["who"]),
                line(shortened(each["summary"])),
                lines([each[name] for name in ("agreed", "resolved") if each[name]]),
            )
            for each in self.case["contacts"]
        )
        if not rows:
            return Words(line("No contact of a person is on record."))
        return Table(
            ("When, and how", "Who", "What was said", "Agreed, or resolved"), (20, 20, 38, 22), rows
        )

    def _posted(self) -> list[Document]:
        return [each for each in self._events() if each["event"] == "letter_posted"]

    def _by_post(self) -> Block:
        posted = self._posted()
        rows = []
        for each in self.naming.contents.on_paper:
            went = next(
                (
                    event
                    for event in posted
                    if event["about"] == each.template
                    and datetime.fromisoformat(event["at"]) >= each.given_at
                ),
                None,
            )
            if went:
                posted.remove(went)
            said = (
                f"{self._moment(went['at'])}, by {went['proof']['by']}" if went else "not recorded"
            )
            name = self.naming.letter(each.template) or "a letter that had come back"
            rows.append(
                (
                    line(f"{name[:1].upper()}{name[1:]}"),
                    line(in_words(each.given_at, self.naming.firm)),
                    line(said),
                    each.pages,
                )
            )
        rows += [
            (
                line(self.naming.letter(each["about"])),
                line("not recorded"),
                line(self._by_whom(each)),
                line("no page of it is on record"),
            )
            for each in posted
        ]
        heads = ("Letter", "Given to a person to post", "Posted", "As printed")
        return Table(heads, (28, 24, 28, 20), tuple(rows))

    def _by_whom(self, event: Document) -> str:
        who = str(event["proof"]["by"]).removeprefix("a command of ")
        return f"{self._moment(event['at'])}, recorded by {who}"

    # --- mails ------------------------------------------------------------------------

    def _mails(self) -> Iterator[Block]:
        relay = f", {self.maker.relay} as configured now" if self.maker.relay else ""
        yield Words(
            line(
                f"What came is as our mailbox received it. What we wrote left through our mail"
                f" server{relay}, whose answer is quoted. In the folders messages, letters and"
                " attachments the names of files begin with the number of their mail; a number that"
                " is not here is that of a mail that is left out."
            )
        )
        rows = tuple(
            (
                line(str(each["number"])),
                line(self._moment(each["at"])),
                tuple(self._about(each)),
                tuple(self._files(each)),
            )
            for each in self.case["messages"]
            if "page" in each
        )
        yield Table(
            ("No.", "When", "What, and what became of it", "In this file"), (6, 20, 46, 28), rows
        )

    def _about(self, mail: Document) -> Iterator[Line]:
        is_in = mail["direction"] == "in"
        what = plain_names.KINDS[mail["kind"]] if is_in else self.naming.letter(mail["kind"])
        what = _first_up(what)
        if is_in:
            yield Line(f"{what}, from {self.naming.person(mail['from'])}")
            if mail["silence"]:
                yield Line(f"Not answered: {account.rule(mail['silence'])}", tone="faint")
        else:
            yield Line(f"{what}, to {self.naming.person(mail['to'])}")
            why = f" ({account.rule(mail['silence'])})" if mail["silence"] else ""
            yield Line(f"{self.naming.sent(mail)}{why}", tone="faint")
        found = self.naming.contents.of(mail["number"])
        yield from (Line(f"Note: {each}", tone="bad") for each in (found.notes if found else ()))

    def _files(self, mail: Document) -> Iterator[Line]:
        found = self.naming.contents.of(mail["number"])
        if found is None:
            return
        yield Line("to read", found.page)
        if found.eml:
            yield Line("as it was", found.eml)
        else:
            yield Line("as it was: left out", tone="faint")
        yield from found.files

    # --- the rest -------------------------------------------------------------------------

    def _rulebook(self) -> Iterator[Block]:
        firm, version = self.naming.firm, self.case["rulebook_version"]
        now = firm.rulebook.version
        is_same = now == version
        known = (
            "The same edition is in force."
            if is_same
            else f"Today's edition is “{now}”. Of edition “{version}” this file tells what was"
            " promised in this case: the words of each clause and each date, as they were stored"
            " when they were promised. Neither has been changed since by the new edition, but"
            " where the chronology says so."
        )
        scheme = firm.rulebook.adr.scheme or "none named: customers are sent to Ofcom"
        yield Facts(
            (
                ("Edition of the case", line(version)),
                ("Today", line(known)),
                ("Published at", line(firm.rulebook.company.code_url)),
                ("Independent scheme", line(f"{scheme} (as configured now)")),
            )
        )
        clauses = {each["clause"]: each["name"] for each in self._obligations()}
        rows = tuple(
            (line(f"{name[:1].upper()}{name[1:]}"), (Line(clause, is_quote=True),))
            for clause, name in clauses.items()
        )
        if rows:
            yield Table(
                ("Promise", "In the words of the code, as this case was given them"), (30, 70), rows
            )

    def _left_out(self) -> Block:
        left = self.naming.contents.left_out
        if not left:
            return Words(line("Nothing."))
        rows = tuple((tuple(self._left(each)), line(_first_up(each.why))) for each in left)
        return Table(("What", "Why"), (60, 40), rows)

    def _left(self, each: LeftOut) -> Iterator[Line]:
        mail = next((m for m in self.case["messages"] if m["number"] == each.number), None)
        if mail is None:
            yield Line(_first_up(each.what))
            return
        is_in = mail["direction"] == "in"
        what = plain_names.KINDS[mail["kind"]] if is_in else self.naming.letter(mail["kind"])
        yield Line(f"{_first_up(each.what)}, {self._moment(mail['at'])}: {what}")

    def _check(self) -> Iterator[Block]:
        company = self.naming.firm.rulebook.company
        yield Words(
            line(
                f"{manifest.MANIFEST} lists the SHA-256 of every file in here and of the whole. It is"
                f" signed (Ed25519) with a key of {company.name}; {manifest.PUBLIC_KEY} is the half of"
                f" it that everybody may have. {README} says in a few lines how to check all of it"
                " without any program of ours."
            )
        )
        yield Facts(
            (
                ("Fingerprint of the key", line(self.maker.fingerprint)),
                (
                    "Is it really theirs?",
                    line(
                        f"Ring {company.telephone} ({company.telephone_hours}), a number that you"
                        " should have from elsewhere, and have the fingerprint read to you."
                    ),
                ),
                ("For programs", (Line(CASE, CASE), Line(manifest.MANIFEST, manifest.MANIFEST))),
            )
        )

    def _who(self) -> str:
        person = self.case["complainant"]
        return str(person["name"] or person["email"] or "somebody unknown")

    def _emptied(self) -> str:
        events = (each for each in self.case["events"] if each["event"] == "case_anonymised")
        return next((self._moment(each["at"]) for each in events), "")

    def _all(self) -> bool:
        return self.maker.is_internal

    def _made(self) -> str:
        return in_words(self.maker.made_at, self.naming.firm)

    def _moment(self, at: str) -> str:
        return self.naming.moment(at)


def _address(person: Document) -> str:
    name, email = person["name"], person["email"]
    return f"{name} <{email}>" if name else str(email)


def _channel(channel: str) -> str:
    return f"by {channel}" if channel != "not recorded" else "how is not recorded"


def _first_up(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
