"""
What mail systems send to whoever looks after a mailbox: that somebody has called a letter of
ours junk, and which mail they keep in quarantine.

They look like a person's mail to every other rule, and come each day. A person may write
about either; so no word decides alone.
"""

import re

from mailbot.mail.message import InboundMessage
from mailbot.mail.origin.subject_tags import is_an_answer, without_tags

_REPORTS = frozenset({"message/feedback-report"})
_RETURNED = frozenset({"message/rfc822", "message/global", "text/rfc822-headers"})

#: Whole subjects of reports that are no RFC 5965: Hotmail's JMRP, AOL and its heirs, others.
_COMPLAINTS = re.compile(
    r"complaint about (?:a )?message(?: from)? \[?[\da-f.:]{3,45}\]?"
    r"|(?:e-?mail )?(?:feedback|abuse|complaint) report for ip(?: address)? \[?[\da-f.:]{3,45}\]?.{0,60}"
    r"|client tos notification|(?:spam|junk(?: mail)?|abuse) complaint notification"
    r"|(?:junk|spam) (?:e-?mail )?(?:feedback|complaint) (?:report|loop)(?: for .{1,60})?"
    r"|(?:aol |yahoo!? )?(?:complaint )?feedback loop (?:report|complaint|notification)s?",
    re.IGNORECASE,
)
#: An address, or a part of a domain, that only feedback loops have.
_LOOPS = re.compile(r"fbl|fbl[-_.]\w+|[\w-]+[-_.]fbl|feedback[-_.]?loops?|scomp|jmrp|arf")

#: What the subject of such a list speaks of, in whatever words around it.
_KEPT_BACK = re.compile(
    r"\b(?:quarantin|quarantän|quarantaine|quarentena|quarantena|cuarentena|kwarantann|karantän"
    r"|karantæne|karantene|karanteeni|karantén|cwarant[iî]n|spamquarantän)"
    r"|隔離|隔离|検疫|격리|в карантин"
    r"|\bheld messages?\b|\bmessages? (?:on hold|held)\b|\bend[ -]user digest\b"
    r"|\b(?:spam|junk(?: e?-?mail)?) (?:notification|digest|report|summary)\b",
    re.IGNORECASE,
)
#: Who sends it, in the address or the name: no customer is called so.
_KEEPERS = re.compile(
    r"quarant|quaran|karant|kwarant|cuarent|spam|junk|digest|postmaster|notif|alert|security"
    r"|(?:^|[-_. ])(?:admin|administrator|it|it-?support|helpdesk|servicedesk|mailadmin|root|system)"
    r"(?:$|[-_. ])|filter|gateway|protection|proofpoint|mimecast|barracuda|sophos|ironport|fortimail"
    r"|mailcleaner|libraesva|hornet|trendmicro|symantec|messagelabs",
    re.IGNORECASE,
)
_LET_THROUGH = (
    r"\brelease|freigeben|zustellen|libérer|remettre|liberar|rilascia|sblocca|vrijgeven"
    r"|zwolnij|uwolnij|frisläpp|frigiv|frigi\b|vapauta|rhyddhau|解放|解除|释放|釋放|해제|\bdeliver\b|not spam|unblock"
)
_KEEP_OUT = (
    r"\bblock|blockieren|sperren|bloquer|bloquear|blocca|blokkeren|zablokuj|blockera|bloker|\bestä\b|ブロック|拒否|阻止|封锁|차단"
    r"|\bdeny\b|\breject\b|\bdelete\b|löschen|supprimer|eliminar|blocio"
)
_LOOK_AT = (
    r"\breview|\bview\b|\bpreview|anzeigen|überprüfen|vorschau|afficher|examiner|aperçu|revisar"
    r"|\bver\b|vista previa|visualizza|anteprima|bekijken|beoordelen|podgląd|wyświetl|granska|\bvis\b|näytä|tarkista|表示|確認|查看|보기"
)
_TRUST = (
    r"\ballow|\bapprove|whitelist|\bpermit|trust(?:ed)? sender|safe sender|zulassen|autoriser"
    r"|permitir|aprobar|consenti|approva|toestaan|zezwól|tillåt|tillad|salli\b|許可|允许|허용"
)
_TO_DO = tuple(
    re.compile(each, re.IGNORECASE) for each in (_LET_THROUGH, _KEEP_OUT, _LOOK_AT, _TRUST)
)
#: The columns of the list.
_FROM = re.compile(
    r"\b(?:sender|from|absender|expéditeur|remitente|mittente|remetente|afzender|nadawca|avsändare"
    r"|afsender|lähettäjä|anfonwr)\b|^[^\w\n]*(?:von|de|da|van|od|från|fra)\b"
    r"|差出人|送信者|发件人|寄件者|보낸",
    re.IGNORECASE | re.MULTILINE,
)
_SUBJECT = re.compile(
    r"\b(?:subject|betreff|objet|sujet|asunto|oggetto|assunto|onderwerp|temat|ämne|emne|aihe|pwnc)\b|件名|主题|主旨|제목",
    re.IGNORECASE,
)
_LONGEST = 20_000  # characters of a list that are looked at


def complains_of_a_message(message: InboundMessage) -> bool:
    """
    Whether it is a provider's report that a reader of ours has pressed "junk", in a form of
    its own: titled so or from a feedback loop, and with the letter attached.
    """
    kinds = {each.content_type for each in message.attachments}
    if not kinds & (_RETURNED | _REPORTS):
        return False
    is_titled = bool(_COMPLAINTS.fullmatch(without_tags(message.subject).strip()))
    return is_titled or _is_from_a_loop(message)


def _is_from_a_loop(message: InboundMessage) -> bool:
    addresses = [*(each.key for each in message.senders), (message.return_path or "").lower()]
    parts = [
        part
        for local, _, domain in (each.rpartition("@") for each in addresses)
        for part in (local, *domain.split(".")[:-2])
    ]
    return any(_LOOPS.fullmatch(each) for each in parts)


def lists_quarantined_mail(message: InboundMessage) -> bool:
    """
    Whether it is a system's list of the mail that it keeps back: from such a system, titled
    so, with the sender and the subject of each, and two things or more to be done with it.
    What passes such a list on, or answers one, is a person's.
    """
    sender, subject = message.sender, message.subject
    if sender is None or is_an_answer(subject) or not _KEPT_BACK.search(subject):
        return False
    if not (_KEEPERS.search(sender.key) or _KEEPERS.search(sender.name)):
        return False
    said = message.text[:_LONGEST]
    to_do = sum(bool(each.search(said)) for each in _TO_DO)
    return to_do > 1 and bool(_FROM.search(said) and _SUBJECT.search(said))
