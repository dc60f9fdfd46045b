"""
How the index names instants, mails and lengths of time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailbot.bundle.sections import Line
from mailbot.cases.firm import Firm
from mailbot.cases.wording import account, plain_names
from mailbot.cases.wording.moments import happened, in_words
from mailbot.dossier.document import Document
from mailbot.evidence.enclosed import EMPTIED, Contents

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


@dataclass(frozen=True)
class Naming:
    firm: Firm
    contents: Contents

    def moment(self, at: str) -> str:
        """
        When something happened.
        """
        return happened(datetime.fromisoformat(at), self.firm)

    def last_moment(self, at: str) -> str:
        """
        Until when something was due.
        """
        return in_words(datetime.fromisoformat(at), self.firm)

    def person(self, email: str) -> str:
        """
        Staff by name, anybody else by address.
        """
        handler = self.firm.people.by_address(email) if email else None
        return handler.name if handler else email or "nobody"

    def letter(self, template: str) -> str:
        return plain_names.LETTERS.get(template, template)

    def proofs(self, *proofs: Document) -> Iterator[Line]:
        """
        The mails that prove something, each once and leading to its page.
        """
        mails = {each["number"]: each for proof in proofs for each in _mails(proof)}
        left_out = [number for number, each in mails.items() if each.get("left_out")]
        for number in sorted(set(mails) - set(left_out)):
            yield from self._mail(mails[number])
        emptied = [each for each in left_out if self.contents.why_not(each) == EMPTIED]
        among_us = sorted(set(left_out) - set(emptied))
        if emptied:
            yield Line(f"{_numbered(emptied)}: removed when the case was anonymised", tone="faint")
        if among_us:
            yield Line(f"{_numbered(among_us)}, among our own people: left out", tone="faint")

    def _mail(self, mail: Document) -> Iterator[Line]:
        number = mail["number"]
        if "from" in mail:
            said = f"from {self.person(mail['from'])}, received {self.moment(mail['received_at'])}"
            yield Line(f"Mail {number}: {said}", self.page(number))
            return
        what = f"{self.letter(mail['template'])} to {self.person(mail['to'])}"
        yield Line(f"Mail {number}: {what}", self.page(number))
        yield Line(self.sent(mail), tone="faint")

    def on_paper(self, template: str, until: str) -> Iterator[Line]:
        """
        The page of a letter by post that was printed last before that instant.
        """
        before = datetime.fromisoformat(until)
        pages = [
            each.pages
            for each in self.contents.on_paper
            if each.template == template and each.given_at <= before
        ]
        for page in pages[-1] if pages else ():
            yield replace(page, text=f"By post: {self.letter(template)}, {page.text}")

    def sent(self, letter: Document) -> str:
        """
        What became of a letter, and by what that is known.
        """
        status, at = plain_names.STATUSES[letter["status"]], letter["accepted_at"]
        accepted = f"accepted {self.moment(at)}" if at else ""
        # "accepted, and returned": the instant is that of the first of the two.
        said = status.replace("accepted", accepted, 1) if accepted else status
        reply = f"; {account.by_what_it_went(letter['reply'])}" if letter["reply"] else ""
        return f"{said}{reply}"

    def page(self, number: int) -> str:
        found = self.contents.of(number)
        return found.page if found else ""


def _numbered(mails: list[int]) -> str:
    *most, last = map(str, sorted(mails))
    return f"Mails {', '.join(most)} and {last}" if most else f"Mail {last}"


def _mails(proof: Document) -> Iterator[Document]:
    yield from proof["messages"]
    yield from proof["letters"]


def length(of_time: timedelta) -> str:
    """
    "2 days and 3 hours": the two largest units of it.
    """
    left, said = max(int(of_time.total_seconds()), 0), []
    for seconds, name in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            said.append(f"{count} {name}{'' if count == 1 else 's'}")
    return " and ".join(said[:2]) or "less than a minute"


def first_up(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
