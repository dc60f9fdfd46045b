"""
A handler's words on their way to the customer, and the files that go along.
"""

from dataclasses import replace

from mailbot.cases.case import Case
from mailbot.cases.correspondence.frame import names_of, says_nothing, without_rule
from mailbot.cases.correspondence.receipt import receipt
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.promises import contact, settling
from mailbot.cases.triggers import StaffAnswered
from mailbot.cases.wording import files, receipt_words
from mailbot.mail.files.going_along import Files
from mailbot.mail.quoting.answer_html import kept_html

#: Letters to the customer in which the handler's own words stand.
_IN_THEIR_WORDS = frozenset({"outcome", "call-summary", "deadlock"})


def with_files(decision: Decision, came: Files) -> Decision:
    """
    *decision* with the files for the customer in the letter that carries the handler's
    words, if there is one; the receipt names those that did not go.
    """
    if not came.each or decision.refusal:
        return decision
    goes = any(each.template in _IN_THEIR_WORDS for each in decision.letters)
    missing = files.left_out(came) if goes else ", ".join(each.name for each, _ in came.each)
    letters = tuple(
        replace(
            each,
            attachments=came.going,
            facts={**each.facts, "not_attached": files.too_large(came)},
        )
        if each.template in _IN_THEIR_WORDS
        else _naming(each, missing)
        for each in decision.letters
    )
    decision = replace(decision, letters=letters)
    return decision.joined_with(files.passed_on(came)) if goes else decision


def _naming(letter: Letter, missing: str) -> Letter:
    if letter.template != "receipt" or not missing:
        return letter
    outcome = f"{letter.facts['outcome']} {receipt_words.FILES_ARE_ON_FILE} {missing}."
    return replace(letter, facts={**letter.facts, "outcome": outcome})


def relayed(case: Case, trigger: StaffAnswered, firm: Firm) -> Decision:
    if case.verdict:
        return receipt(trigger, "under_verdict")
    if not trigger.may_relay:
        return receipt(trigger, trigger.reason)
    if says_nothing(trigger.text, names_of(trigger.writer.name)):
        return receipt(trigger, "nothing_new")
    kept = (
        # On paper the words reach nobody before they are posted.
        Decision(reason="to_be_posted")
        if case.by_post
        else contact.kept(
            case,
            firm,
            trigger.message.received_at,
            settling.by_letter(f"answer by {trigger.writer.name}", trigger.occasion),
            cause="message",
        )
    )
    relayed = Decision(
        reason="answer_relayed",
        events=(Event(name="answer_relayed", cause="message", reason="staff_answer"),),
        letters=(
            Letter(
                template="handler-reply",
                to=case.complainant.address,
                occasion=trigger.occasion,
                facts={
                    "body": without_rule(trigger.text),
                    "formatted": kept_html(trigger.message.html, trigger.text) or "",
                    "writer": trigger.writer,
                    "not_attached": files.too_large(trigger.files),
                },
                attachments=trigger.files.going,
            ),
        ),
    ).joined_with(files.passed_on(trigger.files))
    relayed = relayed.joined_with(kept)
    if missing := files.left_out(trigger.files):
        return relayed.joined_with(
            receipt(trigger, "files_not_passed_on", also=missing, by_post=case.by_post)
        )
    if trigger.writer.receipts == "all":
        return relayed.joined_with(receipt(trigger, "answer_relayed", by_post=case.by_post))
    return relayed
