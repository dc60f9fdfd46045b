"""
The history of a case in plain words: what happened, who caused it, by which rule, and
which clause of the code is behind it.

One entry an event and one a rule; whatever tells a person of a case takes its words from
here. A test names every event and reason that has none yet.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailbot.cases.identity.match import Evidence
from mailbot.cases.identity.staff_mail import Proof, Wants
from mailbot.cases.identity.triage import Action
from mailbot.cases.obligation import ObligationState
from mailbot.cases.people.handlers import Role
from mailbot.cases.states import State
from mailbot.cases.wording.staff_words import PROMISES
from mailbot.mail.message import Kind
from mailbot.mail.origin.host_proof import HostVerdict
from mailbot.mail.words import one_line

STATES: Mapping[str, str] = {
    State.OPEN: "Open",
    State.AWAITING_CONFIRMATION: "Waiting for the customer to confirm the outcome",
    State.CLOSED: "Closed",
    State.NOT_A_COMPLAINT: "Not a complaint",
}

#: How a promise stands.
ENDS: Mapping[str, str] = {
    ObligationState.OPEN: "still open",
    ObligationState.MET: "kept",
    ObligationState.MET_LATE: "kept late",
    ObligationState.BREACHED: "broken",
    ObligationState.WITHDRAWN: "withdrawn",
}

ROLES: Mapping[str, str] = {
    Role.HANDLER: "case handler",
    Role.MANAGER: "customer service manager",
    Role.HEAD: "head of professional services",
    Role.ACCOUNT_MANAGER: "account manager",
    "complainant": "complainant",
}

#: template -> what the letter is
LETTERS = {
    "acknowledgement": "the acknowledgement",
    "introduction": "the introduction of the case handler",
    "follow-up": "the question when contact would suit",
    "contact-agreed": "the confirmation of the agreed contact time",
    "contact-missed": "the apology for a missed contact",
    "handler-reply": "the handler's answer",
    "call-summary": "the summary of a telephone call",
    "outcome": "the outcome",
    "confirm-reminder": "the question whether the outcome resolves the complaint",
    "closed": "the confirmation that the case is closed",
    "reopened": "the notice that the case is open again",
    "escalated": "the notice that the case has been escalated",
    "correction": "the notice that our records were corrected",
    "party": "the notice who else gets copies",
    "copy": "a copy of a letter to the customer",
    "not-complaint": "the notice that we do not treat it as a complaint",
    "adr-rights": "the letter about the right to independent help",
    "deadlock": "the deadlock letter",
    "credit": "the confirmation of a credit",
    "assignment": "the assignment to the handler",
    "customer-reply": "the customer's message, passed to the handler",
    "warning": "a warning that a promise is running out",
    "breach": "the notice that a promise is broken",
    "receipt": "the receipt for the handler's mail",
    "confirm-command": "the question whether a command is meant",
    "task": "a task",
    "held": "the notice of held mail",
    "digest": "the day's digest",
}

KINDS: Mapping[str, str] = {
    Kind.PERSON: "a person's message",
    Kind.STAFF: "a message of one of our people",
    Kind.AUTO_REPLY: "an automatic answer",
    Kind.OUT_OF_OFFICE: "an out-of-office answer",
    Kind.BOUNCE_HARD: "a notice that a mail could not be delivered",
    Kind.BOUNCE_SOFT: "a notice that a mail could not be delivered for now",
    Kind.BOUNCE_DELAY: "a notice that a mail is delayed",
    Kind.LIST: "mail from a list",
    Kind.OWN: "a mail of our own",
    Kind.NO_REPLY: "mail from an address that takes no answers",
    Kind.ABUSE_REPORT: "a report of abuse",
    Kind.READ_RECEIPT: "a read receipt",
    Kind.CHALLENGE: "a machine's question who we are",
    Kind.CALENDAR_REPLY: "an answer to a calendar entry",
    Kind.RECALL: "the recall of a message",
    Kind.REACTION: "a reaction to a message",
    Kind.SPAM: "what our own mail system does not trust",
}

#: What is done with a message.
ACTIONS: Mapping[str, str] = {
    Action.OPEN: "it opens a case of its own",
    Action.JOIN: "it joins the case as a further message",
    Action.NOTE: "it is added to the case and changes nothing else",
    Action.RELAY: "it goes on to the customer as the handler's answer",
    Action.ANSWER_STAFF: "it is filed, and the handler gets a receipt",
    Action.ERRAND: "it is about no case, and is done or asked about by itself",
    Action.HOLD: "it is held for a person to look at",
    Action.FILE: "it is kept without a case, and nothing follows",
}

#: What a mail of one of our people is there for.
WANTS: Mapping[str, str] = {
    Wants.CONFIRMATION: "it answers our question whether something is meant",
    Wants.TELLING: "it asks for help or for the state of things",
    Wants.ERRAND: "it wants something that is about no case, or about held mail",
    Wants.COMMANDS: "it gives commands on a case",
    Wants.FORWARD: "it passes a customer's mail on",
    Wants.DIRECT: "it went straight to the customer, and to us as a copy",
    Wants.ANSWER: "it has words for the customer",
}

#: What shows that they wrote it.
PROOFS: Mapping[str, str] = {
    Proof.FROM_LINE.name.lower(): "nothing but its From line, which anybody can write",
    Proof.REPLY_ADDRESS.name.lower(): "the secret reply address that only they have",
    Proof.MAIL_SYSTEM.name.lower(): "our own mail host",
    Proof.CONFIRMED.name.lower(): "a yes to a fresh mail, or the word of a named person",
}

#: What our own mail host says of the sender.
HOST_VERDICTS: Mapping[str, str] = {
    HostVerdict.DMARC_PASSED: "the sender's domain vouches for it (DMARC)",
    HostVerdict.DKIM_ALIGNED: "the sender's domain has signed it (DKIM)",
    HostVerdict.INTERNAL: "somebody inside has sent it",
    HostVerdict.AUTHENTICATED_LOGIN: "it was handed in under this handler's login",
    HostVerdict.HOST_NOT_ASKED: "it is not asked",
    HostVerdict.NOT_WRITTEN_TO_US: "we are in neither To nor Cc, so it may be a mail sent on",
    HostVerdict.NOT_A_HANDLERS_ADDRESS: "the sender is in handlers.toml under no address",
    HostVerdict.NOT_ONE_SENDER: "the From field does not name exactly one address",
    HostVerdict.HEADER_IS_NO_HEADER: "its header is broken, so no field of it is believed",
    HostVerdict.NO_RESULTS_OF_OURS: "no Authentication-Results of ours stand in it",
    HostVerdict.RESULTS_OF_ANOTHER_ON_TOP: "Authentication-Results of another host stand above ours",
    HostVerdict.RESULTS_BELOW_OURS: "somebody else wrote Authentication-Results in our host's name",
    HostVerdict.RESULTS_UNREADABLE: "our Authentication-Results cannot be read for certain",
    HostVerdict.RESULTS_CONTRADICT: "our Authentication-Results contradict each other",
    HostVerdict.RESULTS_OF_ANOTHER_DOMAIN: "what passed is about another domain than the sender's",
    HostVerdict.DMARC_NOT_PASSED: "DMARC did not pass",
    HostVerdict.NOTHING_PASSED: "no check that counts has passed",
    HostVerdict.NOT_SAID_BY_EXCHANGE: "Exchange does not say whence it came",
    HostVerdict.SAID_TWICE: "Exchange's field stands in it twice, so one is not Exchange's",
    HostVerdict.NOT_INTERNAL: "it came from outside",
    HostVerdict.NO_LOGIN_KNOWN: "handlers.toml names no login of this handler",
    HostVerdict.NOT_RECEIVED_BY_US: "no Received field of our host is on top",
    HostVerdict.NO_LOGIN: "it was handed in without a login",
    HostVerdict.ANOTHER_LOGIN: "it was handed in under somebody else's login",
}

#: Where in a message something may name a case.
SIGNALS: Mapping[str, str] = {
    Evidence.REPLY_TOKEN.label: "a secret reply address of ours among its recipients",
    Evidence.IN_REPLY_TO.label: "the mail that it answers",
    Evidence.REFERENCES.label: "a mail of the conversation that it belongs to, or returns",
    Evidence.OWN_MESSAGE_ID.label: "an earlier message of a customer",
    Evidence.REFERENCE.label: "a reference in its subject",
    Evidence.REFERENCE_IN_TEXT.label: "a reference in its text",
}

#: What became of a letter.
STATUSES = {
    "queued": "waiting to be sent",
    "deferred": "not accepted yet, and tried again",
    "uncertain": "perhaps accepted, and tried again",
    "sent": "accepted",
    "refused": "refused",
    "expired": "given up after five days",
    "withheld": "written, and not sent",
    "withdrawn": "withdrawn",
    "bounced": "accepted, and returned as undeliverable",
}


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
    # --- the end, and what undoes it
    "outcome_sent": Words(
        "The outcome was sent, and the customer was asked whether it resolves the complaint",
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
    # --- operations
    "absence_recorded": Words("Somebody is away", ": "),
    "absence_ended": Words("Somebody is in again", ": "),
    "mail_paused": Words("Mail was stopped", ": "),
    "mail_resumed": Words("Mail goes again", ": "),
    "case_anonymised": Words("Everything that tells whose case it was has been removed"),
}

#: rule -> its words. The rules that only repeat the event, or name a promise, say nothing.
RULES: Mapping[str, str] = {
    # who or what wrote a message
    "nothing_automatic": "nothing in the message says that a machine sent it",
    "spam_verdict": "our own mail system marked it as spam",
    "dmarc_verdict": "our own mail system could not prove its sender",
    "delivery_failed": "it reports that a mail cannot be delivered",
    "delivery_failed_for_now": "it reports that a mail cannot be delivered for now",
    "delivery_delayed": "it reports that a mail is delayed",
    "delivery_report": "it reports on the delivery of a mail",
    "other_report": "it is a machine's report",
    "feedback_report": "it is a report of abuse",
    "disposition_notification": "it only says that a mail was read",
    "failed_recipients_field": "its header names recipients that were not reached",
    "our_message_id": "it is a mail that we sent ourselves",
    "our_address": "it came from our own address",
    "mailer_daemon": "a mail server wrote it",
    "refused_by_its_reader": "it says that its reader's server refused a mail of ours",
    "failed_in_words": "its text says that a mail could not be delivered",
    "delayed_in_words": "its text says that a mail is delayed",
    "mailer_daemon_delay": "a mail server wrote it, about a delay",
    "returned_subject": "its subject is that of a returned mail",
    "recall_words": "its words ask for a message back",
    "reaction_words": "it is a reaction in the words that programs use",
    "receipt_words": "its words only say that a mail was read",
    "challenge_field": "its header asks who we are, as a challenge",
    "challenge_words": "its text asks us to prove who we are",
    "absence_notice": "its header and subject say that nobody is there",
    "absence_in_words": "its text says that nobody is there",
    "autoresponder": "a program that answers by itself sent it",
    "old_list_field": "it came through a mailing list",
    "loop_field": "its header guards against loops, as machines' do",
    "bounce_subject": "its subject is that of an undeliverable mail",
    "calendar_method": "a calendar sent it",
    "recall_class": "it asks for a message back",
    "reaction_part": "it is a reaction, without words",
    "out_of_office_subject": "its subject says that nobody is there",
    "auto_submitted": "its header says that a machine sent it",
    "autoreply_field": "its header says that it is an automatic answer",
    "precedence_auto_reply": "its header says that it is an automatic answer",
    "list_field": "it came through a mailing list",
    "precedence": "it was sent to many at once",
    "null_return_path": "it has no address to which an answer could go",
    "postmaster": "a mail system's administrator's address sent it",
    "no_reply_address": "its address takes no answers",
    "list_address": "a mailing list's own address sent it",
    "handlers_address": "it came from the address of one of our people",
    "response_suppressed": "its header asks for no automatic answer",
    # how a complaint came in, where no mail brought it
    "telephone": "it came by telephone",
    "fax": "it came by fax",
    "letter": "it came by letter",
    "by_post": "the customer gets letters by post",
    "name": "",
    "email": "",
    "phone": "",
    "address": "",
    "account_manager": "it came through an account manager",
    # whose case it is
    "joined_by_reply_token": "it was sent to the reply address that only this case has",
    "joined_by_in_reply_to": "it answers a signed mail of ours in this case",
    "joined_by_references": "it belongs to a conversation with a signed mail of ours in this case",
    "joined_by_own_message_id": "it follows on the customer's own earlier message",
    "joined_by_reference": "its subject has the reference, and its sender belongs to the case",
    "joined_by_reference_in_text": "its text has the reference, and its sender belongs to the case",
    "joined_by_none": "it belongs to a message that is here already",
    "from_another_address": (
        "it came from an address that does not belong to the case: the handler sees it, and it"
        " gets no answer and confirms nothing"
    ),
    "same_text_again": "the same person has sent the same text several times within a day",
    "altered_copy": "it is a copy of a message that is here, with another text",
    "read_at_last": "it could not be read when it came, and now it could",
    "before_answer_from": "it came before the day from which mail is answered",
    "too_large": "it is larger than we take in, and only its header was read",
    "no_sender": "it names nobody who could be answered",
    "names_no_case": "nothing in it says whose case it is about",
    "names_several_cases": "it names more than one case with equal force",
    "unreadable": "it could not be read",
    "seen_before": "it is another delivery of a message that is here",
    "acknowledged_before": "the acknowledgement goes to the first message of a case alone",
    # who takes it
    "fewest_open_cases": "of those who are in, they had the fewest open cases",
    "cap_per_address_per_hour": "this address has had as many as are allowed in an hour",
    "cap_per_address_per_day": "this address has had as many as are allowed in a day",
    "cap_per_hour": "as many went out as are allowed in an hour",
    # handlers' mail
    "staff_answer": "it came to the secret reply address of this handler",
    "staff_not_proved": "nothing proves that the handler wrote it",
    "token_of_another_handler": "it answers a mail that went to another handler",
    "token_is_spent": "others have seen the reply address that it was sent to",
    "token_has_expired": "the reply address that it was sent to is too old",
    "went_to_others": "others have seen it, because the handler's mail went to them, too",
    "misspoken": "the commands in it could not be read",
    "under_verdict": "the case stands under a verdict that nobody has lifted",
    "released": "",
    "misplaced_command": "a command stood below other text in it",
    "confirmation": "it answers the question whether something is meant",
    "to_be_confirmed": "it waits until the handler has said whether they mean it",
    "too_many_in_their_name": "too many such mails came in the name of one handler",
    "unproved_command": "nothing proves that the handler gave it",
    "staff_command": "one of our people gives a command",
    "errand": "one of our people wants something that is about no case",
    "forward": "one of our people passes a customer's mail on",
    "written_directly": "it went straight to the customer, and to us as a copy",
    "answers_nothing": "it answers none of our mails",
    "not_a_reply": "it is a forward, or did not go to the reply address of our mail",
    "replayed": "the same words came before in answer to the same mail of ours",
    "stands_alone": "one of its commands has to stand alone",
    "account_managers_command": "an account manager gave a command that is the handler's",
    "not_yours_to_decide": "it is held in somebody else's name",
    "not_your_absence": "it is about somebody else's absence",
    "forward_not_read": "the mail that it passes on could not be read for certain",
    "forward_of_several": "it passes on several mails at once",
    "forward_of_ours": "the mail that it passes on is no customer's",
    "passed_on": "one of our people had it from the customer, and passed it on",
    "told": "",
    "carried_out": "",
    "let_go": "",
    "not_meant": "the handler said no to it",
    "neither_yes_nor_no": "the handler's answer to our question was neither yes nor no",
    "confirmed_before": "what it is about was decided before",
    "reads_like_an_absence": "it reads like an automatic notice of an absence",
    "grave_command": "it needs more proof than an answer by mail",
    "nothing_new": "there was no new text in it",
    "not_answerable": "it answers a mail that was meant for the handler alone",
    "nothing_to_answer": "it answers a mail that belongs to no case",
    "customer_had_it_directly": "the customer had the handler's mail already",
    "files_not_passed_on": "the text went to the customer, and not every file with it",
    "answer_relayed": "the handler wants one for every answer",
    "refused": "it could not be done as the case stands",
    "command": "",
    # the clock
    "no_contact_time_agreed": "the third working day had come, and no contact time was on record",
    "no_contact_in_time": "nobody was in touch with the customer by then",
    "six_weeks_open": "the time within which we resolve complaints was over, and the case was open",
    "not_confirmed": "nothing had been heard since the outcome",
    "silence_closes_nothing": "silence never closes a case",
    "superseded": "a customer gets at most one letter of the calendar at a time",
    # letters
    "bounced": "",
    "expired": "",
    "declared_failed": "",
    "send_is_none": "mailbot runs in shadow: everything is decided, and nothing leaves",
    # the end
    "outcome": "",
    "confirmed": "the customer said yes to the outcome, from their own address",
    "closed": "one of our people heard the customer's confirmation",
    "disputed": "the customer said no to the outcome: it goes on, with its original dates",
    "reopened": "the original dates stand",
    "escalated": "everybody above is away, or has the case already",
    "deadlock": "",
    "judged": "it can be undone",
    # operations
    "automatic": "all mail but handlers' own answers, mail to our people and the rights letters",
    "all": "all mail",
    "all mail goes": "",
    "retention": "the case had been kept for as long as it has to be",
}

_CAUSES = {
    "message": "a message",
    "clock": "the clock",
    "delivery": "a mail server's answer",
}
_COMMAND = "command by "


def sentence(event: str, reason: str = "", about: str = "") -> str:
    """
    What happened, as a sentence with its full stop; *about* is in it only where it is
    short and belongs there, see `text`.
    """
    words = EVENTS.get(event)
    if words is None:
        return f"{_plain(event)}."
    said = words.said.format(promise=promise(reason))
    if about and words.link:
        said += words.link + _bare(words.names.get(about, one_line(for_staff(about))))
    return f"{said}."


def for_staff(basis: str) -> str:
    """
    The basis of a closure, which its letter says to the customer, as said of them.
    """
    return re.sub(r"\byou told us\b", "the customer told us", basis)


def text(event: str, about: str) -> str:
    """
    The words of somebody that the event holds, "" where they are in the sentence.
    """
    words = EVENTS.get(event)
    return about if words is None or not words.link else ""


def rule(reason: str) -> str:
    """
    The rule that decided, as half a sentence; "" where the event says it already.
    """
    if reason in PROMISES:
        return ""
    level = reason.removeprefix("level ")
    if level != reason:
        return f"step {level} of the ladder"
    # What a server said is no name of ours, and stays as it is.
    return RULES.get(reason, reason if " " in reason else reason.replace("_", " "))


def cause(named: str) -> str:
    """
    Who or what made it happen.
    """
    who = named.removeprefix(_COMMAND)
    return f"a command of {who}" if who != named else _CAUSES.get(named, named)


def who(named: str) -> str:
    """
    The person who gave a command, "" where the cause is none.
    """
    return named.removeprefix(_COMMAND) if named.startswith(_COMMAND) else ""


def behind(event: str, reason: str) -> str:
    """
    The promise whose clause is behind an event; "" if none is.
    """
    if reason in PROMISES:
        return reason
    words = EVENTS.get(event)
    return words.promise if words else ""


def promise(name: str) -> str:
    """
    How a promise is called.
    """
    words = PROMISES.get(name)
    return words.name if words else name.replace("_", " ")


def _bare(said: str) -> str:
    return said.rstrip(".")


def _plain(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]
