"""
Who or what wrote it: every rule with a message that fits it and a near miss.
"""

from dataclasses import dataclass

import pytest

from mailbot.mail.message import InboundMessage, Kind
from mailbot.mail.origin.classify import IN_DOUBT, RULES, Surroundings, classify
from mailbot.mail.signed_ids import Keyring, Thread
from tests.mail.builders import mail, multipart, read, report

RING = Keyring([b"k" * 32], "example.com")
OUR_REPLY_ADDRESS = "service+token@example.com"
OUR_ANCHOR = RING.message_id(Thread.CUSTOMER_ANCHOR, 7, "abcdefgh")
OUR_ID = RING.message_id(Thread.CUSTOMER, 7, "abcdefgh")

AROUND = Surroundings(
    own_addresses=frozenset({"service@example.com", "complaints@example.com"}),
    staff_addresses=frozenset({"rhian@example.com"}),
    is_our_id=lambda each: RING.read_id(each) is not None,
    is_our_reply_address=lambda each: each == OUR_REPLY_ADDRESS,
    spam_signals=frozenset({("x-spam-flag", "yes")}),
    authserv_id="mx.example.com",
)

Fields = tuple[tuple[str, str], ...]


def status(action: str, code: str) -> str:
    return (
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
        f"Final-Recipient: rfc822; jane@example.org\nAction: {action}\nStatus: {code}\n"
    )


def dsn(action: str, code: str, *fields: tuple[str, str]) -> bytes:
    return report("delivery-status", status(action, code), fields=fields)


def subject(text: str) -> bytes:
    return mail(("Subject", text))


def sender(address: str, *more: tuple[str, str], body: str = "The line is dead.") -> bytes:
    return mail(("From", address), *more, body=body)


def ours(*more: tuple[str, str]) -> bytes:
    return sender("Infinity <service@example.com>", *more)


@dataclass(frozen=True)
class Example:
    kind: Kind
    fits: tuple[bytes, ...]
    misses: tuple[bytes, ...]


DISPOSITION = (
    "Content-Type: message/disposition-notification\n\n"
    "Reporting-UA: example.org\nFinal-Recipient: rfc822; jane@example.org\nDisposition: {}\n"
)
DAEMON = "mailer-daemon@mx.example.org"
AUTOMATIC = "automatic-action/MDN-sent-automatically; deleted"
DISPLAYED = "manual-action/MDN-sent-manually; displayed"
RETURNED = (
    "Content-Type: message/rfc822\n\n"
    f"From: service@example.com\nTo: jane@example.org\nMessage-ID: <{OUR_ID}>\n\nDear Jane Doe"
)


def returned(*fields: tuple[str, str], body: str = "x") -> bytes:
    """
    A message of words nobody knows, with a mail of ours in it.
    """
    words = f"Content-Type: text/plain; charset=utf-8\n\n{body}"
    return multipart("mixed", words, RETURNED, fields=fields)


def receipt(disposition: str, *fields: tuple[str, str]) -> bytes:
    return report("disposition-notification", DISPOSITION.format(disposition), fields=fields)


QMAIL = (
    "Hi. This is the qmail-send program at mx.example.org.\nI'm afraid I wasn't able to deliver"
    " your message.\n\n<jane@example.org>:\nSorry, no mailbox here by that name. (#5.1.1)\n"
)
DELAYED = (
    "Delivery to the following recipient has been delayed:\n\n     jane@example.org\n\n"
    "Message will be retried for 2 more day(s)\n"
)
CHALLENGE = (
    "Your message to jane@example.org is being held because you are not on her list.\n"
    "To have it delivered, click https://confirm.example.org/x once.\n"
)
ABSENCES = (
    "I am out of the office until Monday 30 November. In urgent cases call my colleague.",
    "I'm currently on annual leave and will be back on Monday.",
    "Thank you for your email. I will be away from my desk with limited access to email.",
    "Ich bin bis zum 30. November nicht im Büro und danach wieder für Sie da.",
    "Je suis absent du bureau jusqu'au 30 novembre.",
    "Rwy'n allan o'r swyddfa tan ddydd Llun.",
    "Ik ben tot en met 30 november afwezig en daarna terug.",
    "Estoy fuera de la oficina hasta el 30 de noviembre.",
    "Vom 23. bis 27. November bin ich nicht im Büro. Dringendes bitte an die Vertretung.",
    "Sono fuori ufficio fino al 30 novembre.",
    "Estarei de férias e regresso a 30 de novembro.",
    "Jestem na urlopie do dnia 30 listopada.",
    "Jag är på semester till och med den 30 november.",
    "Jeg er ikke på kontoret og er tilbake 30. november.",
    "Olen lomalla 30.11. asti.",
    "Jsem na dovolené, vrátím se 30. listopadu.",
    "Thank you.\n\n\nI am out of the office and back on Tuesday.\n\n\n\nFor the named reader only.",
    "\n\n\u00a0\nI am\u00a0on leave until\u200b Monday.\u00a0\n\u200b\n\n\nJane",
)

AUTO = (("Auto-Submitted", "auto-replied"),)
CALENDAR = "Content-Type: text/calendar; method={}\n\nBEGIN:VCALENDAR"
REACTION = "Content-Type: text/vnd.google.email-reaction+json\n\n{}"

ENVELOPE = (
    "\nSender: jane@example.org\nSubject: No internet\nMessage-Id: <j@example.org>\n"
    "To: service@example.com\n"
)


def attached(message_id: str, kind: str = "message/rfc822") -> str:
    return f"Content-Type: {kind}\n\nMessage-ID: <{message_id}>\nSubject: x\n\nThe line is dead.\n"


def journal(message_id: str, *fields: tuple[str, str]) -> bytes:
    return multipart("mixed", ENVELOPE, attached(message_id), fields=fields)


KEPT_BACK = (
    "Sender: jane@example.org\nSubject: No internet\nDate: 20/11/2026\n"
    "Review message | Release | Block sender\n"
)
UTF_8 = ("Content-Type", "text/plain; charset=utf-8")
KEEPER = ("From", "Mail filter <quarantine@filter.example.org>")
IN_QUARANTINE = ("Subject", "You have messages in quarantine")

EXAMPLES = {
    "journal_of_our_own": Example(
        Kind.OWN,
        (
            journal(OUR_ID),
            multipart("mixed", "\nany", attached(OUR_ID), fields=(("X-MS-Journal-Report", ""),)),
        ),
        (
            journal("j@example.org"),
            journal(f"x{OUR_ID}"),
            multipart("mixed", ENVELOPE, attached(OUR_ID), attached("j@example.org")),
            multipart("mixed", "\nYou sent me this.", attached(OUR_ID)),
        ),
    ),
    "journal_report": Example(
        Kind.NO_REPLY,
        (
            journal("j@example.org"),
            journal("j@example.org", ("Return-Path", "<>")),
            journal("j@example.org", ("From", "microsoftexchange" + "0f" * 16 + "@example.com")),
            mail(("X-MS-Journal-Report", "")),
        ),
        (
            mail(body=ENVELOPE),
            multipart(
                "mixed", f"{ENVELOPE}\nYou got this mail of mine.", attached("j@example.org")
            ),
            multipart("mixed", "\nSender: me\nSubject: x\nTo: you", attached("j@example.org")),
            multipart("mixed", "\n", attached("j@example.org")),
        ),
    ),
    "delivery_failed": Example(
        Kind.BOUNCE_HARD,
        (
            dsn("failed", "5.1.1"),
            dsn("Failed", "5.2.2 (full)"),
            multipart("mixed", status("failed", "5.1.1"), fields=(("Return-Path", "<>"),)),
            multipart("mixed", status("failed", "5.1.1"), fields=(("From", DAEMON),)),
        ),
        (
            multipart("mixed", "\nI got this back.", status("failed", "5.1.1")),
            dsn("delayed", "5.1.1"),
            dsn("failed", "4.4.7"),
            multipart(
                "mixed", "Content-Type: message/rfc822\n\n" + dsn("failed", "5.1.1").decode()
            ),
        ),
    ),
    "delivery_failed_for_now": Example(
        Kind.BOUNCE_SOFT, (dsn("failed", "4.4.7"), dsn("failed", "")), (dsn("delayed", "4.4.7"),)
    ),
    "delivery_delayed": Example(
        Kind.BOUNCE_DELAY, (dsn("delayed", "4.4.1"),), (dsn("delivered", "2.0.0"),)
    ),
    "our_mail_came_back": Example(
        Kind.BOUNCE_HARD,
        (
            returned(("From", DAEMON)),
            returned(("From", "post_master@mx.example.org"), ("Subject", "Toimitusvirhe")),
            returned(("From", "robot@example.net"), ("Return-Path", "<>"), ("Subject", "Virhe")),
            sender(DAEMON, body=f"Her er din besked:\n\nMessage-ID: <{OUR_ID}>\nTo: j@example.org"),
            sender(DAEMON, ("In-Reply-To", f"<{OUR_ID}>"), body="Gone."),
            report("delivery-status", status("", ""), RETURNED),
            report("delivery-status", "\nNothing is known.", RETURNED),
        ),
        (
            # Nobody's, or ours by its looks alone.
            sender(DAEMON, body=f"Message-ID: <x{OUR_ID}>"),
            sender(DAEMON, body="Message-ID: <first@customer.example>"),
            # People send on what they got, and quote it.
            returned(),
            returned(("From", "postmaster@example.org"), ("Subject", "Fwd: your mail")),
            mail(body=f"Undeliverable, says my server.\n\n> Message-ID: <{OUR_ID}>"),
            mail(("In-Reply-To", f"<{OUR_ID}>"), ("Subject", "Undeliverable: your letter")),
            # Whoever answers by a program has got it.
            returned(("From", "jane@example.org"), ("Return-Path", "<>")),
            returned(("From", "desk@example.net"), ("Return-Path", "<>"), ("X-Autoreply", "yes")),
            returned(("From", "desk@example.net"), ("Return-Path", "<>"), ("Subject", "Re: x")),
            returned(("From", DAEMON), ("Subject", "Automatic reply: Your complaint")),
            mail(("Return-Path", "<>"), ("In-Reply-To", f"<{OUR_ID}>"), body="Thank you."),
            mail(("Return-Path", "<>"), body=f"Ticket 7.\n\nMessage-ID: <{OUR_ID}>"),
            # What is not final, or has arrived.
            returned(("From", DAEMON), ("Subject", "Zustellung verzögert")),
            returned(("From", DAEMON), ("Subject", "Entrega retrasada: Your complaint")),
            returned(("From", DAEMON), body="It will be retried until tomorrow."),
            returned(("From", DAEMON), body="Die Nachricht wurde noch nicht zugestellt."),
            returned(("From", DAEMON), ("Subject", "Übermittelt: Your complaint")),
            returned(("From", DAEMON), ("Subject", "Your message awaits approval: awaiting")),
            report("delivery-status", status("relayed", "2.0.0"), RETURNED),
            report("delivery-status", status("expanded", "2.0.0"), RETURNED),
            report("delivery-status", status("deliverable", "2.1.5"), RETURNED),
            report("delivery-status", status("", "4.2.2"), RETURNED),
            report("feedback-report", "Content-Type: message/feedback-report\n\nx", RETURNED),
            report("disposition-notification", DISPOSITION.format(DISPLAYED), RETURNED),
        ),
    ),
    "delivery_report": Example(
        Kind.BOUNCE_SOFT,
        (dsn("delivered", "2.0.0"), report("delivery-status", "\nno details")),
        (report("x-statistics", "\nno details"),),
    ),
    "feedback_report": Example(
        Kind.ABUSE_REPORT,
        (report("feedback-report", "\nabuse"),),
        (mail(("X-Report-Type", "feedback-report")),),
    ),
    "complaint_about_a_message": Example(
        Kind.ABUSE_REPORT,
        (
            multipart(
                "mixed",
                attached(OUR_ID),
                fields=(("Subject", "complaint about message from 192.0.2.222"),),
            ),
            multipart(
                "mixed",
                "\nFeedback.",
                attached(OUR_ID, "text/rfc822-headers"),
                fields=(("Subject", "[EXT] Email Feedback Report for IP 192.0.2.1"),),
            ),
            multipart("mixed", attached(OUR_ID), fields=(("From", "x@fbl.mail.example.org"),)),
            multipart("mixed", attached(OUR_ID), fields=(("Return-Path", "<scomp@example.org>"),)),
            multipart(
                "mixed",
                attached("x", "message/feedback-report"),
                fields=(("From", "fbl@a.example"),),
            ),
        ),
        (
            mail(("Subject", "complaint about message from 192.0.2.222")),
            multipart("mixed", attached(OUR_ID), fields=(("From", "feedback@example.org"),)),
            multipart(
                "mixed",
                attached(OUR_ID),
                fields=(("Subject", "complaint about message from your engineer"),),
            ),
            multipart("mixed", attached(OUR_ID), fields=(("From", "jane@fbl.example"),)),
        ),
    ),
    "refused_by_its_reader": Example(
        Kind.BOUNCE_HARD,
        (
            receipt(AUTOMATIC, ("Auto-Submitted", "auto-replied (rejected)")),
            receipt(AUTOMATIC, ("Subject", "Automatically rejected mail")),
        ),
        (
            receipt(AUTOMATIC, ("Auto-Submitted", "auto-replied")),
            receipt(
                "manual-action/MDN-sent-manually; deleted",
                ("Auto-Submitted", "auto-replied (rejected)"),
            ),
        ),
    ),
    "disposition_notification": Example(
        Kind.READ_RECEIPT,
        (
            report("disposition-notification", "\nread"),
            receipt("manual-action/MDN-sent-manually; displayed"),
            multipart("mixed", DISPOSITION.format("manual-action/MDN-sent-manually; displayed")),
        ),
        (
            mail(("Disposition-Notification-To", "jane@example.com")),
            multipart("mixed", "\nYou have read it.", DISPOSITION.format("x/y; displayed")),
        ),
    ),
    "other_report": Example(
        Kind.BOUNCE_SOFT,
        (multipart("report", "\nit failed"),),
        (multipart("mixed", "\nit failed"),),
    ),
    "failed_recipients_field": Example(
        Kind.BOUNCE_HARD,
        (mail(("X-Failed-Recipients", "jane@example.org")),),
        (
            mail(
                ("X-Failed-Recipients", "jane@example.org"),
                ("Subject", "Delivery Status Notification (Delay)"),
            ),
            mail(("X-Failed-Recipients", "")),
        ),
    ),
    "our_message_id": Example(
        Kind.OWN,
        (mail(("Message-ID", f"<{OUR_ID}>")),),
        (mail(("Message-ID", f"<x{OUR_ID}>")), mail(("In-Reply-To", f"<{OUR_ID}>"))),
    ),
    "our_own_copy": Example(
        Kind.OWN,
        (
            ours(("Reply-To", OUR_REPLY_ADDRESS)),
            ours(("References", f"<{OUR_ANCHOR}>"), ("X-Mailbot-Template", "acknowledgement")),
            ours(("References", f"<x@y> <{OUR_ANCHOR}>"), ("Auto-Submitted", "auto-generated")),
        ),
        (
            ours(),
            ours(("Reply-To", "service+other@example.com")),
            ours(("Reply-To", "service@example.com")),
            ours(("X-Mailbot-Template", "acknowledgement")),
            ours(("References", f"<{OUR_ANCHOR}>")),
            ours(("References", "<a.7.abcdefgh.x@example.com>"), ("X-Mailbot-Template", "task")),
            ours(("Auto-Submitted", "auto-generated")),
            sender("jane@example.org", ("Reply-To", OUR_REPLY_ADDRESS)),
        ),
    ),
    "our_address": Example(
        Kind.OWN,
        (
            sender("service@example.com"),
            sender("Service+token@Example.com"),
            sender("complaints@example.com"),
        ),
        (sender("service@example.org"), sender("customer-service@example.com")),
    ),
    "failed_in_words": Example(
        Kind.BOUNCE_HARD,
        (
            sender("MAILER-DAEMON@mx.example.org", body=QMAIL),
            sender("postmaster@mx.example.org", body=QMAIL),
            sender("Mail Delivery System <mail@mx.example.org>", body=QMAIL),
            sender('"Jetmail System" <>', body=QMAIL),
            mail(("Subject", "failure notice"), body=QMAIL),
            mail(("Return-Path", "<>"), body=QMAIL),
        ),
        (
            mail(body=QMAIL),
            mail(("Subject", "Fwd: failure notice"), body=QMAIL),
            mail(("Return-Path", "<>"), ("Auto-Submitted", "auto-replied"), body=QMAIL),
        ),
    ),
    "delayed_in_words": Example(
        Kind.BOUNCE_DELAY,
        (
            sender("postmaster@mx.example.org", body=DELAYED),
            mail(("Subject", "Delivery Status Notification (Delay)"), body=DELAYED),
        ),
        (mail(body=DELAYED), sender("postmaster@mx.example.org", body=QMAIL)),
    ),
    "mailer_daemon_delay": Example(
        Kind.BOUNCE_DELAY,
        (
            sender(
                "MAILER-DAEMON@mx.example.org",
                ("Subject", "Warning: could not send message for past 4 hours"),
            ),
        ),
        (sender("MAILER-DAEMON@mx.example.org"), subject("My order is delayed")),
    ),
    "mailer_daemon": Example(
        Kind.BOUNCE_SOFT,
        (
            sender("MAILER-DAEMON@mx.example.org"),
            sender("MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org"),
        ),
        (
            sender("mailer@example.org"),
            sender("daemon@example.org"),
            # The null path as some hosts write it, above absences too.
            sender("jane@example.org", ("Return-Path", "<MAILER-DAEMON@mx.example.org>")),
        ),
    ),
    "returned_subject": Example(
        Kind.BOUNCE_SOFT,
        (
            sender("postmaster@example.org", ("Subject", "Undeliverable: No internet")),
            sender("System Administrator <x@example.org>", ("Subject", "Unzustellbar: Hallo")),
            sender("postmaster@example.org", ("Subject", "Your mail has failed")),
        ),
        (
            subject("Undeliverable: my router"),
            sender("postmaster@example.org", ("Subject", "About your mail")),
        ),
    ),
    "bounce_subject": Example(
        Kind.BOUNCE_SOFT,
        (
            subject("Undelivered Mail Returned to Sender"),
            subject("Mail delivery failed: returning message to sender"),
            subject("Delivery Status Notification (Failure)"),
            subject("failure notice"),
            subject("[Postmaster] Email Delivery Failure"),
            subject("[EXTERNAL] Undelivered Mail Returned to Sender"),
            subject("[SPAM?] failure notice"),
            subject(
                "DELIVERY FAILURE: User jane (jane@example.org) not listed in Domino Directory"
            ),
            mail(("Subject", "Delivery failure"), body="Not delivered: joe@example.net"),
            mail(("Subject", "Undeliverable"), body="550 no such user"),
            mail(("Subject", "Mail failure"), ("Return-Path", "<>"), body="Refused."),
        ),
        (
            subject("Re: Undelivered Mail Returned to Sender"),
            subject("Delivery of my router"),
            subject("[EXTERNAL] Undeliverable to my hall socket"),
            subject("Mail delivery failed again and again"),
            # A customer's own words; of a mail system's one tells what was not delivered.
            *(subject(each) for each in ("Delivery failure", "Mail failure", "Undeliverable")),
            subject("Returned mail: you sent my letter back"),
        ),
    ),
    "calendar_method": Example(
        Kind.CALENDAR_REPLY,
        (
            multipart("alternative", CALENDAR.format("REPLY")),
            multipart("alternative", CALENDAR.format("COUNTER")),
        ),
        (
            multipart("alternative", CALENDAR.format("REQUEST")),
            multipart("alternative", CALENDAR.format("PUBLISH")),
        ),
    ),
    "recall_class": Example(
        Kind.RECALL,
        (mail(("Content-Class", "urn:content-classes:recallmessage")),),
        (mail(("Content-Class", "urn:content-classes:message")), subject("Recall: my order")),
    ),
    "recall_words": Example(
        Kind.RECALL,
        (
            mail(
                ("Subject", "Recall: No internet"),
                body='Doe, Jane would like to recall the message, "No internet".',
            ),
        ),
        (subject("Recall: No internet"), mail(body="I would like to recall the message I sent.")),
    ),
    "reaction_part": Example(
        Kind.REACTION,
        (multipart("alternative", "Content-Type: text/plain\n\nx", REACTION),),
        (multipart("alternative", "Content-Type: application/json\n\n{}"),),
    ),
    "reaction_words": Example(
        Kind.REACTION,
        (
            mail(body="[like] Jane Doe reacted to your message:"),
            mail(body="\U0001f44d Jane Doe reacted via Gmail"),
        ),
        (mail(body="The router has not reacted to your message: it is dead."),),
    ),
    "receipt_words": Example(
        Kind.READ_RECEIPT,
        (
            mail(
                ("Subject", "Read: Your complaint"),
                body="Your message\n\n  To: service@example.com\n\nwas read on 20/11/2026 16:44.",
            ),
            mail(
                ("Subject", "[EXT] Read: Your complaint"),
                body="Your message\n\n  To: service@example.com\n\nwas read on 20/11/2026 16:44.",
            ),
            *(
                mail(("Subject", f"{read}: x".encode()), UTF_8, body=words)
                for read, words in (
                    ("Leído", "Su mensaje\n\n  Para: x\n\nfue leído el 20/11/2026."),
                    ("Gelezen", "Uw bericht\n\n  Aan: x\n\nis gelezen op 20-11."),
                    ("Läst", "Ditt meddelande\n\n  Till: x\n\nlästes den 20 november."),
                    ("Przeczytano", "Twoja wiadomość została przeczytana 20.11."),
                )
            ),
        ),
        (
            mail(("Subject", "Läst: my wife said"), body="Ditt meddelande was no help."),
            mail(("Subject", "Read: this"), body="Your message was no help."),
            mail(body="Your message was read on the telephone to me."),
        ),
    ),
    "challenge_field": Example(
        Kind.CHALLENGE,
        (
            mail(("X-TMDA-Fingerprint", "x"), ("Auto-Submitted", "auto-replied")),
            mail(("X-TMDA-Fingerprint", "x"), ("Subject", "Please confirm your message")),
            mail(("X-TMDA-Fingerprint", "x"), ("Reply-To", "jane-confirm-1.2.ab@example.org")),
            mail(("X-AskVersion", "2.5"), ("Subject", "Please confirm (conf#4a5b)")),
        ),
        (
            mail(("X-Fingerprint", "x")),
            mail(("X-TMDA-Fingerprint", "x"), ("X-Delivery-Agent", "TMDA/1.1.12")),
            mail(("X-TMDA-Fingerprint", "x"), ("Auto-Submitted", "no")),
            mail(("X-TMDA-Fingerprint", "x"), ("Subject", "Please confirm my appointment")),
            mail(("X-TMDA-Fingerprint", "x"), ("Reply-To", "jane-dated-10304.22ff@example.org")),
            mail(("X-SpamArrest-Code", "x")),
        ),
    ),
    "challenge_words": Example(
        Kind.CHALLENGE,
        (mail(("Subject", "Please confirm your message"), body=CHALLENGE),),
        (
            subject("Please confirm your message"),
            mail(body=CHALLENGE),
            mail(("Subject", "Please confirm that you have my complaint"), body="Click? I did."),
        ),
    ),
    "out_of_office_subject": Example(
        Kind.OUT_OF_OFFICE,
        (
            subject("Automatic reply: No internet"),
            subject("Out of Office AutoReply: No internet"),
            subject("out of the office: back on Monday"),
            subject("Automatische Antwort: Kein Internet"),
            subject("Réponse automatique : Pas d'internet"),
            subject("Ateb awtomatig: Dim rhyngrwyd"),
            subject("Automatski odgovor: Nema interneta"),
            subject("Automatinis atsakymas: Nėra interneto"),
            subject("EXTERNAL - Automatic reply: No internet"),
            subject("Automatisch antwoord: Geen internet"),
            subject("Respuesta automática: Sin internet"),
            subject("Auto: No internet"),
            mail(("Subject", "Autoreply: x"), ("Auto-Submitted", "auto-replied")),
            subject("[EXTERNAL] Automatic reply: No internet"),
            subject("***SPAM*** [EXT] Automatische Antwort: Kein Internet"),
        ),
        (
            subject("Re: Rhian is out of the office"),
            subject("Out of office hours nobody answers"),
            subject("Automatic reply"),
            subject("Autosurf: it does not work"),
            subject("[EXTERNAL] Re: Automatic reply: No internet"),
            subject("[EXTERNAL] socket: out of office hours nobody comes"),
        ),
    ),
    "absence_notice": Example(
        Kind.OUT_OF_OFFICE,
        (
            mail(("Subject", "Jane Doe is out of the office."), *AUTO),
            mail(("Subject", "Out of office"), ("X-Autoreply", "yes")),
        ),
        (subject("Jane Doe is out of the office."), mail(*AUTO)),
    ),
    "auto_submitted": Example(
        Kind.AUTO_REPLY,
        (
            mail(("Auto-Submitted", "auto-replied")),
            mail(("Auto-Submitted", " AUTO-GENERATED ; type=x")),
            mail(("Auto-Submitted", "auto-notified; owner-email=x@y")),
            mail(("Auto-Submitted", "never-heard-of")),
            mail(("Auto-Submitted", "no"), ("Auto-Submitted", "auto-replied")),
        ),
        (
            mail(("Auto-Submitted", "no")),
            mail(("Auto-Submitted", " No (a person)")),
            mail(("Auto-Submitted", "no; x=1")),
            mail(("Auto-Submitted", "")),
        ),
    ),
    "autoreply_field": Example(
        Kind.AUTO_REPLY,
        (
            mail(("X-Autoreply", "yes")),
            mail(("X-Autorespond", "")),
            mail(("X-Autoresponder", "x")),
            mail(("X-Auto-Reply-From", "jane@example.com")),
            mail(("X-Auto-Response", "on")),
            mail(("X-Amazon-Auto-Reply", "true")),
        ),
        (mail(("X-Autoreply", "no")), mail(("X-Auto-Reply-To", "x"))),
    ),
    "autoresponder": Example(
        Kind.AUTO_REPLY,
        (
            mail(("Delivered-To", "Autoresponder")),
            mail(("X-FC-MachineGenerated", "true")),
            mail(("X-POST-MessageClass", "9; Autoresponder")),
            mail(("X-Autogenerated", "Reply")),
            mail(("X-Mailer", "vacation 1.2.7")),
        ),
        (
            mail(("Delivered-To", "service@example.com")),
            mail(("X-FC-MachineGenerated", "false")),
            mail(("X-Autogenerated", "Mirror")),
        ),
    ),
    "precedence_auto_reply": Example(
        Kind.AUTO_REPLY,
        (mail(("Precedence", "auto_reply")), mail(("X-Precedence", "auto_reply"))),
        (mail(("Precedence", "auto")),),
    ),
    "list_field": Example(
        Kind.LIST,
        (mail(("List-Id", "<x.example.org>")), mail(("List-Unsubscribe", "<https://x.example>"))),
        (mail(("X-List-Id", "x")), mail(("Listed", "x"))),
    ),
    "precedence": Example(
        Kind.LIST,
        (
            mail(("Precedence", "bulk")),
            mail(("Precedence", "LIST")),
            mail(("Precedence", "normal"), ("Precedence", "junk")),
        ),
        (mail(("Precedence", "normal")), mail(("Precedence", "first-class"))),
    ),
    "old_list_field": Example(
        Kind.LIST,
        (
            mail(("Mailing-List", "contact x-help@example.org")),
            mail(("X-BeenThere", "x@example.org")),
        ),
        (mail(("X-List", "x")), subject("Mailing-List: x")),
    ),
    "null_return_path": Example(
        Kind.AUTO_REPLY,
        (
            mail(("Return-Path", "<>")),
            mail(("Return-Path", "<MAILER-DAEMON@mx.example.org>")),
            mail(("Return-Path", "MAILER-DAEMON")),
            mail(("Return-Path", "<mailer_daemon@mx.example.org>")),
        ),
        (mail(), mail(("Return-Path", "<jane@example.com>"))),
    ),
    "postmaster": Example(
        Kind.NO_REPLY,
        (sender("Postmaster@example.org"), sender("post_master@sms.example.org")),
        (sender("post@example.org"), sender("postmasters@example.org")),
    ),
    "quarantine_list": Example(
        Kind.NO_REPLY,
        (
            mail(KEEPER, IN_QUARANTINE, body=KEPT_BACK),
            mail(KEEPER, ("Subject", "[EXTERNAL] Quarantine Summary: 3"), body=KEPT_BACK),
            mail(KEEPER, ("Subject", "End User Digest: 1 New Message"), body=KEPT_BACK),
            mail(KEEPER, ("Subject", "You have new held messages"), body=KEPT_BACK),
            mail(KEEPER, ("Subject", "Berichten in quarantaine"), body=KEPT_BACK),
            mail(
                KEEPER,
                ("Subject", "スパム隔離通知".encode()),
                UTF_8,
                body="差出人: a@example.net\n件名: 請求書\n解放 | ブロック",
            ),
            mail(
                KEEPER,
                ("Subject", "Karanteeniraportti"),
                UTF_8,
                body="Lähettäjä: a@example.net\nAihe: Lasku\nVapauta | Estä",
            ),
            mail(("From", "IT Helpdesk <it@example.org>"), IN_QUARANTINE, body=KEPT_BACK),
        ),
        (
            mail(IN_QUARANTINE, body=KEPT_BACK),
            mail(KEEPER, body=KEPT_BACK),
            mail(KEEPER, ("Subject", "Re: You have messages in quarantine"), body=KEPT_BACK),
            mail(KEEPER, ("Subject", "FW: You have messages in quarantine"), body=KEPT_BACK),
            mail(KEEPER, IN_QUARANTINE, body="Please release my mails, and review your filter."),
            mail(KEEPER, IN_QUARANTINE, body="Sender: me\nSubject: my mail\nWhere is it?"),
            mail(("Subject", "My dog is in quarantine, and the vet cannot ring me")),
        ),
    ),
    "no_reply_address": Example(
        Kind.NO_REPLY,
        (
            sender("noreply@example.org"),
            sender("no-reply@example.org"),
            sender("do_not_reply@example.org"),
            sender("DoNotReply+17@example.org"),
            sender("no.reply-forms@example.org"),
            sender("drive-shares-dm-noreply@example.org"),
            sender("joe@noreply.forge.example"),
            sender("nicht-antworten@example.org"),
        ),
        (
            sender("noreen@example.org"),
            sender("norah.reply@example.org"),
            sender("donot@example.org"),
            sender("joe@noreply.example"),
        ),
    ),
    "list_address": Example(
        Kind.LIST,
        (
            sender("owner-users@example.org"),
            sender("users-request@example.org"),
            sender("users-bounces@example.org"),
            sender("bounces+12345-abcd@example.org"),
        ),
        (
            sender("owner@example.org"),
            sender("bouncer@example.org"),
            sender("requests@example.org"),
        ),
    ),
    "loop_field": Example(
        Kind.AUTO_REPLY,
        (
            mail(("X-Loop", "helpdesk@example.org")),
            mail(("X-RT-Loop-Prevention", "example.org")),
            mail(("X-OTRS-Loop", "yes")),
            mail(("X-Mailbot-Template", "acknowledgement")),
        ),
        (mail(("Loop", "x")), subject("X-Loop")),
    ),
    "handlers_address": Example(
        Kind.STAFF,
        (sender("Rhian Price <RHIAN@example.com>"),),
        (
            sender("rhian@example.com, jane@example.org"),
            sender("rhian@example.com", ("From", "rhian@example.com")),
            sender('"rhian@example.com" <jane@example.org>'),
        ),
    ),
    "response_suppressed": Example(
        Kind.AUTO_REPLY,
        (
            mail(("X-Auto-Response-Suppress", "All")),
            mail(("X-Auto-Response-Suppress", "DR, OOF")),
            mail(("X-Auto-Response-Suppress", "autoreply")),
        ),
        (mail(("X-Auto-Response-Suppress", "DR, RN, NRN")), mail(("X-Auto-Response-Suppress", ""))),
    ),
    "absence_in_words": Example(
        Kind.OUT_OF_OFFICE,
        (
            *(mail(("Subject", "Re: Your complaint"), body=each) for each in ABSENCES),
            mail(("Subject", "I am out of the office until Monday"), body=""),
            mail(("Subject", "[EXTERN] Jane Doe is out of the office."), body="\u00a0\n"),
        ),
        (
            mail(body=f"{ABSENCES[0]}\n\nWhy has nobody called me back?"),
            mail(
                body=f"{ABSENCES[0]}\n\nOn Fri, 20 Nov 2026, Rhian <r@example.com> wrote:\n> Hello"
            ),
            mail(body="I was out of the office when your engineer came."),
            mail(body="I am on holiday."),
            mail(body=""),
            mail(body="Your form said out of office, and I am out of patience until you call."),
            mail(body=f"{ABSENCES[0]} {'The line is dead. ' * 60}"),
            sender("rhian@example.com", body=ABSENCES[0]),
        ),
    ),
    "spam_verdict": Example(
        Kind.SPAM,
        (
            mail(("X-Spam-Flag", "YES")),
            mail(("X-Spam-Flag", "no"), ("X-Spam-Flag", " yes ")),
            mail(("X-MS-Exchange-Organization-SCL", "5")),
            mail(("X-MS-Exchange-Organization-SCL", "9")),
            mail(("X-Forefront-Antispam-Report", "CIP:192.0.2.1;CTRY:;SCL:5;SRV:;")),
        ),
        (
            mail(("X-Spam-Flag", "NO")),
            mail(("X-Spam-Flag", "yes, but")),
            mail(("X-MS-Exchange-Organization-SCL", "4")),
            mail(("X-MS-Exchange-Organization-SCL", "-1")),
            mail(("X-MS-Exchange-Organization-SCL", "very")),
            mail(("X-Forefront-Antispam-Report", "CIP:192.0.2.1;SCL:1;SCLX:9;")),
        ),
    ),
    "dmarc_verdict": Example(
        Kind.SPAM,
        (
            mail(("Authentication-Results", "mx.example.com; spf=pass; dmarc=fail (p=none)")),
            mail(("Authentication-Results", "MX.example.com 1; DMARC = Fail")),
            mail(
                ("Authentication-Results", "mx.example.com; dkim=pass"),
                ("Authentication-Results", "mx.example.com; dmarc=fail"),
            ),
        ),
        (
            mail(("Authentication-Results", "mx.example.com; dmarc=pass")),
            mail(("Authentication-Results", "mx.example.com; arc=pass (dmarc=fail); dmarc=pass")),
            mail(("Authentication-Results", "mx.example.com; spf=fail; dkim=fail")),
            mail(("Authentication-Results", "elsewhere.example; dmarc=fail")),
            mail(
                ("Authentication-Results", "elsewhere.example; dmarc=pass"),
                ("Authentication-Results", "mx.example.com; dmarc=fail"),
            ),
            mail(
                ("Authentication-Results", "mx.example.com; dmarc=pass"),
                ("Received", "from elsewhere.example by mx.example.com"),
                ("Authentication-Results", "mx.example.com; dmarc=fail"),
            ),
        ),
    ),
}

FITTING = [(rule, content) for rule, each in EXAMPLES.items() for content in each.fits]
MISSING = [(rule, content) for rule, each in EXAMPLES.items() for content in each.misses]


def found(content: bytes, around: Surroundings = AROUND) -> tuple[str, Kind]:
    decided = classify(read(content), around)
    return decided.rule, decided.kind


def test_every_rule_has_its_examples() -> None:
    assert list(EXAMPLES) == [rule for rule, _, _ in RULES]


@pytest.mark.parametrize(("rule", "content"), FITTING)
def test_what_fits_a_rule_is_classified_by_it(rule: str, content: bytes) -> None:
    assert found(content) == (rule, EXAMPLES[rule].kind)


@pytest.mark.parametrize(("rule", "content"), MISSING)
def test_a_near_miss_is_not_classified_by_the_rule(rule: str, content: bytes) -> None:
    assert found(content)[0] != rule


def test_an_ordinary_message_is_a_persons() -> None:
    assert found(mail()) == ("nothing_automatic", Kind.PERSON)


LIST = (("List-Id", "<x.example.org>"), ("Precedence", "bulk"))


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (dsn("failed", "5.1.1", *LIST, *AUTO), "delivery_failed"),
        (dsn("failed", "5.1.1", ("From", "postmaster@example.org")), "delivery_failed"),
        (report("feedback-report", "\nx", fields=LIST), "feedback_report"),
        (sender("mailer-daemon@example.org", *LIST), "mailer_daemon"),
        (mail(("Subject", "Automatic reply: x"), *LIST, *AUTO), "out_of_office_subject"),
        (mail(*LIST, *AUTO), "auto_submitted"),
        (sender("noreply@example.org", *LIST), "list_field"),
        (sender("rhian@example.com", *AUTO), "auto_submitted"),
        (sender("rhian@example.com", *LIST), "list_field"),
        (sender("rhian@example.com", ("X-Spam-Flag", "YES")), "handlers_address"),
        (sender("service@example.com", *AUTO), "our_address"),
        (journal("j@example.org", ("From", "service@example.com"), *LIST), "journal_report"),
        (
            report("feedback-report", "\nx", attached(OUR_ID), fields=(("From", "fbl@a.example"),)),
            "feedback_report",
        ),
    ],
)
def test_the_first_rule_that_fits_decides(content: bytes, rule: str) -> None:
    assert found(content)[0] == rule


@pytest.mark.parametrize("rule", ["spam_verdict", "dmarc_verdict", "handlers_address"])
def test_a_stranger_to_our_surroundings_is_judged_by_the_message_alone(rule: str) -> None:
    content = EXAMPLES[rule].fits[0]

    assert found(content, Surroundings()) == ("nothing_automatic", Kind.PERSON)


def test_the_level_of_spam_is_ours_to_choose_and_none_is_read_at_zero() -> None:
    content = mail(("X-MS-Exchange-Organization-SCL", "6"))

    assert found(content, Surroundings(spam_level=6))[1] is Kind.SPAM
    assert found(content, Surroundings(spam_level=7))[1] is Kind.PERSON
    assert found(content, Surroundings(spam_level=0))[1] is Kind.PERSON


def test_what_is_in_doubt_is_named_by_its_rule() -> None:
    assert {rule for rule, _, _ in RULES} >= IN_DOUBT


def test_a_message_without_anything_is_a_persons() -> None:
    message = InboundMessage(received_at=read(mail()).received_at)

    assert classify(message, AROUND).kind is Kind.PERSON
