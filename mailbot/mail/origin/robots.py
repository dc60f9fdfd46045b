"""
The words by which a robot gives itself away where no header field does: absences,
challenges, receipts, recalls and reactions.

People write such words too. What is decided by the words alone is in doubt
(`classify.IN_DOUBT`): it is not acknowledged, and a person is told.
"""

import re

from mailbot.mail.message import InboundMessage
from mailbot.mail.quoting.new_text import new_text

#: What stands before the subject that is answered: Exchange's word in each of its
#: languages, and those of Sieve (RFC 5230 §5.8), GroupWise, Notes and vacation(1).
_AUTOMATIC_PREFIX = re.compile(
    r"\s*(?:"
    r"automatic reply|auto(?:matic)?[- ]?(?:response|reply)|out of (?:the )?office(?: autoreply)?"
    r"|auto|vacation(?: reply)?"
    r"|automatische antwort|abwesenheits(?:notiz|assistent|meldung)|abwesend"  # de
    r"|réponse automatique|absence du bureau"  # fr
    r"|ateb awtomatig|allan o'r swyddfa"  # cy
    r"|automatisch antwoord|automatisch bericht|afwezig(?:heidsbericht)?|niet aanwezig"  # nl
    r"|respuesta automática|fuera de (?:la )?oficina|risposta automatica|fuori sede"  # es, it
    r"|resposta automática|autosvar|automatisk svar|automaattinen vastaus"  # pt, sv, da, fi
    r"|odpowiedź automatyczna|automatyczna odpowiedź|automatická odpověď"  # pl, cs
    r"|automatikus válasz|otomatik yanıt|răspuns automat"  # noqa: RUF001 - hu, tr, ro
    r"|автоматический ответ|автоматична відповідь|αυτόματη απάντηση"  # ru, uk, el
    r"|自動応答|自動回覆|自动答复|자동 회신"  # ja, zh, ko
    r")\s*[:\uff1a]",
    re.IGNORECASE,
)
#: Notes: "Jane Doe is out of the office (returning 01/12/2026)."; the others whole too.
_ABSENT_SUBJECT = re.compile(
    r"\s*(?:.{1,60} is out of (?:the )?office(?: \(returning .{1,30}\))?"
    r"|i(?: am|'m|\u2019m) (?:currently )?(?:out of (?:the )?office|away|on (?:annual )?leave).{0,60}"
    r"|out of (?:the )?office(?: (?:reply|notification|message|auto-?reply|until .{1,30}))?"
    r"|auto[- ]?(?:reply|response)|automatic (?:reply|response)|yahoo! auto response"
    r"|(?:away from my mail|on (?:vacation|holiday|annual leave))(?: until .{1,30})?"
    r"|abwesenheits(?:notiz|meldung)|automatische antwort|réponse automatique|message d'absence"
    r"|ateb awtomatig|afwezigheids(?:bericht|melding)|respuesta automática"
    r")[.!]?\s*",
    re.IGNORECASE,
)

_AWAY = re.compile(
    r"\b(?=[cdeijmnrt])(?:"  # the first letters of what follows: most words have another
    r"\b(?:i am|i'm|i\u2019m|i will be|i'll be|i\u2019ll be)\b[^?!]{0,40}"
    r"\b(?:out of (?:the )?office|away from (?:the|my) (?:office|desk)|on (?:annual |maternity |paternity"
    r" |parental |sick |study )?leave|on (?:holiday|vacation)|not in the office)"
    r"|\bich bin\b[^?!]{0,60}\b(?:nicht im (?:büro|haus|hause)|nicht (?:erreichbar|anwesend)"
    r"|außer haus|abwesend|im urlaub|in elternzeit)"
    r"|\bje (?:suis|serai)\b[^?!]{0,40}\b(?:absente?|en congés?|en vacances|hors du bureau)"
    r"|\bik ben\b[^?!]{0,40}\b(?:afwezig|niet aanwezig|niet op kantoor|op vakantie|met verlof)"
    r"|\b(?:estoy|estaré|me encuentro)\b[^?!]{0,40}\b(?:fuera de la oficina|de vacaciones|ausente)"
    r"|\brwy['\u2019]?(?:f| i| |n)[^?!]{0,40}\b(?:allan o['\u2019]r swyddfa|ar wyliau|ar fy ngwyliau)"
    r"|\b(?:this is an auto(?:mated|matic)|dies ist eine automatische|ceci est une réponse automatique"
    r"|neges awtomatig|dit is een automatisch|esta es una respuesta automática))",
    re.IGNORECASE,
)
_BACK_OR_INSTEAD = re.compile(
    r"\b(?:return(?:ing)?|back (?:on|in|at)|until|limited access|no access|in my absence"
    r"|urgent|emergency|please (?:contact|call|email)|as soon as (?:i|possible)"
    r"|zurück|wieder|bis (?:zum|einschließlich)|dringend|vertretung|wenden sie sich"
    r"|de retour|jusqu['\u2019]au|en cas d['\u2019]urgence|contacter"
    r"|terug|tot en met|dringende|contact opnemen"
    r"|volveré|regreso|hasta el|urgente|contacte|yn ôl|tan|brys|cysylltwch)\b",
    re.IGNORECASE,
)
_MOST_WORDS = 150
#: Characters of a text that are looked at: a robot says what it has to say on top.
_LONGEST = 4000

_CHALLENGE_FIELDS = ("x-tmda-fingerprint", "x-askversion", "x-ask-version", "x-spamarrest-code")
_CHALLENGE_SUBJECT = re.compile(
    r"verify#|\[spam ?arrest\]|\bsender verification\b|verification (?:is )?required"
    r"|requires (?:verification|confirmation|authorization)"
    r"|please confirm (?:your message|that you|your email)|confirm your message|\[?mailinblack"
    r"|messages from .{1,80} (?:are|will be) (?:held|blocked|waiting)|\bchallenge-response\b"
    r"|antispam uol|confirmation requise|bitte bestätigen sie ihre (?:e-?mail|nachricht)",
    re.IGNORECASE,
)
_CHALLENGE_WORDS = re.compile(
    r"(?:confirm|verif\w+|authenti\w+|approv\w+|reply to this|click|prove|bestätig|clique|klik)",
    re.IGNORECASE,
)
_CHALLENGE_CAUSE = re.compile(
    r"(?:your (?:message|e-?mail)|votre (?:message|courriel|mail)|ihre (?:nachricht|e-?mail|mail)"
    r"|sua mensagem|uw bericht).{0,200}"
    r"(?:held|hold|deliver|quarantine|waiting|pending|not (?:yet )?(?:been )?received"
    r"|attente|zugestellt|entreg|wachtrij)",
    re.IGNORECASE,
)

_READ_SUBJECT = re.compile(
    r"\s*(?:read|not read|deleted|gelesen|ungelesen gelöscht|lu|non lu|leído|gelezen|letto"
    r"|darllenwyd|read receipt|return receipt|disposition notification|lesebestätigung"
    r"|accusé de lecture)\s*(?:\(displayed\)\s*)?[:-]",
    re.IGNORECASE,
)
_READ_WORDS = re.compile(
    r"\A\s*(?:your message\b.{0,600}?\b(?:was (?:read|deleted|displayed)|has been (?:read|displayed))"
    r"|this is a (?:return|read) receipt for the (?:mail|message)"
    r"|ihre nachricht\b.{0,600}?\bwurde am\b.{0,80}\bgelesen"
    r"|votre message\b.{0,600}?\ba été lu)",
    re.IGNORECASE | re.DOTALL,
)

_RECALL_SUBJECT = re.compile(
    r"\s*(?:recall|rückruf|rappel|intrekken|recuperar|richiamo)\s?:", re.IGNORECASE
)
_RECALL_WORDS = re.compile(
    r"would like to recall the message|möchte die nachricht .{1,300} zurückrufen"
    r"|souhaite rappeler le message|wil het bericht .{1,300} intrekken",
    re.IGNORECASE | re.DOTALL,
)
#: Outlook to a mailbox elsewhere, and Gmail's plain text beside its JSON part.
_REACTION = re.compile(
    r"\s*(?:\[[\w ]{3,20}\]\s+)?\W{0,8}.{1,80} reacted (?:to your message:?|via gmail\b.{0,120})\s*",
    re.IGNORECASE,
)


def has_an_automatic_prefix(message: InboundMessage) -> bool:
    """
    Whether the subject begins as automatic answers do, colon included.
    """
    return bool(_AUTOMATIC_PREFIX.match(message.subject))


def tells_of_an_absence(message: InboundMessage) -> bool:
    """
    Whether it is short, says that its writer is away, and for how long or who is there
    instead; or is titled so. A question, or a quote below it, is a person's.
    """
    text = message.text
    if len(text) > _LONGEST or len(text.split()) > _MOST_WORDS or "?" in text:
        return False
    flat = " ".join(text.split())
    if not _AWAY.search(flat):
        return False
    tells_when = bool(_BACK_OR_INSTEAD.search(flat)) or is_titled_as_an_absence(message)
    return tells_when and new_text(text) == text.strip()


def is_titled_as_an_absence(message: InboundMessage) -> bool:
    """
    Whether the whole subject is one of an absence: "Jane Doe is out of the office."
    """
    return bool(_ABSENT_SUBJECT.fullmatch(message.subject))


def has_a_challenge_field(message: InboundMessage) -> bool:
    """
    TMDA and Active Spam Killer sign their work.
    """
    return any(message.values(name) for name in _CHALLENGE_FIELDS)


def asks_for_a_proof(message: InboundMessage) -> bool:
    """
    Whether its subject and its words together ask the writer of a message to confirm it.
    """
    return bool(
        _CHALLENGE_SUBJECT.search(message.subject)
        and _CHALLENGE_WORDS.search(message.text[:_LONGEST])
        and _CHALLENGE_CAUSE.search(" ".join(message.text[:_LONGEST].split()))
    )


def says_that_it_was_read(message: InboundMessage) -> bool:
    """
    A receipt in words alone, as Outlook wrote them before RFC 2298.
    """
    return bool(_READ_SUBJECT.match(message.subject) and _READ_WORDS.match(message.text[:_LONGEST]))


def recalls_a_message(message: InboundMessage) -> bool:
    return bool(
        _RECALL_SUBJECT.match(message.subject) and _RECALL_WORDS.search(message.text[:_LONGEST])
    )


def reacts(message: InboundMessage) -> bool:
    """
    Whether all that it says is that somebody reacted.
    """
    text = message.text[:_LONGEST]
    return " reacted " in text and bool(_REACTION.fullmatch(new_text(text)))
