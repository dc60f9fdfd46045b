"""
Bounces without an RFC 3464 part: who sends them, under which subjects, and what
their words say of each recipient. The only user of flufl.bounce.

Nearly half of all bounces are such. The library knows the words of some forty mail
systems, but it takes a person's words for a mail system's too: what it finds counts
only where the header shows a mail system (`classify`).
"""

import re
from dataclasses import replace
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses

from mailbot.mail.message import NULL_PATH, DeliveryStatus, InboundMessage
from mailbot.mail.origin.subject_tags import without_tags
from mailbot.mail.reading.scan import header_of

#: What a system says stands on top, before the message that it returns. The bounds keep
#: the library's patterns, some of which backtrack, below a second on hostile lines.
_LOOKED_AT = 32 * 1024
_LONGEST_LINE = 200

_DAEMONS = re.compile(
    r"mail(?:er)?[-_. ]?daemon.*|mdaemon(?:@.*)?"  # every Unix system; MDaemon
    r"|microsoftexchange[0-9a-f]{32}",  # Exchange 2007 and later
    re.IGNORECASE,
)
_POSTMASTERS = re.compile(r"post[-_.]?master.*", re.IGNORECASE)
_NAMES = re.compile(
    r"(?:internet )?(?:e-?)?mail deliver(?:y|ly)? (?:(?:sub)?system|service|agent)"  # Sendmail, PMDF
    r"|mailer[-_. ]?daemon|courier mail server at .{1,80}"  # Unix systems; Courier
    r"|interscan (?:mss|notification|messaging.{0,40})|content-filter at .{1,80}"  # amavis
    r"|delivery subsystem"  # MailEnable
    r"|(?:mail )?system administrator|microsoft outlook"  # Exchange 5.5 to 2007, since 2010
    r"|(?:mail|jetmail|bounce) (?:administrator|system|handler)|post-?master",
    re.IGNORECASE,
)

#: Whole subjects. A person's "Re: Undelivered mail" is none of these.
_SUBJECTS = (
    r"undelivered mail returned to sender|delayed mail \(still being retried\)",  # Postfix
    r"mail delivery failed(?:: returning message to sender)?",  # Exim
    r"warning: message \S+ delayed \d+ hours?",  # Exim
    r"returned mail: .{1,100}",  # Sendmail
    r"warning: could not send message for past \d+ (?:hours?|days?)",  # Sendmail
    r"failure notice",  # qmail, Yahoo
    r"delivery status notification(?: ?\((?:failure|delay|mail delivery delayed)\))?",  # Gmail, SES
    r"delivery status notification: (?:error|warning|success)",  # OpenSMTPD
    r"\[postmaster\] (?:e?mail|message) delivery (?:failure|delayed?).*",  # Mimecast
    r"message status - undeliverable",  # GroupWise
    r"delivery failure: .{1,200}",  # Domino: "User x (x@y) not listed in …"
    r"delivery notification: delivery has (?:failed|timed out and failed|been delayed)",  # PMDF
    r"notice: mail delivery status\.?",  # Courier
    r"mail system error - returned mail",  # InterMail
    r"warning: \S+@\S+ - user unknown!|permanent delivery failure",  # MDaemon
    r"message undeliverable: .{1,200}",  # hMailServer
    r"returned mail - error during delivery",  # LSMTP
    r"(?:e-?mail|message|mail) delivery (?:failure|failed|warning|problem|error|status report)",
    r"(?:undeliverable|nondeliverable|undelivered|returned|bounced) (?:(?:e-?)?mail|message)",
    r"delivery (?:failure|failed|failure notification|report)",
    r"mail could not be delivered|mail error",
    r"failure notice ?:.{0,200}|failure delivery|failed delivery",  # active! hunter, Yahoo! Japan
    r"warning: delayed mail\.?|warning: message delayed",  # Courier, Mail.Ru
    r"mail failure\.?|message delivery has failed",  # Mail.Ru, MailFoundry
    r"mail delivery status notification",  # Zoho
    r"sorry, your message could not be delivered|there was an error sending your mail",  # Facebook
    r"undeliverable(?: mail: .{1,200})?|\[bounce\].{0,200}",  # MailMarshal, Apache James
)
_SUBJECT = re.compile("|".join(_SUBJECTS), re.IGNORECASE)

#: Those of them that a customer of a firm that delivers mail, and much else, may write.
_CUSTOMERS_TOO = re.compile(
    r"(?:(?:e-?mail|message|mail) )?delivery (?:failure|failed|problem|error|warning)"
    r"|(?:failure|failed) delivery|mail (?:failure|error)\.?|(?:mail|message) could not be delivered"
    r"|message delivery has failed|undeliverable(?: (?:mail|message))?|returned mail(?:: .{1,100})?",
    re.IGNORECASE,
)
#: Exchange and Outlook put one of these before, or after, the subject of what they return.
_AROUND_THE_SUBJECT = re.compile(
    r"(?:undeliverable|undelivered|non-delivery|delivery delayed|failed delivery|delivery failed"  # en
    r"|unzustellbar|nicht zugestellt|non remis|remise différée|retard de remise"  # de, fr
    r"|no se puede entregar|no entregado|onbestelbaar|niet afgeleverd|non recapitabile"  # es, nl, it
    r"|não entregue|não é possível entregar|kan inte levereras|det går inte att leverera"  # pt, sv
    r"|kan ikke leveres|niedostarczalne|nedoručitelné|ni ellir ei ddanfon"  # da, pl, cs, cy
    r"|ei toimitettavissa|ei voi toimittaa|kézbesíthetetlen|teslim edilemedi|nelivrabil"  # fi, hu, tr, ro
    r"|не удается доставить|не доставлено|недоставлено|δεν είναι δυνατή η παράδοση"
    r"|配信不能|配信できません|无法送达|無法傳遞|배달되지 않음)"  # ja, zh, ko
    r"\s*[:\uff1a] ?.*|.*: (?:non remis|unzustellbar)(?: \(delivery failed\))?",
    re.IGNORECASE,
)
#: Fields by which some sign their bounces: Exchange 5.5, IIS, PowerMTA, active! hunter.
_FIELDS = ("x-ms-embedded-report", "x-dsncontext", "x-powermta-bouncetype", "x-ahmailid")
_MAILERS = re.compile(r"<smtp32|mailmarshal|surfcontrol|m-filter", re.IGNORECASE)
_DELAY = re.compile(
    r"\bdelay|still being retried|could not send message for past|delivery warning|\bdeferred\b"
    r"|not yet (?:been )?delivered|retard|verzöger|noch nicht zugestellt|remise différée"  # fr, de
    r"|\bretras[ao]|\bdemorad|\bdemora\b|\batrasad|\batraso|\britard|ancora in coda"  # es, pt, it
    r"|\boedi\b|\boedwyd|w kolejce|in (?:der )?warteschlange"  # cy, pl, de
    r"|vertraag|vertraging|opóźni|fördröj|försen|forsink|viiväst|zpožd|késlelt|gecik"  # nl to tr
    r"|задерж|отлож|καθυστ|遅延|延迟|延遲|지연",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"\bfail(?:ed|ure)?\b|undeliver|non-?delivery|not delivered|\breturned\b|\bbounced?\b"
    r"|rejected|unzustellbar|zustellung|non remis|échec|fehler|nicht zugestellt|non distribu"
    r"|no (?:se (?:ha podido|puede|pudo) )?entreg|devuelto|não (?:foi )?entreg|devolvid"  # es, pt
    r"|mancat[ao] (?:consegna|recapito)|non (?:recapitabile|consegnat)|impossibile"  # it
    r"|onbestel|niet (?:afgeleverd|bezorgd)|nie ?dostarcz|nedoruč|kan (?:ikke|inte) lever"  # nl to sv
    r"|ei voitu toimittaa|toimitusvirhe|kézbesíthetetlen|teslim edilemedi|nelivra"  # fi to ro
    r"|не доставлен|недостав|не удалось доставить"
    r"|配信不能|配信できません|送信失敗|无法送达|無法傳遞|退信|배달되지",
    re.IGNORECASE,
)
#: Without one of these in it no text is about delivery, whatever the library makes of it.
_ABOUT_DELIVERY = re.compile(
    r"deliver|recipient|mailbox|reject|user unknown|unknown user|no such user|undeliverable|returned"
    r"|bounce|zustell|empfänger|remis|destinataire|entreg|destinatario|afgeleverd|ontvanger",
    re.IGNORECASE,
)
_NAMED = re.compile(r"[\w.+=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_REPLY_CODE = re.compile(r"\b[45]\d\d[ \-#]|\b[45]\.\d{1,3}\.\d{1,3}\b")

#: The library's detectors trip over a stranger's octets now and then.
_DEFECTS = (MessageError, ValueError, LookupError, AttributeError, TypeError, AssertionError)


# --- the header ------------------------------------------------------------


def is_from_a_daemon(message: InboundMessage) -> bool:
    """
    Whether it comes from an address that only mail systems write from.
    """
    nameless = "" if message.senders else message.first("from").strip(' <>"')
    return any(_DAEMONS.fullmatch(each) for each in (_local(message), nameless))


def is_from_a_postmaster(message: InboundMessage) -> bool:
    """
    Whether its address is a postmaster's: a mail system's, or a person's now and then.
    """
    return bool(_POSTMASTERS.fullmatch(_local(message)))


def is_a_daemons(path: str) -> bool:
    """
    Whether a return path is the address that some hosts write where RFC 5321 §4.5.5 has
    the null path: it stands above bounces and absences alike.
    """
    return bool(_DAEMONS.fullmatch(path.partition("@")[0].strip('"')))


def is_from_a_mail_system(message: InboundMessage) -> bool:
    """
    Whether the header looks as if a mail system wrote it; a person's may too.
    """
    name = message.sender.name if message.sender else message.first("from").partition("<")[0]
    return (
        is_from_a_daemon(message)
        or is_from_a_postmaster(message)
        or bool(_NAMES.fullmatch(name.strip(' "')))
        or any(message.values(field) for field in _FIELDS)
        or bool(_MAILERS.search(message.first("x-mailer")))
        # Sendmail's comment, and that of PMDF
        or "(failure)" in message.first("auto-submitted")
        # From: <> is what some write who take RFC 5321 §4.5.5 for a rule about header fields.
        or (message.from_fields > 0 and not message.senders)
    )


def has_a_bounces_subject(message: InboundMessage) -> bool:
    """
    Whether the whole subject is one that mail systems give to a bounce.
    """
    return bool(_SUBJECT.fullmatch(without_tags(message.subject).strip()))


def names_a_returned_subject(message: InboundMessage) -> bool:
    """
    Whether it is titled as Exchange titles a bounce: "Undeliverable: No internet".
    """
    return bool(_AROUND_THE_SUBJECT.fullmatch(without_tags(message.subject).strip()))


def is_titled_as_a_delay(message: InboundMessage) -> bool:
    return bool(_DELAY.search(message.subject))


def may_be_a_bounce(message: InboundMessage) -> bool:
    """
    Whether it is worth reading as a mail system's; generous, for `classify` decides.
    """
    if is_from_a_daemon(message) or has_a_bounces_subject(message):
        return True
    return (
        is_from_a_mail_system(message)
        or names_a_returned_subject(message)
        or message.return_path == NULL_PATH
        or bool(message.first("x-failed-recipients"))
        or message.content_type == "multipart/report"
    )


def is_titled_as_a_failure(message: InboundMessage) -> bool:
    """
    Whether the subject speaks of a failure: in a mail system's mail that is enough.
    """
    return bool(_FAILURE.search(message.subject))


def speaks_of_a_refusal(message: InboundMessage) -> bool:
    """
    Whether its words have a reply code or a status of a server that takes no mail.
    """
    return bool(_REPLY_CODE.search(message.text[:_LOOKED_AT]))


def names_what_was_not_delivered(message: InboundMessage) -> bool:
    """
    Whether its subject is none that a customer writes, who complains of a "Delivery failure"
    too; or there is in it what a bounce tells: a recipient, the answer of a server, the mail.
    """
    subject = without_tags(message.subject).strip()
    if (
        not (message.text and _CUSTOMERS_TOO.fullmatch(subject))
        or message.return_path == NULL_PATH
        or is_from_a_mail_system(message)
    ):
        return True
    writer = message.sender.key if message.sender else ""
    named = {each.lower() for each in _NAMED.findall(message.text[:_LOOKED_AT])}
    return (
        bool(named - {writer})
        or speaks_of_a_refusal(message)
        or bool(message.returned_ids or message.delivery_statuses)
        or any(each.content_type.startswith(("message/", "text/")) for each in message.attachments)
    )


def _local(message: InboundMessage) -> str:
    return message.sender.key.rpartition("@")[0].strip('"') if message.sender else ""


# --- the words -------------------------------------------------------------


def failures_in_words(content: bytes, message: InboundMessage) -> tuple[DeliveryStatus, ...]:
    """
    What the words of a bounce say of each recipient: `failed` or `delayed`, with the
    class of RFC 3463 and the line that has the reason. Empty if they say nothing.

    *message* is what *content* was read as: its decoded text is shown to the library
    where it found nothing in the octets.
    """
    text = message.text
    if not _may_speak_of_delivery(message):
        return ()
    header = header_of(content)
    flat = header_without_mime(header) + b"\n\n" + text.encode("ascii", "replace")
    for octets in (content, flat):
        start = len(header_of(octets))
        seen = octets[:start] + _short_lines(octets[start : start + _LOOKED_AT])
        if found := _read(BytesParser().parsebytes(seen), text):
            # Exim and Gmail name the recipients of a delay as failed; only the subject tells.
            return tuple(map(_delayed, found)) if is_titled_as_a_delay(message) else found
    return ()


def _may_speak_of_delivery(message: InboundMessage) -> bool:
    if is_from_a_daemon(message) or has_a_bounces_subject(message):
        return True
    return bool(_ABOUT_DELIVERY.search(f"{message.subject}\n{message.text[:_LOOKED_AT]}"))


def _delayed(status: DeliveryStatus) -> DeliveryStatus:
    return replace(status, action="delayed", status="4.0.0")


def header_without_mime(header: bytes) -> bytes:
    """
    The header of a message whose body is plain text.
    """
    return re.sub(rb"^(?=content-|mime-version)", b"X-", header, flags=re.MULTILINE | re.IGNORECASE)


def _short_lines(octets: bytes) -> bytes:
    return b"\n".join(line[:_LONGEST_LINE] for line in octets.split(b"\n"))


def _read(message: Message, text: str) -> tuple[DeliveryStatus, ...]:
    if not (isinstance(sender := message["from"], str) and getaddresses([sender])):
        # Two of its detectors trip over such a field, and none behind them is asked.
        del message["from"]
        message["From"] = "<>"
    # Only a bounce in words needs its forty detectors.
    from flufl.bounce import all_failures  # noqa: PLC0415

    try:
        for_now, for_good = all_failures(message)
    except _DEFECTS:
        return ()
    failed = sorted(set(map(_address, for_good)))
    delayed = sorted(set(map(_address, for_now)) - set(failed))
    return tuple(
        DeliveryStatus(
            final_recipient=each,
            action=action,
            status=status,
            diagnostic=_reason(text, each),
            in_words=True,
        )
        for action, status, recipients in (
            ("failed", "5.0.0", failed),
            ("delayed", "4.0.0", delayed),
        )
        for each in recipients
        if "@" in each
    )


def _address(octets: bytes) -> str:
    return octets.decode("ascii", "replace").strip(" <>\"'")


def _reason(text: str, recipient: str) -> str:
    """
    The first line from the recipient on that has a reply code (RFC 5321 §4.2.1, RFC 3463); "" if none.
    """
    place = text.lower().find(recipient.lower())
    lines = text[max(place, 0) : max(place, 0) + 2000].splitlines()
    return next((line.strip()[:200] for line in lines if _REPLY_CODE.search(line)), "")
