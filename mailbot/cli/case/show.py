"""
One case for a complaints officer to read: sentences, and under each of them why.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from rich.console import Console

from mailbot.cases.firm import Firm
from mailbot.cases.wording import account, plain_names
from mailbot.cases.wording.moments import happened, in_words
from mailbot.cli.shown.document import Document
from mailbot.cli.shown.lines import Line, print_lines
from mailbot.mail.message import Kind

#: Characters of somebody's own words; the whole of them is in the document.
_LONGEST_TEXT = 300
_LONGEST_REPLY = 80
#: A clause that stood in full above is named by its beginning.
_LONGEST_CLAUSE_AGAIN = 60


def show(console: Console, document: Document, firm: Firm) -> None:
    """
    Print the case, within the width of the console.
    """
    print_lines(console, _Case(document, firm).lines())


@dataclass
class _Case:
    document: Document
    firm: Firm
    #: Clauses that have been read already.
    read: set[str] = field(default_factory=set)

    def lines(self) -> Iterator[Line]:
        yield from self._head()
        for heading, lines in (
            ("What is promised", self._promises()),
            (
                "Contacts of people (what mailbot sends by itself stands under Mail)",
                self._contacts(),
            ),
            ("Mail", self._mail()),
            ("History, and why", self._history()),
        ):
            yield Line()
            yield Line(heading, style="bold")
            yield from lines

    def _head(self) -> Iterator[Line]:
        document = self.document
        complainant, handler = document["complainant"], document["handler"]
        yield Line(
            f"{document['reference']}  {plain_names.STATES[document['state']]}", style="bold"
        )
        others = [
            f"{_address(each)} ({plain_names.ROLES.get(each['role'], each['role'])}; {self._gets(each)})"
            for each in document["parties"]
            if each["role"] != "complainant"
        ]
        verdict = document["verdict"]
        facts = {
            "complainant": _address(complainant),
            "telephone": complainant["phone"],
            "address": ", ".join(complainant["address"]),
            "reached": "by post" if document["by_post"] else "",
            "to be posted": ", ".join(plain_names.LETTERS[each] for each in document["to_post"]),
            "merged here": ", ".join(document["merged"]),
            "also": ", ".join(others),
            "handler": _address(handler) if handler["email"] else "nobody",
            "received": self._moment(document["received_at"]),
            "resolved": document["resolution"],
            "held back": f"no mail to the customer: {account.rule(verdict)}" if verdict else "",
            "needs": "; ".join(document["needs"]),
            "no right to independent help": document["not_eligible"],
            "rulebook": document["rulebook_version"],
            "times are": self.firm.calendar.zone.key,
        }
        for name, value in facts.items():
            if value:
                yield Line(f"{name:<12} {value}", 2)

    def _gets(self, party: Document) -> str:
        """
        What somebody beside the complainant receives.
        """
        if party["removed_at"]:
            return f"until {self._moment(party['removed_at'])}"
        return "gets a copy of every letter" if party["gets_copies"] else "gets nothing from us"

    # --- promises ----------------------------------------------------------

    def _promises(self) -> Iterator[Line]:
        for each in self.document["obligations"]:
            end = plain_names.ENDS[each["state"]]
            settled = each["settled_at"] if each["state"] != "open" else None
            when = f", {self._moment(settled)}" if settled else ""
            yield Line(f"{_first_up(each['name'])}: {end}{when}", 2)
            due = in_words(datetime.fromisoformat(each["due_at"]), self.firm)
            yield Line(f"due by {due}", 6)
            yield from self._clause(each["clause"])
            yield from self._evidence(each)

    def _evidence(self, each: Document) -> Iterator[Line]:
        """
        A letter speaks for itself; what somebody said is told with who it was.
        """
        proof = each["proof"]
        is_a_letter = any(letter["message_id"] in each["evidence"] for letter in proof["letters"])
        if each["evidence"] and not is_a_letter:
            # Where a mail brought it about, that mail stands below.
            by = f" ({proof['by']})" if proof["by"] and not proof["messages"] else ""
            yield Line(f"evidence: {account.kept_by(each['evidence'])}{by}", 6)
        yield from self._proof(proof)

    # --- contacts ----------------------------------------------------------

    def _contacts(self) -> Iterator[Line]:
        for each in self.document["contacts"]:
            yield Line(f"{self._moment(each['at'])}, {_channel(each)}: {each['who']}", 2)
            yield Line(_shortened(each["summary"]), 6)
            for name in ("agreed", "resolved"):
                if each[name]:
                    yield Line(f"{name}: {each[name]}", 6)

    # --- mail --------------------------------------------------------------

    def _mail(self) -> Iterator[Line]:
        for each in self.document["messages"]:
            is_in = each["direction"] == "in"
            yield Line(f"{each['number']}. {self._moment(each['at'])}, {self._about(each)}", 2)
            yield from self._handed_in(each) if is_in else self._handed_on(each)
            if each["message_id"]:
                yield Line(f"Message-ID {each['message_id']}", 6, "dim")

    def _about(self, each: Document) -> str:
        if each["direction"] == "in":
            return f"from {self._name(each['from']) or 'nobody'}: {plain_names.KINDS[each['kind']]}"
        return f"to {self._name(each['to'])}: {_letter(each['kind'])}"

    def _handed_in(self, each: Document) -> Iterator[Line]:
        is_answered = each["kind"] in {Kind.PERSON, Kind.STAFF}
        if each["silence"] and not is_answered:
            yield Line(f"not answered: {account.rule(each['silence'])}", 6)

    def _handed_on(self, each: Document) -> Iterator[Line]:
        why = account.rule(each["silence"]) if each["silence"] else ""
        status = plain_names.STATUSES[each["status"]]
        reply = textwrap.shorten(each["reply"], _LONGEST_REPLY, placeholder=" …")
        answer = account.by_what_it_went(reply) if reply else ""
        yield Line("; ".join(filter(None, (status, why, answer))), 6)
        yield Line(f"template {each['template']}, edition {each['template_hash']}", 6, "dim")

    def _name(self, email: str) -> str:
        """
        Staff by name, anybody else by address.
        """
        person = self.firm.people.by_address(email) if email else None
        return person.name if person else email

    # --- history -----------------------------------------------------------

    def _history(self) -> Iterator[Line]:
        events = self.document["events"]
        for (at, by), group in groupby(events, key=lambda each: (each["at"], self._by(each))):
            yield Line(f"{self._moment(at)}, caused by {by}", 2, "cyan")
            for each in group:
                yield from self._of_an_event(each)

    def _by(self, event: Document) -> str:
        senders = {self._name(each["from"]) for each in event["proof"]["messages"]}
        is_named = event["cause"] == "message" and len(senders) == 1
        return f"a message from {senders.pop()}" if is_named else str(event["proof"]["by"])

    def _of_an_event(self, each: Document) -> Iterator[Line]:
        yield Line(each["sentence"], 4)
        if each["text"]:
            yield Line(f"in these words: {_shortened(each['text'])}", 6)
        if each["rule"]:
            yield Line(f"rule: {each['rule']}", 6)
        yield from self._clause(each["clause"])
        yield from self._proof(each["proof"], told=self._moment(each["at"]))

    # --- shared ------------------------------------------------------------

    def _clause(self, clause: str) -> Iterator[Line]:
        """
        In full where it stands for the first time.
        """
        if not clause:
            return
        is_known = clause in self.read
        self.read.add(clause)
        shown = textwrap.shorten(clause, _LONGEST_CLAUSE_AGAIN, placeholder=" …")
        yield Line(f"code: “{shown if is_known else clause}”", 6, "dim")

    def _proof(self, proof: Document, *, told: str = "") -> Iterator[Line]:
        """
        The mails behind it by their numbers; *told* is the moment that stands above them.
        """
        for each in proof["messages"]:
            sender = self._name(each["from"]) or "nobody"
            at = self._elsewhen(each["received_at"], told)
            yield Line(f"mail {each['number']}: from {sender}, received{at}", 6, "dim")
        for each in proof["letters"]:
            at = self._elsewhen(each["accepted_at"], told)
            what = f"{_letter(each['template'])} to {self._name(each['to'])}"
            status = plain_names.STATUSES[each["status"]]
            yield Line(f"mail {each['number']}: {what}, {status}{at}", 6, "dim")

    def _elsewhen(self, at: str | None, told: str) -> str:
        moment = self._moment(at) if at else ""
        return f" {moment}" if moment and moment != told else ""

    def _moment(self, at: str) -> str:
        return happened(datetime.fromisoformat(at), self.firm)


def _address(person: Document) -> str:
    name, email = person["name"], person["email"]
    return f"{name} <{email}>" if name and email else str(name or email)


def _channel(contact: Document) -> str:
    channel, unreached = contact["channel"], contact["unreached"]
    how = f"by {channel}" if channel != "not recorded" else "channel not recorded"
    return f"{how} ({unreached})" if unreached else how


def _letter(template: str) -> str:
    return plain_names.LETTERS.get(template, template)


def _shortened(text: str) -> str:
    said = " ".join(text.split())
    return textwrap.shorten(said, _LONGEST_TEXT, placeholder=" …") if said else "(no words)"


def _first_up(words: str) -> str:
    return words[:1].upper() + words[1:]
