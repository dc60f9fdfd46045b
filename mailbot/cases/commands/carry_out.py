"""
What staff order, one function a command: the rules behind `cases/commands/orders.py`.

All commands of one mail are carried out together or not at all: the first that
cannot be refuses the rest, and the refusal says what to write instead.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mailbot.cases.commands import contact_details, orders
from mailbot.cases.commands.entry import without_link
from mailbot.cases.commands.grammar import KNOWN
from mailbot.cases.firm import Firm
from mailbot.cases.life import closing, merging, posting, verdicts
from mailbot.cases.model import (
    Case,
    Decision,
    Event,
    Handler,
    Letter,
    ObligationState,
    Party,
    Role,
    Settlement,
)
from mailbot.cases.promises import contact
from mailbot.cases.states import IllegalMove, Move, State
from mailbot.cases.triggers import CommandsGiven
from mailbot.cases.wording.command_words import COMMANDS
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.cases.wording.tasks import address_of
from mailbot.mail.words import month_words

#: A promise to be in touch that is further off than this is none, or a slip of the finger.
_FURTHEST_CONTACT, _LONGEST_WITHOUT_CONTACT = timedelta(weeks=26), timedelta(weeks=6)

_NO_ADDRESS = "No postal address is known: say #correct address 1 High Street, Ebbw Vale, NP23 6XX"


CARRIED_OUT = "commands_carried_out"


class Refused(ValueError):  # noqa: N818 - an answer, not a failure
    """
    A command that the case does not allow; str() says why and what to write instead.
    """


def given(case: Case, trigger: CommandsGiven, firm: Firm, now: datetime) -> Decision:
    """
    Everything that the commands ask for, or a decision whose `refusal` says why not.
    """
    together = Decision(reason=CARRIED_OUT)
    done: list[str] = []
    for number, command in enumerate(trigger.commands):
        order = _Order(
            case=together.applied_to(case),
            firm=firm,
            now=now,
            given=trigger,
            occasion=f"{trigger.occasion}.{number}",
        )
        try:
            decision, said = order.carried_out(command)
            # The table of states has the last word, before anything is written.
            together.joined_with(decision).applied_to(case)
        except Refused as refusal:
            return _refused(trigger, str(refusal))
        except IllegalMove:
            state = order.case.state.value.replace("_", " ")
            return _refused(
                trigger, f"this cannot be done to a case that is {state}; #reopen opens it again"
            )
        together = together.joined_with(decision)
        done.append(said)
    answer = " ".join(done)
    return replace(together.joined_with(_receipt(trigger, answer, "")), answer=answer)


def _refused(trigger: CommandsGiven, why: str) -> Decision:
    event = Event(name="command_refused", cause=f"command by {trigger.by}", reason="refused")
    refusal = Decision(reason="command_refused", events=(event,), refusal=why)
    return refusal.joined_with(_receipt(trigger, "Nothing was done.", why))


def _receipt(trigger: CommandsGiven, outcome: str, why: str) -> Decision:
    """
    Exactly one for a mail; the command line prints the same words.
    """
    if trigger.writer is None:
        return Decision(reason="answered_on_the_command_line")
    letter = Letter(
        template="receipt",
        to=address_of(trigger.writer),
        occasion=trigger.occasion,
        to_staff=True,
        is_reply=True,
        in_reply_to=trigger.in_reply_to,
        facts={
            "outcome": outcome,
            "why": why,
            "instead": f"The commands are: {KNOWN}" if why else "",
            "original": "",
            "commands": _taught(trigger),
        },
    )
    return Decision(reason="receipt_given", letters=(letter,))


def _taught(trigger: CommandsGiven) -> list[str]:
    """
    What every command does, for whoever asks for help.
    """
    asks = any(isinstance(each, orders.Help) for each in trigger.commands)
    return list(COMMANDS) if asks else []


class _Order:
    """
    One command, on the case as the commands before it have left it.
    """

    def __init__(
        self, *, case: Case, firm: Firm, now: datetime, given: CommandsGiven, occasion: str
    ) -> None:
        self.case = case
        self.firm = firm
        self.now = now
        self.at = given.said_at
        self.given = given
        self.busy = given.busy
        self.cause = f"command by {given.by}"
        self.by = given.by
        self.occasion = occasion

    def carried_out(self, command: orders.Command) -> tuple[Decision, str]:
        """
        What follows from *command*, and the sentence of the receipt.
        """
        if self.case.verdict and not isinstance(command, verdicts.ALLOWED):
            raise Refused(verdicts.KEPT_IN[self.case.verdict])
        return _HOW[type(command)](self, command)

    # --- the record -------------------------------------------------------

    def note(self, command: orders.Note) -> tuple[Decision, str]:
        decision = self._recorded("note_filed", command.text)
        if self.case.owes("decide_reopening"):
            stays = contact.settled(
                self.case, "decide_reopening", self.at, command.text, cause=self.cause
            )
            return decision.joined_with(stays), "Your note is filed, and the case stays closed."
        return decision, "Your note is filed."

    def need(self, command: orders.Need) -> tuple[Decision, str]:
        decision = self._recorded("need_recorded", command.text)
        needs = (*self.case.needs, " ".join(command.text.split()))
        return replace(decision, changes={"needs": needs}), "The need is shown in every staff mail."

    def status(self, command: orders.Status) -> tuple[Decision, str]:
        owed = [
            f"{PROMISES[each.promise].name}, by {in_words(each.due_at, self.firm)}"
            for each in self.case.obligations
            if each.is_owed
        ]
        who = self.case.handler.name if self.case.handler else "nobody"
        state = self.case.state.value.replace("_", " ")
        return Decision(reason="status_told"), (
            f"{self.case.reference} is {state}, with {who}."
            f" Still owed: {'; '.join(owed) or 'nothing'}."
        )

    def help(self, command: orders.Help) -> tuple[Decision, str]:
        return Decision(reason="help_given"), f"The commands are: {KNOWN}."

    # --- being in touch ---------------------------------------------------

    def contact(self, command: orders.Contact) -> tuple[Decision, str]:
        self._is_in_work()
        if command.at <= self.now:
            return self._agreed_and_over(command)
        if command.at - self.at > _FURTHEST_CONTACT:
            raise Refused(f"{in_words(command.at, self.firm)} is more than half a year off")
        words = in_words(command.at, self.firm)
        promise = self.firm.rulebook.promise("keep_contact")
        number = self.case.next_number("keep_contact")
        letter = Letter(
            template="contact-agreed",
            to=self.case.complainant.address,
            occasion=self.occasion,
            facts={"at": words, "how": "by telephone", "agreed_at": command.at},
        )
        decision = Decision(
            reason="contact_agreed",
            letters=(letter,),
            booked=(promise.book_agreed(command.at, self.firm.calendar, number),),
            events=(self._event("contact_agreed", words),),
            withdraws=frozenset({"follow-up"}),
        )
        for end in (
            contact.settled(
                self.case, "agree_contact", self.at, f"agreed: {words}", cause=self.cause
            ),
            contact.withdrawn(
                self.case, "keep_contact", self.at, f"agreed anew: {words}", cause=self.cause
            ),
        ):
            # Settled before the new one is booked, so that the old one is meant.
            decision = end.joined_with(decision)
        return decision, f"Recorded, and confirmed to the customer: contact on {words}."

    def _agreed_and_over(self, command: orders.Contact) -> tuple[Decision, str]:
        """
        The time was still to come when they wrote it, and the mail waited for us or for
        their yes: it was agreed, and nobody is told of a time that has passed.
        """
        words = in_words(command.at, self.firm)
        agreed = contact.settled(
            self.case, "agree_contact", self.at, f"agreed: {words}", cause=self.cause
        )
        _, following = contact.resumed(self.case, self.firm, self.now)
        recorded = Decision(reason="contact_agreed", events=(self._event("contact_agreed", words),))
        return recorded.joined_with(agreed).joined_with(following), (
            f"Recorded: contact was agreed for {words}. That is over by now, so the customer was"
            " not told. If you rang, say #call; if not, agree a new time."
        )

    def call(self, command: orders.Call) -> tuple[Decision, str]:
        self._is_in_work()
        kept = contact.kept(
            self.case, self.firm, self.at, f"telephone call by {self.by}", cause=self.cause
        )
        next_by = in_words(kept.booked[0].due_at, self.firm) if kept.booked else ""
        letter = Letter(
            template="call-summary",
            to=self.case.complainant.address,
            occasion=self.occasion,
            facts={"body": command.text, "next_by": next_by},
        )
        decision = Decision(
            reason="call_recorded",
            letters=(letter,),
            events=(self._event("telephone_call", command.text),),
        )
        return decision.joined_with(
            kept
        ), "The call is on record and its summary goes to the customer."

    def every(self, command: orders.Every) -> tuple[Decision, str]:
        self._is_in_work()
        today = self.firm.calendar.local_day(self.at)
        last = command.interval.day_after(today, self.firm.calendar)
        if last - today > _LONGEST_WITHOUT_CONTACT:
            raise Refused(f"{command.interval} are more than six weeks")
        interval = str(command.interval)
        decision = Decision(
            reason="interval_agreed",
            events=(self._event("interval_agreed", interval),),
            changes={"interval": interval},
        )
        return decision, f"From the next contact on, the interval is {interval}."

    # --- the end of it ----------------------------------------------------

    def outcome(self, command: orders.Outcome) -> tuple[Decision, str]:
        decision = closing.outcome(
            self.case,
            self.firm,
            self.at,
            text=command.text,
            occasion=self.occasion,
            by=self.cause,
        )
        return decision, "The outcome goes to the customer, who is asked to confirm it."

    def close(self, command: orders.Close) -> tuple[Decision, str]:
        day = self.firm.calendar.local_day
        if day(command.at) < day(self.case.received_at):
            raise Refused(
                f"the complaint was received on {in_words(self.case.received_at, self.firm)}; a"
                " confirmation from before that day closes nothing"
            )
        how = (
            f"{command.who} told us by {command.channel.value} on"
            f" {in_words(command.at, self.firm)} that it is resolved"
        )
        decision = closing.closed(
            self.case, self.at, how, self.occasion, move=Move.CLOSED, cause=self.cause
        )
        return decision, "The case is closed, and the customer is told."

    def reopen(self, command: orders.Reopen) -> tuple[Decision, str]:
        if self.case.state is State.OPEN:
            raise Refused("the case is open already; #escalate hands it up the ladder")
        decision = closing.reopened(
            self.case,
            self.firm,
            self.now,
            command.why,
            self.occasion,
            move=Move.REOPENED,
            cause=self.cause,
        )
        return decision, "The case is open again, with its original dates."

    def escalate(self, command: orders.Escalate) -> tuple[Decision, str]:
        self._is_in_work()
        decision = closing.escalated(
            self.case, self.firm, self.now, command.why, self.occasion, cause=self.cause
        )
        if decision.handler is None:
            return decision, "Nobody is left above; the manager has a task."
        moved = decision.joined_with(Decision(reason="escalated", moves=(Move.ESCALATED,)))
        if self.case.state is State.AWAITING_CONFIRMATION:
            moved = moved.joined_with(self._outcome_set_aside())
        return moved, f"The case is with {decision.handler.name} now."

    def _outcome_set_aside(self) -> Decision:
        """
        The case is in work again: nobody is asked to confirm, and contact is kept.
        """
        decision = contact.settled(
            self.case, "confirm_closure", self.at, "escalated", cause=self.cause
        )
        _, booking = contact.resumed(self.case, self.firm, self.now)
        return decision.joined_with(booking)

    def deadlock(self, command: orders.Deadlock) -> tuple[Decision, str]:
        if "deadlock" in self.case.rights_letters:
            raise Refused("the deadlock letter has been written already")
        if self.case.not_eligible:
            raise Refused("the customer is marked as not eligible; say #eligible first")
        decision = closing.deadlocked(self.case, command.text, self.occasion, self.cause)
        return decision, "The deadlock letter goes to the customer."

    def not_complaint(self, command: orders.NotComplaint) -> tuple[Decision, str]:
        # Whoever says why it is none has read it: no verdict keeps the answer in.
        self.case = replace(self.case, verdict="")
        decision = closing.no_complaint(self.case, self.at, command.why, self.occasion, self.cause)
        decision = decision.joined_with(
            Decision(reason="judged", changes={"verdict": ""}, frees_withheld=True)
        )
        return decision, "Recorded as no complaint; the customer is told how to object."

    def complaint(self, command: orders.Complaint) -> tuple[Decision, str]:
        if self.case.state is not State.NOT_A_COMPLAINT:
            raise Refused("the case is a complaint already")
        decision = closing.reopened(
            self.case,
            self.firm,
            self.now,
            command.why,
            self.occasion,
            move=Move.REOPENED,
            cause=self.cause,
        )
        return decision, "It is a complaint again, with its original dates."

    # --- people -----------------------------------------------------------

    def assign(self, command: orders.Assign) -> tuple[Decision, str]:
        self._is_in_work()
        person = self._person(command.to)
        if person == self.case.handler:
            raise Refused(f"{person.name} has the case already")
        decision = Decision(
            reason="assigned",
            handler=person,
            letters=closing.assigned(self.case, person, self.occasion),
            events=(self._event("assigned", person.name),),
        )
        return decision, f"The case is with {person.name} now, and the customer is told."

    def _person(self, words: str) -> Handler:
        wanted = " ".join(without_link(words).split()).lower()
        able = [each for each in self.firm.people.handlers if each.role is not Role.ACCOUNT_MANAGER]
        if wanted.startswith("department:"):
            department = wanted.removeprefix("department:").strip()
            today = self.firm.calendar.local_day(self.now)
            found = [
                each
                for each in able
                if department == each.department.lower() != "" and not each.is_away(today)
            ]
            found.sort(key=lambda each: self.busy.get(each.email.lower(), 0))
            found = found[:1]
        else:
            found = [
                each for each in able if each.name.lower() == wanted or wanted in each.addresses
            ]
        if len(found) != 1:
            names = ", ".join(each.name for each in able)
            raise Refused(f'"{words}" is nobody who can take a case; they are: {names}')
        return found[0]

    # --- rights and money -------------------------------------------------

    def not_eligible(self, command: orders.NotEligible) -> tuple[Decision, str]:
        reasons = self.firm.rulebook.adr.not_eligible_reasons
        wanted = command.reason.strip().lower()
        found = [each for each in reasons if each.lower().startswith(wanted)]
        if len(found) != 1:
            raise Refused(f"the reasons are: {'; '.join(reasons)}")
        decision = contact.withdrawn(
            self.case, "adr_rights", self.at, f"not eligible: {found[0]}", cause=self.cause
        )
        decision = decision.joined_with(
            Decision(
                reason="not_eligible",
                changes={"not_eligible": found[0]},
                events=(self._event("judged_not_eligible", found[0]),),
            )
        )
        return decision, f"Recorded, with your name: not eligible, {found[0]}."

    def eligible(self, command: orders.Eligible) -> tuple[Decision, str]:
        if not self.case.not_eligible:
            raise Refused("nobody has said that this customer is not eligible")
        decision = Decision(
            reason="eligible",
            changes={"not_eligible": ""},
            events=(self._event("judged_eligible", ""),),
        )
        if self.case.state in {State.OPEN, State.AWAITING_CONFIRMATION}:
            decision = decision.joined_with(
                closing.rights_owed_again(
                    replace(self.case, not_eligible=""),
                    self.firm,
                    self.now,
                    self.occasion,
                    cause=self.cause,
                )
            )
        return decision, "The customer has the right to the letter after six weeks again."

    def credit(self, command: orders.Credit) -> tuple[Decision, str]:
        if self.case.owes("credit"):
            raise Refused("a credit is open already; say #credit applied first")
        amount, month = f"£{command.amount:.2f}", month_words(command.month)
        promise = self.firm.rulebook.promise("credit")
        number = self.case.next_number("credit")
        decision = Decision(
            reason="credit_agreed",
            booked=(promise.book_month(command.month, self.firm.calendar, number),),
            letters=(self._credit_letter(amount, month, is_applied=False),),
            events=(self._event("credit_agreed", f"{amount} in {month}"),),
            changes={"credit": f"{amount} {month}"},
        )
        return decision, f"Recorded and confirmed to the customer: {amount} in {month}."

    def credit_applied(self, command: orders.CreditApplied) -> tuple[Decision, str]:
        if not self.case.owes("credit"):
            raise Refused("no credit is open; say #credit 25.00 December 2026 first")
        amount, _, month = self.case.credit.partition(" ")
        decision = contact.settled(
            self.case, "credit", self.at, f"applied, says {self.by}", cause=self.cause
        )
        decision = decision.joined_with(
            Decision(
                reason="credit_applied",
                letters=(self._credit_letter(amount, month, is_applied=True),),
                events=(self._event("credit_applied", self.case.credit),),
            )
        )
        return decision, "Recorded: the credit is applied, and the customer is told."

    def _credit_letter(self, amount: str, month: str, *, is_applied: bool) -> Letter:
        return Letter(
            template="credit",
            to=self.case.complainant.address,
            occasion=self.occasion,
            facts={
                "amount": amount,
                "month": month,
                "agreed_with": "",
                "applied": is_applied,
            },
        )

    def data_protection(self, command: orders.DataProtection) -> tuple[Decision, str]:
        if self.case.is_data_protection:
            raise Refused("the clock of the data-protection law runs already")
        promise = self.firm.rulebook.promise("data_protection")
        booked = promise.book(self.case.received_at, self.firm.calendar)
        decision = Decision(
            reason="data_protection",
            booked=(booked,),
            changes={"is_data_protection": True},
            events=(self._event("data_protection_clock", ""),),
        )
        acknowledged = self.case.obligation("acknowledge")
        kept = {ObligationState.MET, ObligationState.MET_LATE}
        if acknowledged and acknowledged.settled_at and acknowledged.state in kept:
            in_time = acknowledged.settled_at <= booked.due_at
            end = Settlement(
                promise="data_protection",
                state=ObligationState.MET if in_time else ObligationState.MET_LATE,
                at=acknowledged.settled_at,
                evidence=acknowledged.evidence,
            )
            decision = decision.joined_with(Decision(reason="acknowledged", settled=(end,)))
        return decision, "The clock of the data-protection law runs beside the others."

    # --- how to reach and serve the customer --------------------------------

    def post(self, command: orders.Post) -> tuple[Decision, str]:
        has_address = command.address or self.case.complainant.postal_address
        if self.case.by_post and not command.address:
            raise Refused("the customer gets letters already")
        decision = contact_details.by_post(self.case, command.address, self.cause)
        said = "From now on every letter to the customer comes to the handler, ready to print."
        missing = "" if has_address else f" {_NO_ADDRESS}"
        return decision, f"{said}{missing}"

    def email(self, command: orders.Email) -> tuple[Decision, str]:
        if not self.case.by_post:
            raise Refused("the customer gets mails already")
        if not self.case.complainant.address.email:
            raise Refused("no mail address is known; say #correct email jane@example.com first")
        left = ", ".join(self.case.to_post)
        still = f" These still wait to be posted: {left}." if left else ""
        return contact_details.by_email(self.cause), f"The customer gets mails again.{still}"

    def posted(self, command: orders.Posted) -> tuple[Decision, str]:
        left = self.case.to_post
        if not left:
            raise Refused("no letter of this case waits to be posted")
        which = command.which or self.given.about
        chosen = left if which == "all" or (not which and len(left) == 1) else (which,)
        if not set(chosen) <= set(left):
            names = " or ".join(f'"#posted {each}"' for each in (*left, "all"))
            unclear = f'no letter "{which}" waits' if which else "several letters can be meant"
            raise Refused(f"{unclear}; write {names}")
        decision = posting.posted(self.case, self.firm, self.at, chosen, by=self.by)
        return decision, f"Recorded as posted: {', '.join(chosen)}."

    def correct(self, command: orders.Correct) -> tuple[Decision, str]:
        if command.detail is orders.Detail.EMAIL:
            self._is_nobodys_yet(command.value)
        decision = contact_details.corrected(
            self.case, command, occasion=self.occasion, cause=self.cause
        )
        return decision, f"The {command.detail} is corrected, and the customer is told."

    def add_party(self, command: orders.AddParty) -> tuple[Decision, str]:
        held = self._role_of(command.email)
        if held and (held.role, held.gets_copies) == (command.role, command.gets_copies):
            raise Refused(f"{command.email} has this role in the case already")
        if held is None:
            self._is_nobodys_yet(command.email)
        decision = contact_details.party_added(
            self.case, command, occasion=self.occasion, cause=self.cause
        )
        who = f"{command.email} has a role in this case: {command.role}. What they write is filed"
        again = f"#party add {command.email} {command.role}"
        if not command.gets_copies:
            return decision, (
                f"{who} here, and they get nothing from us. If they are to get a copy of every"
                f" letter to the customer: {again}, copies"
            )
        return decision, (
            f"{who} here, and from now on they get a copy of every letter to the customer, who is"
            " told. What went before is not sent again, and only the customer can confirm an"
            f" outcome. To stop the copies: {again}. To end the role: #party remove {command.email}"
        )

    def remove_party(self, command: orders.RemoveParty) -> tuple[Decision, str]:
        held = self._role_of(command.email)
        if held is None:
            names = ", ".join(f"{each.address.email} ({each.role})" for each in self.case.parties)
            raise Refused(
                f"{command.email} has no role in this case that could end; it has:"
                f" {names or 'nobody but the customer'}"
            )
        decision = contact_details.party_removed(
            self.case, held, occasion=self.occasion, cause=self.cause
        )
        told = " The customer is told that the copies stop." if held.gets_copies else ""
        return decision, (
            f"{command.email} has no role in this case any more, and gets nothing from us.{told}"
        )

    def _role_of(self, email: str) -> Party | None:
        """
        Whoever has that address, and is not the complainant.
        """
        held = self.case.party(email)
        return held if held in self.case.parties else None

    def _is_nobodys_yet(self, email: str) -> None:
        if self.case.party(email):
            raise Refused(f"{email} has a role in this case already")
        if self.firm.is_ours(email):
            raise Refused(f"{email} is an address of the firm, and no customer's")

    def merge(self, command: orders.Merge) -> tuple[Decision, str]:
        into = self.given.others.get(command.into)
        if into is None:
            raise Refused(f"there is no case {command.into}")
        if into.serial == self.case.serial:
            raise Refused("a case cannot be merged into itself")
        if into.state in {State.CLOSED, State.NOT_A_COMPLAINT}:
            raise Refused(f"{into.reference} is not in work; #reopen it first")
        if into.owes("credit") and self.case.owes("credit"):
            raise Refused("both cases owe a credit; say #credit applied in one of them first")
        if len(self.given.commands) > 1:
            raise Refused("#merge stands alone: give the other commands afterwards")
        decision = merging.goes_into(self.case, into, self.at, self.cause)
        said = f"{self.case.reference} is part of {into.reference} now; either leads there."
        mine, theirs = self.case.complainant.address, into.complainant.address
        if mine.key != theirs.key:
            said += f" Letters go to {theirs.email or theirs.name} alone, not to {mine.email}."
        return decision, said

    def open(self, command: orders.Open) -> tuple[Decision, str]:
        raise Refused("#open opens a case of its own; give it with: mailbot do '#open'")

    # --- what was kept in ----------------------------------------------------

    def release(self, command: orders.Release) -> tuple[Decision, str]:
        self._is_about_the_case(command.held_id)
        decision = verdicts.released(self.case, self.now, self.occasion, self.cause)
        if not self.case.verdict and not decision.letters:
            raise Refused("nothing of this case is kept in")
        return decision, "Released: what is owed to the customer goes out now."

    def reject(self, command: orders.Reject) -> tuple[Decision, str]:
        self._is_about_the_case(command.held_id)
        if not self.case.verdict:
            raise Refused("this case stands under no verdict; #not-complaint says why it is none")
        decision = verdicts.rejected(self.case, self.at, self.occasion, self.cause)
        return decision, "Rejected: the promises stop, and the sender gets nothing."

    def file_in(self, command: orders.FileIn) -> tuple[Decision, str]:
        raise Refused("#case is about a held message: mailbot held list, then mailbot do '#case …'")

    def away(self, command: orders.Away | orders.Back) -> tuple[Decision, str]:
        raise Refused("#away is about no case: mailbot do '#away NAME: 21 Dec to 2 Jan'")

    def _is_about_the_case(self, held_id: int | None) -> None:
        if held_id is not None:
            raise Refused(f"held message {held_id} is no part of this case: use mailbot do")

    # --- shared -----------------------------------------------------------

    def _recorded(self, name: str, text: str) -> Decision:
        return Decision(reason=name, events=(self._event(name, text),))

    def _event(self, name: str, about: str) -> Event:
        return Event(name=name, cause=self.cause, reason="command", about=about)

    def _is_in_work(self) -> None:
        if self.case.state not in {State.OPEN, State.AWAITING_CONFIRMATION}:
            raise Refused("the case is not in work; #reopen opens it again")


#: Each function takes the command beside it.
_HOW: dict[type, Callable[[_Order, Any], tuple[Decision, str]]] = {
    orders.Note: _Order.note,
    orders.Need: _Order.need,
    orders.Status: _Order.status,
    orders.Help: _Order.help,
    orders.Contact: _Order.contact,
    orders.Call: _Order.call,
    orders.Every: _Order.every,
    orders.Outcome: _Order.outcome,
    orders.Close: _Order.close,
    orders.Reopen: _Order.reopen,
    orders.Escalate: _Order.escalate,
    orders.Deadlock: _Order.deadlock,
    orders.NotComplaint: _Order.not_complaint,
    orders.Complaint: _Order.complaint,
    orders.Assign: _Order.assign,
    orders.NotEligible: _Order.not_eligible,
    orders.Eligible: _Order.eligible,
    orders.Credit: _Order.credit,
    orders.CreditApplied: _Order.credit_applied,
    orders.DataProtection: _Order.data_protection,
    orders.Post: _Order.post,
    orders.Email: _Order.email,
    orders.Posted: _Order.posted,
    orders.Correct: _Order.correct,
    orders.AddParty: _Order.add_party,
    orders.RemoveParty: _Order.remove_party,
    orders.Merge: _Order.merge,
    orders.Open: _Order.open,
    orders.Release: _Order.release,
    orders.Reject: _Order.reject,
    orders.FileIn: _Order.file_in,
    orders.Away: _Order.away,
    orders.Back: _Order.away,
}
