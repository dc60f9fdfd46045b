"""
Whether a machine returns a mail of ours as undeliverable, whatever its words: our own signed
id, in what it returns, says more than any sentence.

Left out is what says otherwise: a delay, a success, an absence, a receipt, an answer that a
program gives to what it got, and whatever a person may have sent on.
"""

import re
from collections.abc import Callable

from mailbot.mail.message import NULL_PATH, InboundMessage
from mailbot.mail.origin.bounce_words import (
    has_a_bounces_subject,
    is_from_a_daemon,
    is_from_a_mail_system,
    is_from_a_postmaster,
    is_titled_as_a_delay,
    is_titled_as_a_failure,
    names_a_returned_subject,
    speaks_of_a_refusal,
)
from mailbot.mail.origin.robots import (
    asks_for_a_proof,
    has_a_challenge_field,
    has_an_automatic_prefix,
    is_titled_as_an_absence,
    says_that_it_was_read,
    tells_of_an_absence,
)

_LOOKED_AT = 4000
_MOST_ADDRESSES = 5
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")

#: Before the subject of what is answered or sent on, by a person or their program.
_ANSWERED = re.compile(
    r"\s*(?:re|aw|antw|sv|vs|r|res|odp|fwd?|wg|tr|rv|enc|i|pd|doorst|vl)"
    r"\s*(?:\[\d+\])?\s*[:\uff1a]",
    re.IGNORECASE,
)
#: Exchange's word for what has arrived, in some of its languages; Postfix, OpenSMTPD, Google.
_SUCCESS = re.compile(
    r"\s*(?:delivered|relayed|expanded|delivery (?:receipt|confirmation)|übermittelt|zugestellt"
    r"|weitergeleitet|remis|relayé|entregad[oa]|retransmitid[oa]|consegnat[oa]|inoltrat[oa]"
    r"|recapitat[oa]|bezorgd|afgeleverd|doorgegeven|doręczon[oay]|dostarczon[oay]|entregue"
    r"|levererat|leveret|levert|доставлено|toimitettu|välitetty|doručeno|přeposláno|doručené"
    r"|kézbesítve|teslim edildi|livrat|παραδόθηκε|cyflwynwyd|配信済み|已送达|已送達|已传递|배달됨)\s*[:\uff1a]"
    r"|(?:delivery|mail) (?:receipt|confirmation)\s*$"
    r"|\((?:success|relayed?|delivered)\)|status notification: success|\bsuccessful",
    re.IGNORECASE,
)
#: The same in a sentence; not "could not be successfully delivered".
_SUCCESS_IN_WORDS = re.compile(
    r"\b(?:was|were|has been|have been) successfully (?:delivered|relayed|sent on|forwarded)"
    r"|\b(?:message|e-?mail|mail) (?:was|has been) delivered (?:to|on|at)\b"
    r"|wurde (?:erfolgreich )?zugestellt\b|a (?:bien |correctement )été (?:remis|distribué|livré)"
    r"|a été (?:remis|distribué|livré) avec succès|se (?:ha entregado|entregó) correctamente"
    r"|è stato (?:consegnato|recapitato) correttamente|foi entregue com (?:êxito|sucesso)",
    re.IGNORECASE,
)
#: It waits for a person at the other end.
_WAITS = re.compile(
    r"\bquarant(?:in|[aä]i?n)|\bcuarenten|\bkarant[aäeæ]n|\bmoderat|awaiting|\bon hold\b|\bheld for\b|\bpending\b|zurückgehalten"
    r"|in attesa|en attente",
    re.IGNORECASE,
)
#: The same in its words, where no failure is told by it.
_WAITS_IN_WORDS = re.compile(
    r"\b(?:held|waiting|on hold|kept|queued) (?:there )?(?:for|until|pending) (?:a |the |an )?"
    r"(?:moderator|administrator|manual|review|approv|release|list owner)"
    r"|\b(?:is|was|has been) (?:placed |put |held )?in (?:the )?quarantine\b|\bawaiting (?:moderat|approv|review|release)",
    re.IGNORECASE,
)
#: Somebody goes on trying: a sentence about the future, or a "not yet".
_GOES_ON = re.compile(
    r"warning message only|(?:\bnot?|n['\u2019]t) need to (?:re-?send|do anything)"
    r"|\bwill (?:continue|keep) (?:to )?(?:try|be)|\b(?:attempts?|delivery) will continue"
    r"|\bwill (?:be )?(?:automatically )?re-?tr(?:y|ied)|\bwill try again|\bstill (?:being )?(?:trying|retried)"
    r"|\b(?:keeps?|still|we are|we're|(?:system|server) is) trying (?:to (?:deliver|send|reach)|for)\b"
    r"|\bstill in (?:the|our) queue|\bremains? in (?:the|our) queue|\bit will be retried"
    r"|\bnot yet (?:been )?(?:delivered|possible|reached)|(?:\bnot|n['\u2019]t) been delivered[^.]{0,40}\byet\b"
    r"|noch nicht (?:zugestellt|ausgeliefert)|(?:wird|werden) (?:weiterhin|erneut|weiter) (?:versucht|zugestellt)"
    r"|weitere zustellversuche|nicht erneut (?:zu )?(?:ver)?senden|\bverzögert"  # de
    r"|pas encore (?:pu )?(?:être|été)|\bcontinuera\b|inutile de (?:la |le )?renvoyer"
    r"|besoin de (?:la |le )?renvoyer"  # fr
    r"|(?:aún|todavía) no (?:se )?(?:ha|pudo)|(?:seguirá|seguiremos|continuará) intent"
    r"|no es necesario (?:que )?(?:lo |la )?(?:vuelva a enviar|reenv)"  # es
    r"|non è ancora stat|(?:continuer[àe]\w*|proseguir\w+)[^.]{0,30}tenta|verrà (?:ri)?tentat"  # it
    r"|ainda não (?:foi|pôde)|(?:continuar[áe]\w*|seguirá)[^.]{0,30}tent|não é necessário reenviar"  # pt
    r"|nog niet (?:afgeleverd|bezorgd)|(?:blijft|blijven)[^.]{0,30}prober|wordt opnieuw geprobeerd"  # nl
    r"|jeszcze nie (?:została|zostało|dostarcz)|będ(?:zie|ą) (?:nadal )?(?:ponawia|próbowa)"  # pl
    r"|byddwn yn (?:parhau|dal)|yn parhau i geisio|heb ei dd?anfon eto|még nem (?:lett|sikerült)"  # cy, hu
    r"|denemeye devam|henüz (?:teslim|iletil)|προσπάθε\w+ (?:θα )?συνεχ"  # tr, el
    r"|ännu inte (?:levererats|kunnat)|kommer att försöka|endnu ikke|ennå ikke|ei ole vielä"
    r"|yritetään (?:uudelleen|edelleen)|ještě nebyl|ещё не|еще не|повторные попытки будут"
    r"|再試行します|まだ配信|将继续|會繼續|会继续|尚未",
    re.IGNORECASE,
)
#: RFC 3464 §2.3.3, and PMDF's answer to a question whether an address exists.
NO_FAILURE = frozenset({"delivered", "relayed", "expanded", "delayed", "deliverable"})
#: RFC 5965; RFC 8098, of which one is a refusal.
_OTHER_REPORTS = ("feedback-report", "disposition-notification")


_REJECTED = re.compile(
    r"\(rejected\)|\b(?:automatically )?rejected (?:e-?)?mail|\bautomatically rejected\b",
    re.IGNORECASE,
)


def came_back(message: InboundMessage, is_ours: Callable[[str], bool]) -> bool:
    """
    Whether a machine returns what *is_ours* by its id.
    """
    # Most messages return nothing, and few come from a machine.
    if not (is_a_mail_systems(message) or message.return_path == NULL_PATH):
        return False
    return (
        _returns_ours(message, is_ours)
        and not _says_otherwise(message)
        and not _is_an_answer(message)
    )


def may_have_come_back(message: InboundMessage) -> bool:
    """
    Whether a machine says, in whatever words, that some mail was not delivered, or may do so.
    """
    is_a_machines = is_a_mail_systems(message) or message.return_path == NULL_PATH
    return is_a_machines and not _says_otherwise(message) and not _is_an_answer(message)


def not_reached(message: InboundMessage) -> tuple[str, ...]:
    """
    The addresses that it may say this of, lower-case: what its fields name, else what
    stands in its words.
    """
    told = [
        recipient
        for each in message.delivery_statuses
        if each.action not in NO_FAILURE
        for recipient in each.recipients
    ]
    said = told or _ADDRESS.findall(message.text[:_LOOKED_AT].lower())
    return tuple(dict.fromkeys(each for each in said if "@" in each))[:_MOST_ADDRESSES]


def is_a_mail_systems(message: InboundMessage) -> bool:
    """
    Whether its address, its form or its whole header says that a mail system wrote it, and
    not the null path alone, which answering programs have too.
    """
    if _is_a_report(message) or is_from_a_daemon(message):
        return True
    # A postmaster may be a person, who answers us or sends a mail of ours on.
    if _ANSWERED.match(message.subject) and message.return_path != NULL_PATH:
        return False
    return is_from_a_postmaster(message) or (
        is_from_a_mail_system(message)
        and (_is_titled_as_a_return(message) or speaks_of_a_refusal(message))
    )


def is_refused_by_its_reader(message: InboundMessage) -> bool:
    """
    Whether the system of its reader refused it in the form of a receipt, which nobody wrote
    for a message that nobody read: Sieve's reject (RFC 5429 §2.2.1), and Dovecot's
    "Automatically rejected mail".
    """
    is_automatic = message.disposition.startswith("automatic-action/mdn-sent-automatically")
    is_receipt = "disposition-notification" in message.first("content-type").lower()
    if not is_automatic and (message.disposition or not is_receipt):
        return False
    is_a_machines = (
        message.content_type.startswith(("multipart/report", "message/"))
        or is_from_a_mail_system(message)
        or message.return_path == NULL_PATH
        or bool(message.first("auto-submitted"))
    )
    said = (*message.values("auto-submitted"), message.subject, message.text[:200])
    is_read = message.disposition.endswith("displayed")
    return is_a_machines and not is_read and any(map(_REJECTED.search, said))


def _is_a_report(message: InboundMessage) -> bool:
    return message.content_type == "multipart/report"


def _is_titled_as_a_return(message: InboundMessage) -> bool:
    return (
        has_a_bounces_subject(message)
        or names_a_returned_subject(message)
        or is_titled_as_a_failure(message)
    )


def _returns_ours(message: InboundMessage, is_ours: Callable[[str], bool]) -> bool:
    if any(map(is_ours, message.returned_ids)):
        return True
    # Some return nothing but the thread (Gmail names it in both fields).
    says_so = is_a_mail_systems(message) and (
        _is_a_report(message) or is_from_a_daemon(message) or _is_titled_as_a_return(message)
    )
    return says_so and any(map(is_ours, (*message.in_reply_to, *message.references)))


def _says_otherwise(message: InboundMessage) -> bool:
    """
    Whether what it says of our mail is something else than that it was not delivered.
    """
    said = message.first("content-type").lower() if _is_a_report(message) else ""
    if any(each in said for each in _OTHER_REPORTS) or message.disposition:
        return True
    told = [each for each in message.delivery_statuses if each.action or each.status]
    if any(each.action == "failed" for each in told):
        return False
    if told:
        # Without a keyword the class decides, and class 4 decides nothing.
        is_open = _is_titled_as_a_return(message) and not is_titled_as_a_delay(message)
        return not is_open or all(
            each.action in NO_FAILURE or each.status.startswith("2.") for each in told
        )
    return bool(
        is_titled_as_a_delay(message)
        or _SUCCESS.search(message.subject)
        or _WAITS.search(message.subject)
        or _ends_otherwise(" ".join(message.text[:_LOOKED_AT].split()))
    )


def _ends_otherwise(said: str) -> bool:
    """
    Whether the words tell of an attempt that goes on, has succeeded, or waits for a person.
    """
    return any(each.search(said) for each in (_GOES_ON, _SUCCESS_IN_WORDS, _WAITS_IN_WORDS))


def _is_an_answer(message: InboundMessage) -> bool:
    """
    Whether somebody's program answers what it got, or may do so: then our mail arrived.
    """
    if (
        has_an_automatic_prefix(message)
        or is_titled_as_an_absence(message)
        or has_a_challenge_field(message)
        or asks_for_a_proof(message)
        or says_that_it_was_read(message)
        or tells_of_an_absence(message)
        or message.calendar_method
    ):
        return True
    return not is_a_mail_systems(message) and _may_be_its_readers(message)


def _may_be_its_readers(message: InboundMessage) -> bool:
    """
    Of what has the null path and no more: whether its reader's own program sent it.
    """
    sender = message.sender
    if sender is not None and sender.key in message.returned_to:
        return True
    is_returned = any(
        each.content_type.startswith("message/") or each.content_type == "text/rfc822-headers"
        for each in message.attachments
    )
    is_in_words = is_titled_as_a_failure(message) or speaks_of_a_refusal(message)
    return bool(_ANSWERED.match(message.subject)) or not (is_returned or is_in_words)
