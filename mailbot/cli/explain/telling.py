"""
An explanation for a person to read: sentences, and behind each of them why.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console

from mailbot.cases.firm import Firm
from mailbot.cases.wording import account, plain_names
from mailbot.cases.wording.moments import in_words
from mailbot.cli.shown.document import Document
from mailbot.cli.shown.lines import Line, counted, print_lines

#: What of a decision may differ, as people call it.
_DIFFERENCES = {
    "kind": "what it is",
    "rule": "the rule that says so",
    "evidence": "what shows whose case it is",
    "decision": "what is done with it",
    "case": "whose case it is",
}

_READERS = {
    "customer": "a customer had got it from us",
    "staff": "one of our people had got it from us",
    "": "it bears no signature of ours",
}


def tell(console: Console, document: Document, firm: Firm) -> None:
    """
    Print it, within the width of the console.
    """
    print_lines(console, _Account(document, firm).lines())


@dataclass(frozen=True)
class _Account:
    document: Document
    firm: Firm

    def lines(self) -> Iterator[Line]:
        messages = self.document["messages"]
        if not self.document["database"]:
            yield Line("There is no database yet: no case is known.")
        if len(messages) > 1:
            yield Line(f"{len(messages)} messages with this Message-ID are recorded.")
        for each in messages:
            yield from self._message(each)

    def _message(self, each: Document) -> Iterator[Line]:
        yield from self._head(each["message"])
        if each["then"]:
            yield from self._under("What was decided when it came", self._then(each["then"]))
            yield from self._under("How it would be read now", self._beside(each))
            return
        yield from self._reading(each["now"])
        yield from self._under("What would follow", self._following(each["now"]))

    def _under(self, heading: str, lines: Iterator[Line]) -> Iterator[Line]:
        yield Line()
        yield Line(heading, style="bold")
        yield from lines

    def _head(self, message: Document) -> Iterator[Line]:
        sender = message["from"]
        wrote = _address(sender) if sender else "nobody that it names"
        yield Line(f"“{message['subject'] or 'no subject'}”, written by {wrote}", style="bold")
        clock = f" ({message['clock']})" if "clock" in message else ""
        yield Line(f"Received {self._moment(message['received_at'])}{clock}.")
        if "clock" in message:
            yield Line("Nothing is sent, and nothing recorded.")

    # --- how it is read --------------------------------------------------------

    def _reading(self, now: Document) -> Iterator[Line]:
        yield from self._under("What it is", self._kind(now))
        yield from self._under("What in it may name a case", self._signals(now))
        yield from self._under("Cases that this names", self._candidates(now))
        yield from self._under("What would be done with it", self._action(now))

    def _kind(self, read: Document) -> Iterator[Line]:
        yield Line(
            f"It is read as {plain_names.KINDS[read['kind']]}: {account.rule(read['rule'])}.", 2
        )
        if read["rule_source"]:
            yield Line(f"source of that rule: {read['rule_source']}", 4, "dim")
        if read.get("unreadable"):
            yield Line(f"Only its header could be read: {read['unreadable']}.", 2)

    def _signals(self, now: Document) -> Iterator[Line]:
        for each in now["signals"]:
            yield Line(f"- {plain_names.SIGNALS[each['signal']]}{_value(each)}", 2)
        if token := now["staff_token"]:
            state = "others have seen it since" if token["is_spent"] else "nobody else has seen it"
            what = plain_names.LETTERS.get(token["template"], "a mail")
            at = self._moment(token["issued_at"])
            yield Line(
                f"The secret reply address came with {what}, to {token['issued_to']}, {at}; {state}.",
                2,
            )
        if not now["signals"]:
            yield Line("nothing", 2)
        if staff := now["staff"]:
            yield Line(
                f"It is said to be {staff['writer']}'s: {plain_names.WANTS[staff['wants']]}.", 2
            )
            yield Line(f"Proved by {plain_names.PROOFS[staff['proof']]}.", 2)
            if said := staff["mail_host"]:
                yield Line(f"Our mail host: {plain_names.HOST_VERDICTS[said]}.", 2)

    def _candidates(self, now: Document) -> Iterator[Line]:
        for each in now["candidates"]:
            is_known = each["knows_sender"]
            sender = (
                "its sender belongs to the case" if is_known else "its sender is a stranger to it"
            )
            yield Line(f"- {each['case']}, by {plain_names.SIGNALS[each['evidence']]}; {sender}", 2)
        if not now["candidates"]:
            yield Line("none", 2)
        yield Line(_match(now), 2)
        if now["possible"]:
            told = ", ".join(now["possible"])
            yield Line(f"Shown to the handler, and believed by nobody: {told}.", 2)

    def _action(self, now: Document) -> Iterator[Line]:
        yield Line(
            f"{_first_up(plain_names.ACTIONS[now['action']])}: {account.rule(now['decision'])}.", 2
        )
        if now["same_as"]:
            yield Line(f"It is a copy of the message {now['same_as']}.", 2)
        if now["silence"]:
            yield Line(f"Its sender gets no automatic answer: {account.rule(now['silence'])}.", 2)

    # --- what would follow ---------------------------------------------------

    def _following(self, now: Document) -> Iterator[Line]:
        if now["opens_case"]:
            yield Line(f"A new case, given to {now['handler'] or 'nobody, for nobody is in'}.", 2)
        elif now["belongs_to"]:
            yield Line(f"In {now['belongs_to']}, whose handler is {now['handler'] or 'nobody'}:", 2)
        for each in now["letters"]:
            yield Line(f"- {self._letter(each)}", 2)
            if each["withheld"]:
                yield Line(f"written and not sent: {account.rule(each['withheld'])}", 6)
        for each in now["promises"]:
            yield Line(f"- promised: {each['name']}, by {self._moment(each['due_at'])}", 2)
        for each in now["settled"]:
            yield Line(f"- {plain_names.ENDS[each['state']]}: {each['name']}", 2)
        for each in now["events"]:
            yield Line(f"- recorded: {_told(each)}", 2)
        if not now["letters"]:
            yield Line(f"Nobody is written to: {account.rule(now['decision'])}.", 2)
        if not now["promises"]:
            yield Line("Nothing new is promised.", 2)

    # --- what was decided ----------------------------------------------------

    def _then(self, then: Document) -> Iterator[Line]:
        yield Line(f"Recorded {self._moment(then['recorded_at'])}.", 2)
        yield from self._kind(then)
        yield Line(f"In {then['case']}." if then["case"] else "In no case.", 2)
        yield Line(f"What was done with it, and why: {account.rule(then['decision'])}.", 2)
        if then["silence"]:
            yield Line(f"Its sender got no automatic answer: {account.rule(then['silence'])}.", 2)
        if then["copy_of"]:
            yield Line(f"It is a copy of the message {then['copy_of']}.", 2)
        if then["seen_again"]:
            yield Line(f"Delivered again since then: {counted(then['seen_again'], 'time')}.", 2)
        if then["held"]:
            yield Line(self._held(then["held"]), 2)
        for each in then["events"]:
            yield Line(f"- {_told(each)}", 2)
        for each in then["letters"]:
            status = plain_names.STATUSES[each["status"]]
            why = f": {account.rule(each['reason'])}" if each["reason"] else ""
            yield Line(f"- {self._letter(each)}; {status}{why}", 2)
        if not then["letters"]:
            yield Line("Nobody was written to.", 2)

    def _held(self, held: Document) -> str:
        since = f"Held for a person as number {held['id']}: {account.rule(held['reason'])}"
        if held["resolved_at"]:
            return f"{since}. That ended {self._moment(held['resolved_at'])}: {held['resolution']}."
        return f"{since}. It still waits."

    def _beside(self, each: Document) -> Iterator[Line]:
        """
        The present rules and the present memory, beside what was decided.
        """
        now = each["now"]
        if not each["differs"]:
            yield Line("In the same way, and the same would be done with it.", 2)
        else:
            told = ", ".join(_DIFFERENCES[name] for name in each["differs"])
            yield Line(f"Otherwise, with the rules and the cases of now: {told}.", 2)
            yield from self._kind(now)
            yield from self._action(now)
        yield Line("What in it may name a case:", 2)
        yield from self._signals(now)
        yield Line("Cases that this names:", 2)
        yield from self._candidates(now)

    # --- shared --------------------------------------------------------------

    def _letter(self, each: Document) -> str:
        person = self.firm.people.by_address(each["to"])
        what = plain_names.LETTERS.get(each["template"], each["template"])
        return f"{what} to {person.name if person else each['to']}"

    def _moment(self, at: str) -> str:
        return in_words(datetime.fromisoformat(at), self.firm)


def _address(person: Document) -> str:
    name, email = person["name"], person["email"]
    return f"{name} <{email}>" if name else str(email)


def _value(signal: Document) -> str:
    """
    What stands there, and whether it can be believed.
    """
    shown = f": {signal['value']}" if signal["value"] else ""
    if not signal["is_valid"]:
        return f"{shown} (its check digits are wrong)"
    if signal["signal"].startswith("reference") and signal["signal"] != "references":
        return shown
    answer = f", and it says {signal['answer']}" if signal["answer"] else ""
    return f"{shown} ({_READERS[signal['issued_to']]}{answer})"


def _match(now: Document) -> str:
    if now["is_ambiguous"]:
        return "The strongest of them name several cases: a person must say."
    if now["case"]:
        return f"The strongest is {plain_names.SIGNALS[now['evidence']]}: {now['case']}."
    return "So it belongs to no case that we know."


def _told(event: Document) -> str:
    said = str(event["sentence"])
    return f"{said[:-1]} ({event['rule']})." if event["rule"] else said


def _first_up(words: str) -> str:
    return words[:1].upper() + words[1:]
