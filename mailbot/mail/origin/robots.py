"""
The words by which a robot gives itself away where no header field does: absences,
challenges, receipts, recalls and reactions.

People write such words too. What is decided by the words alone is in doubt
(`classify.IN_DOUBT`): it is not acknowledged, and a person is told.
"""

import re

from mailbot.mail.message import InboundMessage
from mailbot.mail.origin.automatic_fields import keyword
from mailbot.mail.origin.subject_tags import without_tags
from mailbot.mail.quoting.banners import without_banner
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
    r"|automatická odpoveď|samodejni odgovor|avtomatični odgovor|automatski odgovor"  # sk, sl, hr, sr
    r"|automātiskā atbilde|automatinis atsakymas|automaatvastus|sjálfvirkt svar"  # lv, lt, et, is
    r"|freagra uathoibríoch|resposta automàtica|erantzun automatikoa|balasan (?:otomatis|automatik)"
    r"|trả lời tự động|автоматичен отговор|аутоматски одговор|תשובה אוטומטית|رد تلقائي|پاسخ خودکار"
    r"|ตอบกลับอัตโนมัติ|स्वचालित उत्तर"
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
    r"|ateb awtomatig|afwezigheids(?:bericht|melding)|respuesta automática|fuera de (?:la )?oficina"
    r"|risposta automatica|fuori ufficio|resposta automática|ausência do escritório"
    r"|autosvar|automatisk svar|frånvaromeddelande|fraværsmelding|fraværsbesked"
    r"|poissaoloilmoitus|automaattinen vastaus|odpowiedź automatyczna|automatická odpověď"
    r")[.!]?\s*",
    re.IGNORECASE,
)

_AWAY = re.compile(
    r"\b(?=[bcdeijmnorst])(?:"  # the first letters of what follows: most words have another
    r"\b(?:i am|i'm|i\u2019m|i will be|i'll be|i\u2019ll be)\b[^?!]{0,40}"
    r"\b(?:out of (?:the )?office|away from (?:the|my) (?:office|desk)|on (?:annual |maternity |paternity"
    r" |parental |sick |study )?leave|on (?:holiday|vacation)|not in the office)"
    r"|\b(?:ich bin|bin ich|ich befinde mich)\b[^?!]{0,60}\b(?:nicht im (?:büro|haus|hause)|nicht (?:erreichbar|anwesend)"
    r"|außer haus|abwesend|im urlaub|in elternzeit)"
    r"|\bje (?:suis|serai)\b[^?!]{0,40}\b(?:absente?|en congés?|en vacances|hors du bureau)"
    r"|\bik ben\b[^?!]{0,40}\b(?:afwezig|niet aanwezig|niet op kantoor|op vakantie|met verlof)"
    r"|\b(?:estoy|estaré|me encuentro)\b[^?!]{0,40}\b(?:fuera de la oficina|de vacaciones|ausente)"
    r"|\b(?:sono|sarò)\b[^?!]{0,40}\b(?:fuori (?:ufficio|sede)|assente|in ferie|in vacanza)"
    r"|\b(?:estou|estarei|encontro-me)\b[^?!]{0,40}\b(?:fora do escritório|ausente|de férias)"
    r"|\b(?:jestem|będę)\b[^?!]{0,40}\b(?:nieobecn[ya]|poza biurem|na urlopie)"
    r"|\bjag är\b[^?!]{0,40}\b(?:inte på kontoret|på semester|frånvarande|tjänstledig|ledig)"
    r"|\bjeg er\b[^?!]{0,40}\b(?:ikke på kontoret|på ferie|fraværende|ute av kontoret)"
    r"|\bolen\b[^?!]{0,40}\b(?:lomalla|poissa)"
    r"|\b(?:jsem|budu)\b[^?!]{0,40}\b(?:mimo kancelář|na dovolené|nepřítom(?:en|na))"
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
    r"|volveré|regreso|hasta el|urgente|contacte|yn ôl|tan|brys|cysylltwch"
    r"|torner[òo]|rientr\w+|fino al|contattare|voltarei|regresso|até|contactar"
    r"|wracam|wrócę|do dnia|pilnych|åter|tillbaka|till och med|kontakta|brådskande"
    r"|tilbake|tilbage|til og med|haster|kontakt|palaan|asti|kiireellis\w+"
    r"|vrátím|naléhavých|kontaktujte)\b",
    re.IGNORECASE,
)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_MOST_WORDS = 150
#: Characters of a text that are looked at: a robot says what it has to say on top.
_LONGEST = 4000

#: Challenge-response systems put these on the mail of the people behind them, too.
_CHALLENGE_FIELDS = ("x-tmda-fingerprint", "x-askversion", "x-ask-version", "x-spamarrest-code")
#: Where TMDA wants the answer to its question: "jane-confirm-1067.12345.abcdef@".
_ASKING_ADDRESS = re.compile(r".*[-+]confirm-[\w.]+@.*|.*-c-\d+\.\d+\.\w+@.*")
_ASKING_SUBJECT = re.compile(r"\(?conf#\w+\)?|verify#", re.IGNORECASE)
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
    r"|darllenwyd|lida|läst|læst|lest|luettu|(?:prze|od)czytano|přečteno|read receipt|return receipt|disposition notification|lesebestätigung"
    r"|accusé de lecture)\s*(?:\(displayed\)\s*)?[:-]",
    re.IGNORECASE,
)
_READ_WORDS = re.compile(
    r"\A\s*(?:your message\b.{0,600}?\b(?:was (?:read|deleted|displayed)|has been (?:read|displayed))"
    r"|this is a (?:return|read) receipt for the (?:mail|message)"
    r"|ihre nachricht\b.{0,600}?\bwurde am\b.{0,80}\bgelesen"
    r"|votre message\b.{0,600}?\ba été lu"
    r"|(?:su|tu) mensaje\b.{0,600}?\b(?:fue|ha sido) leído|(?:il|suo) messaggio\b.{0,600}?\bè stato letto"
    r"|uw bericht\b.{0,600}?\b(?:is|werd) (?:op .{1,40} )?gelezen|(?:a )?sua mensagem\b.{0,600}?\bfoi lida"
    r"|ditt meddelande\b.{0,600}?\b(?:lästes|har lästs)|din meddelelse\b.{0,600}?\bblev læst"
    r"|meldingen\b.{0,600}?\b(?:ble|er) lest|viestisi\b.{0,600}?\bon luettu"
    r"|twoja wiadomość\b.{0,600}?\bzostała (?:prze|od)czytana|vaše zpráva\b.{0,600}?\bbyla přečtena"
    r"|darllenwyd eich neges)",
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
    return bool(_AUTOMATIC_PREFIX.match(without_tags(message.subject)))


def tells_of_an_absence(message: InboundMessage) -> bool:
    """
    Whether it is short, says that its writer is away, and for how long or who is there
    instead; or is titled so, and may then have no text. A question, or a quote below it,
    is a person's.
    """
    text = without_banner(message.text)
    if len(text) > _LONGEST or len(text.split()) > _MOST_WORDS or "?" in text:
        return False
    flat = _flat(text)
    if not flat:
        return message.readable and is_titled_as_an_absence(message)
    if not _AWAY.search(flat):
        return False
    tells_when = bool(_BACK_OR_INSTEAD.search(flat)) or is_titled_as_an_absence(message)
    return tells_when and _flat(new_text(text)) == flat


def _flat(text: str) -> str:
    """
    The words alone: empty lines, and what nobody sees, are no part of what is said.
    """
    return " ".join(_UNSEEN.sub("", text).split())


def is_titled_as_an_absence(message: InboundMessage) -> bool:
    """
    Whether the whole subject is one of an absence: "Jane Doe is out of the office."
    """
    return bool(_ABSENT_SUBJECT.fullmatch(without_tags(message.subject)))


def has_a_challenge_field(message: InboundMessage) -> bool:
    """
    TMDA, Active Spam Killer and their like sign their work; and a question of theirs, where
    it does not say that a program wrote it, has a subject or an address that asks.
    """
    if not any(message.values(name) for name in _CHALLENGE_FIELDS):
        return False
    subject = without_tags(message.subject)
    return (
        any(keyword(each) not in {"no", ""} for each in message.values("auto-submitted"))
        or bool(_ASKING_SUBJECT.search(subject) or _CHALLENGE_SUBJECT.search(subject))
        or any(
            _ASKING_ADDRESS.fullmatch(each.key) for each in (*message.senders, *message.reply_to)
        )
    )


def asks_for_a_proof(message: InboundMessage) -> bool:
    """
    Whether its subject and its words together ask the writer of a message to confirm it.
    """
    return bool(
        _CHALLENGE_SUBJECT.search(without_tags(message.subject))
        and _CHALLENGE_WORDS.search(message.text[:_LONGEST])
        and _CHALLENGE_CAUSE.search(" ".join(message.text[:_LONGEST].split()))
    )


def says_that_it_was_read(message: InboundMessage) -> bool:
    """
    A receipt in words alone, as Outlook wrote them before RFC 2298.
    """
    if not _READ_SUBJECT.match(without_tags(message.subject)):
        return False
    return bool(_READ_WORDS.match(without_banner(message.text)[:_LONGEST]))


def recalls_a_message(message: InboundMessage) -> bool:
    return bool(
        _RECALL_SUBJECT.match(without_tags(message.subject))
        and _RECALL_WORDS.search(message.text[:_LONGEST])
    )


def reacts(message: InboundMessage) -> bool:
    """
    Whether all that it says is that somebody reacted.
    """
    text = message.text[:_LONGEST]
    return " reacted " in text and bool(_REACTION.fullmatch(new_text(text)))
