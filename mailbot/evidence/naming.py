"""
How the index names instants, mails and lengths of time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailbot.bundle.sections import Line
from mailbot.cases.firm import Firm
from mailbot.cases.wording import plain_names
from mailbot.cases.wording.moments import in_words
from mailbot.dossier.document import Document
from mailbot.evidence.enclosed import Contents

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


@dataclass(frozen=True)
class Naming:
    firm: Firm
    contents: Contents

    def moment(self, at: str) -> str:
        return in_words(datetime.fromisoformat(at), self.firm)

    def person(self, email: str) -> str:
        """
        Staff by name, anybody else by address.
        """
        handler = self.firm.people.by_address(email) if email else None
        return handler.name if handler else email or "nobody"

    def letter(self, template: str) -> str:
        return plain_names.LETTERS.get(template, template)

    def proofs(self, proof: Document) -> Iterator[Line]:
        """
        The mails that prove something, one a line, each leading to its page.
        """
        for each in (*proof["messages"], *proof["letters"]):
            if each.get("left_out"):
                yield Line(f"Mail {each['number']}, which is left out (see below)", tone="faint")
        for each in proof["messages"]:
            if not each.get("left_out"):
                said = (
                    f"from {self.person(each['from'])}, received {self.moment(each['received_at'])}"
                )
                yield Line(f"Mail {each['number']}: {said}", self.page(each["number"]))
        for each in proof["letters"]:
            if not each.get("left_out"):
                what = f"{self.letter(each['template'])} to {self.person(each['to'])}"
                yield Line(f"Mail {each['number']}: {what}", self.page(each["number"]))
                yield Line(self.sent(each), tone="faint")

    def sent(self, letter: Document) -> str:
        """
        What became of a letter, and what the mail server said.
        """
        status = plain_names.STATUSES[letter["status"]]
        when = f" {self.moment(letter['accepted_at'])}" if letter["accepted_at"] else ""
        reply = f"; our mail server answered “{letter['reply']}”" if letter["reply"] else ""
        return f"{status}{when}{reply}"

    def page(self, number: int) -> str:
        found = self.contents.of(number)
        return found.page if found else ""


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
