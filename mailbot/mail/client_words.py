"""
The words that mail clients put around what they quote or forward, by language.

Only recognised, never written. English and Welsh, the neighbours' tongues, and
those that are spoken at home in Britain.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum


class Field(StrEnum):
    """
    A field of the header that a client shows above what it quotes or forwards.
    """

    FROM = "from"
    DATE = "date"
    TO = "to"
    CC = "cc"
    SUBJECT = "subject"
    REPLY_TO = "reply_to"


#: What the clients call them: Outlook, Gmail, Apple Mail, Thunderbird, K-9, Samsung, mutt.
FIELD_NAMES: dict[Field, tuple[str, ...]] = {
    Field.FROM: (
        *("from", "oddi wrth", "anfonwr", "von", "de", "da", "van", "od", "från", "fra"),
        *("lähettäjä", "от", "від", "kimden", "feladó", "nadawca", "expéditeur", "absender"),
        *("mittente", "remitente", "ó", "差出人", "发件人", "寄件者", "보낸사람", "من"),
    ),
    Field.DATE: (
        *("sent", "date", "sent at", "date sent", "anfonwyd", "dyddiad", "gesendet", "gesendet am"),
        *("datum", "envoyé", "envoyé le", "enviado", "enviado el", "enviado em", "enviada em"),
        *("fecha", "inviato", "data", "verzonden", "wysłano", "wysłane", "skickat", "sendt"),
        *("dato", "lähetetty", "päivämäärä", "päiväys", "отправлено", "дата", "надіслано"),
        *("gönderildi", "tarih", "odesláno", "trimis", "dată", "küldve", "elküldve", "送信日時"),
        *("日期", "发送时间", "تاريخ", "dáta"),
    ),
    Field.TO: (
        *("to", "at", "i", "an", "à", "a", "para", "aan", "do", "till", "til", "kohde"),
        *("vastaanottaja", "кому", "kime", "kohteeseen", "komu", "către", "címzett", "empfänger"),
        *("destinataire", "destinatario", "destinatário", "chuig", "宛先", "收件人", "إلى"),
    ),
    Field.CC: (
        *("cc", "bcc", "copi", "kopie", "kopie (cc)", "copie", "copie à", "copia", "cópia"),
        *("kopia", "dw", "kopi", "копия", "копія", "抄送"),
    ),
    Field.SUBJECT: (
        *("subject", "pwnc", "testun", "betreff", "objet", "sujet", "asunto", "oggetto"),
        *("assunto", "onderwerp", "temat", "ämne", "emne", "aihe", "тема", "konu", "předmět"),
        *("subiect", "tárgy", "ábhar", "件名", "主题", "主旨", "الموضوع"),
    ),
    Field.REPLY_TO: ("reply-to", "reply to", "antwort an", "répondre à", "responder a", "ateb i"),
}

_BY_NAME = {name: field for field, names in FIELD_NAMES.items() for name in names}


def _any_of(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


#: A name, a colon and what it says; Gmail and Outlook make the name bold, French sets a space.
_FIELD = re.compile(
    rf"^\s*\**\s*(?P<name>{_any_of(_BY_NAME)})\s*\**\s*:\s*\**\s*(?P<said>.*?)\s*$", re.IGNORECASE
)

#: The nouns of "-----Original Message-----" and its kin.
_MESSAGE = _any_of(
    (
        *("message", "messages", "mail", "email", "e-mail", "appointment", "neges", "nachricht"),
        *("bericht", "mensaje", "messaggio", "mensagem", "wiadomość", "meddelande", "besked"),
        *("meddelelse", "melding", "viesti", "сообщение", "повідомлення", "mesaj", "zpráva"),
        *("üzenet", "teachtaireacht", "mesajul", "письмо"),
    )
)
_RULED = re.compile(
    rf"^\s*[-_=*]{{2,}}\s*(?=[^-_=*\s])(?=.{{0,120}}?\b({_MESSAGE})\b)"
    r"(?!.{0,20}\bend\b)[^:]{3,160}?\s*[-_=*]{2,}\s*$",
    re.IGNORECASE,
)
_FORWARD = _any_of(
    (
        *(
            "forwarded",
            "fwd",
            "weitergeleitete",
            "transféré",
            "réexpédié",
            "reenviado",
            "inoltrato",
        ),
        *("encaminhada", "reencaminhada", "doorgestuurd", "przekazana", "dalej", "vidarebefordrat"),
        *("videresendt", "välitetty", "пересылаемое", "переслане", "iletilen", "přeposlaná"),
        *("továbbított", "redirecționat", "ymlaen", "ar aghaidh"),
    )
)
_FORWARDED = re.compile(rf"\b({_FORWARD})\b", re.IGNORECASE)
_LONGEST_TITLE = 3  # words
#: Apple Mail has no rules around it.
_APPLE_FORWARD = re.compile(
    r"^\s*(begin forwarded message|dechrau'r neges a anfonwyd ymlaen|dechrau neges a anfonwyd ymlaen"
    r"|anfang der weitergeleiteten nachricht|début du message (transféré|réexpédié)"
    r"|inicio del mensaje reenviado|inizio messaggio inoltrato|in[ií]cio da mensagem encaminhada"
    r"|begin doorgestuurd bericht|początek przekazywanej wiadomości|vidarebefordrat brev"
    r"|start på videresendt besked|videresendt melding|välitetty viesti alkaa"
    r"|начало переадресованного сообщения)\s*:\s*$",
    re.IGNORECASE,
)

_WROTE = _any_of(
    (
        *("wrote", "writes", "sent", "said", "ysgrifennodd", "schrieb", "a écrit", "escribió"),
        *("ha scritto", "scrisse", "escreveu", "schreef", "geschreven", "napisał", "napisała"),
        *("napisał(a)", "napsal", "napsala", "napsal(a)", "skrev", "kirjoitti", "írta", "yazdı"),  # noqa: RUF001 - as it is spelt
        *("пишет", "написал", "написала", "написал(а)", "пише", "написав"),  # noqa: RUF001
        *("έγραψε", "scríobh", "a scris", "đã viết", "写道", "寫道", "كتب", "geskryf"),
    )
)
#: What an attribution begins with where its verb may stand before the name.
_OPENING = _any_of(
    (
        *("on", "ar", "am", "le", "el", "il", "il giorno", "em", "no dia", "op", "w dniu", "dnia"),
        *("den", "på", "dne", "pe", "în", "la", "в", "vào", "στις", "ar an"),
    )
)
_WHEN = (
    r"(?:\d|mon|tue|wed|thu|fri|sat|sun|llun|maw|mer|iau|gwe|sad|sul|mo\b|di\b|mi\b|do\b|fr\b|sa\b|so\b"
    r"|lun|mar|jeu|ven|sam|dim|mié|jue|vie|sáb|dom)"
)
_OPENED = re.compile(
    rf"^[-\s]*(?:{_OPENING})\b.{{0,300}}?\b(?:{_WROTE})(?!\w).{{0,120}}$", re.IGNORECASE | re.DOTALL
)
_CLOSED = re.compile(rf"^.{{1,300}}?(?:\b|(?<=\W))(?:{_WROTE})\s*[:-]+$", re.IGNORECASE | re.DOTALL)
#: The same without any verb, as Gmail once wrote it: "2011/4/7 Jane Doe <jane@example.com>".
_DATED = re.compile(r"^\d{4}[/-]\d\d?[/-]\d\d?\b.{0,120}<\s*\S+@\S+>\s*:?$", re.DOTALL)
_BEGINS_WITH_A_TIME = re.compile(rf"^[-\s]*(?:{_WHEN})", re.IGNORECASE)
_LINE_WITH_A_STOP = re.compile(r"[.!?;]\s*$")
_LONGEST_ATTRIBUTION = 5  # lines: clients wrap it, some with empty lines
_QUOTE_SIGN = re.compile(r"^\s*(?:>|&gt;|»|[A-Z]{2,3}>(?:\s|$))")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def visible(line: str) -> str:
    """
    The line for recognising: compatible characters made one, nothing invisible, no line end.
    """
    line = line.rstrip("\r\n")
    return line if line.isascii() else _INVISIBLE.sub("", unicodedata.normalize("NFKC", line))


def is_quoted(line: str) -> bool:
    """
    Whether the client has set its sign of a quote before the line.
    """
    return bool(_QUOTE_SIGN.match(line))


def field_of(line: str) -> tuple[Field, str] | None:
    """
    Which field of a header the line shows and what it says, or None.
    """
    found = _FIELD.match(line)
    return (_BY_NAME[found["name"].lower()], found["said"]) if found else None


def begins_a_message(line: str) -> bool:
    """
    "-----Original Message-----", "Begin forwarded message:" and their like.
    """
    if _APPLE_FORWARD.match(line):
        return True
    # "---- A message for Jane from our engineer ----" is somebody's own headline.
    is_short = len(line.strip("-_=* \t").split()) <= _LONGEST_TITLE
    return bool(_RULED.match(line)) and (is_short or bool(_FORWARDED.search(line)))


def begins_a_forward(line: str) -> bool:
    """
    Those of `begins_a_message` that say that something is passed on.
    """
    is_forward = _RULED.match(line) and _FORWARDED.search(line)
    return bool(is_forward or _APPLE_FORWARD.match(line))


def attribution_at(lines: list[str], index: int) -> int:
    """
    How many lines an attribution takes that starts here ("On …, … wrote:"); 0 if none does.
    """
    if not lines[index].strip():
        return 0
    for length in range(1, _LONGEST_ATTRIBUTION + 1):
        run = lines[index : index + length]
        if len(run) < length or (length > 1 and not _may_go_on(run)):
            return 0
        if run[-1].strip() and _attributes(" ".join(run), is_wrapped=length > 1):
            return length
    return 0


def _may_go_on(run: list[str]) -> bool:
    """
    Whether the last line can belong to an attribution that began lines before:
    those are no sentences, and nothing in it is quoted.
    """
    return not _LINE_WITH_A_STOP.search(run[-2]) and not is_quoted(run[-1])


def _attributes(text: str, *, is_wrapped: bool) -> bool:
    """
    Whether it names who wrote and when, as a client does: with an address or a
    date, and a colon or a rule at its end.
    """
    text = " ".join(text.split())
    if _DATED.match(text):
        return True
    if not text.endswith((":", "--")) or not any(each.isdigit() or each == "@" for each in text):
        return False
    if _OPENED.match(text):
        return True
    # A line of somebody's own before it must not be taken along.
    return bool(_CLOSED.match(text)) and (
        not is_wrapped or bool(_BEGINS_WITH_A_TIME.match(text) and any(map(str.isdigit, text)))
    )
