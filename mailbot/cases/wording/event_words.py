"""
What happened in a case, one entry an event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailbot.cases.wording.plain_names import KINDS, LETTERS


@dataclass(frozen=True)
class Words:
    """
    *said* is what happened, where {promise} stands for the promise that the reason
    names. *link* joins what the event is about; without one that is a text of its own.
    *promise* has the clause behind it, where the reason names none.
    """

    said: str
    link: str = ""
    promise: str = ""
    #: What the event is about where that is a name of ours.
    names: Mapping[str, str] = field(default_factory=dict)


EVENTS: Mapping[str, Words] = {
    # --- arriving
    "case_opened": Words("A complaint was received and a case was opened", ": ", "acknowledge"),
    "acknowledgement_withheld": Words(
        "The acknowledgement was written and not sent; the manager was asked to look",
        promise="acknowledge",
    ),
    "assigned": Words("The case was given to a handler", ", ", "introduce"),
    "message_joined": Words("A further message was added to the case", ", from ", "answer"),
    "automatic_message_noted": Words(
        "A machine's message was added to the case and changed nothing", ": ", names=KINDS
    ),
    "message_held": Words("The message was held for a person to look at"),
    "message_released": Words("A person said that the message, which was held, may go on"),
    "message_rejected": Words("A person said that nothing is to be done with a held message"),
    "message_filed": Words("The message was kept and opened no case"),
    # --- the firm's people
    "answer_relayed": Words(
        "The handler's answer was passed on to the customer", promise="keep_contact"
    ),
    "files_passed_on": Words("With it went files of the handler's", ": "),
    "files_not_passed_on": Words("Files of the handler's stayed behind", ": "),
    "receipt_given": Words("The handler got a receipt for their mail"),
    "token_spent": Words("The handler's secret reply address was replaced by a new one"),
    "command_to_be_confirmed": Words(
        "A command came by mail, and the handler was asked whether it is meant", ": "
    ),
    "command_not_meant": Words("The handler said that what we asked about was not meant"),
    "contact_to_be_confirmed": Words(
        "A mail in the handler's name went straight to the customer, and the handler was asked"
        " whether they wrote it",
        promise="keep_contact",
    ),
    "direct_mail_filed": Words(
        "The handler had written straight to the customer; our copy was filed",
        promise="keep_contact",
    ),
    "command_refused": Words("A command was refused, and nothing was changed"),
    "note_filed": Words("A note was filed that nobody outside sees"),
    "need_recorded": Words("A need of the customer was recorded"),
    "telephone_call": Words(
        "A telephone call with the customer was recorded", promise="keep_contact"
    ),
    "contact_agreed": Words(
        "A contact time was agreed with the customer", ": ", promise="agree_contact"
    ),
    "interval_agreed": Words("Regular contact was agreed", ": every ", promise="keep_contact"),
    "post_preferred": Words("The customer asked for letters by post"),
    "email_preferred": Words("The customer asked for letters by email"),
    "letter_to_be_posted": Words(
        "A letter was given to the handler to print and post", ": ", names=LETTERS
    ),
    "letter_posted": Words("A letter was put in the post", ": ", names=LETTERS),
    "detail_corrected": Words("The customer's details were corrected", ": ", "acknowledge"),
    "party_added": Words("Somebody else was added to the case", ": "),
    "party_changed": Words("The role of somebody else in the case was changed", ": "),
    "party_removed": Words("Somebody else has no role in the case any more", ": "),
    "case_merged": Words("The case became part of another one", ": ", promise="acknowledge"),
    "case_absorbed": Words("Another case became part of this one", ": ", promise="acknowledge"),
    "deadline_brought_forward": Words(
        "A date was brought forward, because the complaint had reached us earlier: {promise}"
    ),
    "case_released": Words("A person said that the case may go on, and what was owed went out"),
    "case_rejected": Words("A person said that the mail is none of ours; its sender gets nothing"),
    # --- the clock
    "warning_decided": Words("A warning was given about a promise: {promise}"),
    "alarm_raised": Words("An alarm was raised, because a promise is at risk: {promise}"),
    "follow_up_decided": Words(
        "The customer was to be asked when contact would suit", promise="agree_contact"
    ),
    "contact_missed": Words(
        "An agreed contact with the customer did not take place", promise="keep_contact"
    ),
    "confirmation_asked_again": Words(
        "The customer was to be asked again whether the outcome resolves the complaint",
        promise="confirm_closure",
    ),
    "not_confirmed": Words(
        "The customer has not said whether the outcome resolves the complaint, and will be asked"
        " again",
        promise="confirm_closure",
    ),
    "letter_superseded": Words(
        "A letter was left out, because a weightier one went at the same time",
        ": ",
        names=LETTERS,
    ),
    "rights_letter_decided": Words(
        "The letter about the right to independent help was written", promise="adr_rights"
    ),
    "deadline_recalculated": Words("A date was set anew under the present rules: {promise}", ", "),
    # --- promises
    "obligation_met": Words("A promise was kept: {promise}"),
    "obligation_met_late": Words("A promise was kept, but late: {promise}"),
    "obligation_breached": Words(
        "Nothing on record had kept a promise by its last moment, and it was broken: {promise}"
    ),
    "obligation_withdrawn": Words("A promise is no longer owed: {promise}", "; "),
    "obligation_opened_again": Words("A promise is owed again: {promise}"),
    # --- letters that did not arrive
    "letter_written_again": Words(
        "A mail to one of our people was too large with its files, and went again without them",
        ": ",
        names=LETTERS,
    ),
    "letter_refused": Words(
        "The recipient's mail server refused a letter",
        ": ",
        names=LETTERS,
    ),
    "letter_expired": Words(
        "A letter was given up after five days",
        ": ",
        names=LETTERS,
    ),
    "letter_declared_failed": Words(
        "One of our people looked, and said that a letter had not arrived", ": ", names=LETTERS
    ),
    "letter_declared_sent": Words(
        "One of our people looked, and said that a letter had been sent", ": ", names=LETTERS
    ),
    "letter_bounced": Words(
        "A letter came back as undeliverable",
        ": ",
        names=LETTERS,
    ),
    "letter_found": Words(
        "The database was rebuilt, and a letter was found that belongs here", ": ", names=LETTERS
    ),
    # --- the end, and what undoes it
    "outcome_sent": Words(
        "The outcome was written, and asks the customer whether it resolves the complaint",
        promise="confirm_closure",
    ),
    "outcome_lost": Words(
        "The outcome reached nobody: the case is open again, and nobody is asked whether it is"
        " resolved",
        promise="confirm_closure",
    ),
    "outcome_arrived": Words(
        "The outcome, which had been taken for lost, reached the customer",
        promise="confirm_closure",
    ),
    "case_closed": Words("The case was closed", ", because ", promise="confirm_closure"),
    "case_reopened": Words("The case was opened again", ": ", promise="decide_reopening"),
    "escalated": Words(
        "The case was escalated to the next person above", ": ", promise="decide_reopening"
    ),
    "escalation_at_the_top": Words(
        "The case was to be escalated and nobody is left above; the manager was given a task",
        promise="decide_reopening",
    ),
    "deadlock_declared": Words(
        "We said that we cannot agree, and the deadlock letter was written", promise="adr_rights"
    ),
    "judged_not_a_complaint": Words(
        "A person judged that it is not a complaint, which the customer may object to", ": "
    ),
    # --- rights, money, data
    "judged_not_eligible": Words(
        "The customer was marked as having no right to independent help", ": ", "adr_rights"
    ),
    "judged_eligible": Words(
        "The customer was marked as having the right to independent help", promise="adr_rights"
    ),
    "credit_agreed": Words("A credit was agreed", ": ", promise="credit"),
    "credit_applied": Words("The credit was applied", ": ", promise="credit"),
    "data_protection_clock": Words(
        "The complaint is also about personal data, which the law gives dates of its own",
        promise="data_protection",
    ),
    "access_requested": Words(
        "The customer asked for a copy of their data; the manager was given the task"
    ),
    # --- operations
    "absence_recorded": Words("Somebody is away", ": "),
    "absence_ended": Words("Somebody is in again", ": "),
    "mail_paused": Words("Mail was stopped", ": "),
    "clock_resumed": Words("A person said that the machine's clock is right"),
    "mail_resumed": Words("Mail goes again", ": "),
    "party_anonymised": Words(
        "Everything that tells who somebody in the case was has been removed"
    ),
    "mail_anonymised": Words("Mail that belongs to no case has been emptied"),
    "case_anonymised": Words("Everything that tells whose case it was has been removed"),
}
