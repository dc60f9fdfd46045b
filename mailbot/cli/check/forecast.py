"""
What the first round would do with the mail that waits: counted before it is done,
by the decisions of the intake.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailbot.cases.identity.triage import Action
from mailbot.cases.known.arrivals import arriving, identity
from mailbot.desk.arriving.intake import SEEN_BEFORE
from mailbot.letters.office import Office
from mailbot.mail.message import InboundMessage, Kind
from mailbot.mail.signed_ids import canonical
from mailbot.settings import Settings
from mailbot.store.database import look
from mailbot.workers.dry_run import Imagined, triaged

#: Who wrote longer ago does not expect to hear now that the mail has just come.
_LONG_AGO = timedelta(days=7)

#: What is counted under the name of its reason, whatever is done with it.
_BY_REASON = {"before_answer_from": "too_old", SEEN_BEFORE.reason: "seen_before"}

_BY_ACTION = {
    Action.OPEN: "opens",
    Action.JOIN: "joins",
    Action.NOTE: "notes",
    Action.RELAY: "staff",
    Action.ANSWER_STAFF: "staff",
    Action.HOLD: "holds",
    Action.FILE: "files",
}


@dataclass
class Outlook:
    """
    The mail that waits, by what would become of it.
    """

    counted: Counter[str] = field(default_factory=Counter)
    #: Who would be acknowledged, and how often without the caps.
    owed: Counter[str] = field(default_factory=Counter)
    #: Of those how many wrote long ago.
    long_ago: int = 0
    _opening: set[str] = field(default_factory=set)
    _identities: set[str] = field(default_factory=set)

    async def count(self, message: InboundMessage | None, office: Office, now: datetime) -> None:
        """
        Add what would become of the next message; None is one that cannot be read.
        """
        self.counted["waiting"] += 1
        if message is None:
            self.counted["unread"] += 1
            return
        arrival = arriving(b"", message)
        found = await look(lambda tx: triaged(tx, arrival, office, now))
        becomes = self._becomes(found)
        self.counted[becomes] += 1
        if becomes != "opens":
            return
        self._opening.add(canonical(message.message_id or ""))
        if found.classification.kind is Kind.SPAM:
            self.counted["under_verdict"] += 1
        elif message.sender:
            self.owed[message.sender.key] += 1
            self.long_ago += now - message.received_at > _LONG_AGO

    def leave_old(self, count: int) -> None:
        """
        Add so many that came before the day from which mail is answered.
        """
        self.counted["waiting"] += count
        self.counted["too_old"] += count

    def _becomes(self, found: Imagined) -> str:
        what, this = found.triage, identity(found.message)
        becomes = _BY_REASON.get(what.reason) or _BY_ACTION[what.action]
        if this in self._identities:
            return "seen_before"
        self._identities.add(this)
        # By then the one that it follows on has a case, which it joins.
        followed = {canonical(each) for _, each in found.signals.foreign}
        return "joins" if becomes == "opens" and followed & self._opening else becomes

    def counts(self, settings: Settings) -> dict[str, int]:
        """
        Every number by its name, for scripts.
        """
        names = ("waiting", *dict.fromkeys((*_BY_ACTION.values(), *_BY_REASON.values())))
        numbers = {each: self.counted[each] for each in (*names, "under_verdict", "unread")}
        return {**numbers, "acknowledged": self._acknowledged(settings)}

    def told(self, settings: Settings) -> str:
        """
        The same in words.
        """
        if not self.counted["waiting"]:
            return "no message waits"
        return ", ".join(self._parts(settings))

    def warnings(self, settings: Settings) -> list[str]:
        if not self.long_ago or settings.rulebook.intake.answer_from:
            return []
        told = (
            f"mailbox: {self.long_ago} of those who would be acknowledged wrote more than a week"
            " ago: set answer_from in [intake] of code.toml to file old mail without an answer"
        )
        return [told]

    def _parts(self, settings: Settings) -> Iterator[str]:
        numbers = self.counts(settings)
        yield f"{numbers['waiting']} waiting"
        yield f"{numbers['opens']} would open a case"
        shadow = ', but [service] send is "none"' if settings.service.send == "none" else ""
        yield f"{numbers['acknowledged']} would be acknowledged{shadow}"
        first_day = settings.rulebook.intake.answer_from
        for name, words in (
            (
                "under_verdict",
                "would open a case that waits for a person: spam, or a forged sender",
            ),
            ("joins", "would join a case"),
            ("staff", "would be taken as answers of our people"),
            ("notes", "would be added to a case without effect"),
            ("holds", "would be held for a person"),
            ("too_old", f"would be filed without an answer, from before {first_day}"),
            ("files", "would be filed as machines' mail"),
            ("seen_before", "came before"),
            ("unread", "can be read by the header at most: too large, or broken"),
        ):
            if numbers[name]:
                yield f"{numbers[name]} {words}"

    def _acknowledged(self, settings: Settings) -> int:
        caps = settings.rulebook.caps
        each_at_most = caps.acknowledgements_per_address_per_hour
        everybody = sum(min(each, each_at_most) for each in self.owed.values())
        return min(caps.acknowledgements_per_hour, everybody)
