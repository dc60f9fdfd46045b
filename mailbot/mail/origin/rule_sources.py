"""
Where each rule of classification comes from: the section of a document, or the system
whose habit it is.
"""

from collections.abc import Mapping

_RFC_3834 = "RFC 3834 §2, §5"
_FLUFL = "flufl.bounce, where the header shows a mail system"
_LISTS = "RFC 2919, RFC 2369"

#: rule -> its source. The order of the rules is that of `classify.RULES`.
SOURCES: Mapping[str, str] = {
    "journal_of_our_own": "our own signature, in what is journaled",
    "journal_report": "Exchange (MS-OXJRNL), Google, Mimecast, Barracuda",
    "delivery_failed": "RFC 3464 §2.3.3, §2.3.4",
    "delivery_failed_for_now": "RFC 3464 §2.3.3, §2.3.4",
    "delivery_delayed": "RFC 3464 §2.3.3",
    "our_mail_came_back": "our own signature, in what a mail system returns (RFC 3464 §2)",
    "delivery_report": "RFC 3464 §2.1",
    "feedback_report": "RFC 5965 §2",
    "complaint_about_a_message": "feedback loops before RFC 5965: Hotmail, AOL",
    "refused_by_its_reader": "RFC 5429 §2.2.1 (Sieve's reject)",
    "disposition_notification": "RFC 8098 §3",
    "other_report": "RFC 6522 §3",
    "failed_recipients_field": "Exim, and large providers",
    "our_message_id": "our own signature",
    "our_own_copy": "our own signature, in the address for answers or the anchor",
    "our_address": "the addresses in mailbot.toml",
    "failed_in_words": _FLUFL,
    "delayed_in_words": _FLUFL,
    "mailer_daemon_delay": "habit of mail servers",
    "mailer_daemon": "habit of mail servers",
    "returned_subject": "habit of mail servers",
    "bounce_subject": "habit of mail servers",
    "calendar_method": "RFC 5546 §3.2.3, §3.2.7",
    "recall_class": "Outlook",
    "recall_words": "Outlook",
    "reaction_part": "RFC 9078 §2, Gmail",
    "reaction_words": "Outlook, Apple",
    "receipt_words": "Outlook, Apple",
    "challenge_field": "challenge-response systems",
    "challenge_words": "challenge-response systems",
    "out_of_office_subject": "Exchange",
    "absence_notice": f"{_RFC_3834}, with the subject of an absence",
    "auto_submitted": _RFC_3834,
    "autoreply_field": "fields of autoresponders",
    "autoresponder": "qmail-autoresponder, FirstClass, CommuniGate Pro, vacation, Exchange",
    "precedence_auto_reply": "habit, older than RFC 3834",
    "list_field": _LISTS,
    "precedence": "habit, older than RFC 2369",
    "old_list_field": "Mailman before RFC 2369, ezmlm",
    "null_return_path": "RFC 3834 §2, RFC 5321 §4.5.5",
    "postmaster": "RFC 2142 §5",
    "quarantine_list": "Microsoft 365, Proofpoint, Mimecast, Barracuda, Sophos, SpamTitan",
    "no_reply_address": "habit of senders",
    "list_address": "RFC 2142 §6",
    "loop_field": "RT, OTRS, Znuny, Zammad, ServiceNow, osTicket, procmail",
    "handlers_address": "handlers.toml",
    "response_suppressed": "MS-OXCMAIL (X-Auto-Response-Suppress)",
    "absence_in_words": "the shape of such answers",
    "spam_verdict": "our own mail system, by spam_signals in code.toml",
    "dmarc_verdict": "RFC 8601 §5, by authserv_id in mailbot.toml",
    "nothing_automatic": "no rule fits",
    "unreadable": "the bounds of reading",
}
