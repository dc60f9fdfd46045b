"""
The words that mail clients put around what they quote or forward, by language.

Only recognised, never written. English and Welsh, the neighbours' tongues, and
those that are spoken at home in Britain.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from itertools import chain


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
        *("από", "šalje", "подател", "보낸 사람", "từ", "מאת"),
        # ro, lt, et, sq; not Latvian, whose "no" is a number's in an English letter.
        *("de la", "nuo", "saatja", "nga"),
    ),
    Field.DATE: (
        *("sent", "date", "sent at", "date sent", "anfonwyd", "dyddiad", "gesendet", "gesendet am"),
        *("datum", "envoyé", "envoyé le", "enviado", "enviado el", "enviado em", "enviada em"),
        "enviada",
        *("fecha", "inviato", "data", "verzonden", "wysłano", "wysłane", "skickat", "sendt"),
        *("dato", "lähetetty", "päivämäärä", "päiväys", "отправлено", "дата", "надіслано"),
        *("gönderildi", "tarih", "odesláno", "trimis", "dată", "küldve", "elküldve", "送信日時"),
        *("日期", "发送时间", "تاريخ", "dáta", "στάλθηκε", "ημερομηνία", "poslano", "odoslané"),
        *("изпратено", "보낸 날짜", "đã gửi", "נשלח", "تم الإرسال"),
        *("išsiųsta", "nosūtīts", "datums", "saadetud", "kuupäev", "dërguar"),  # lt, lv, et, sq
    ),
    Field.TO: (
        *("to", "at", "i", "an", "à", "a", "para", "aan", "do", "till", "til", "kohde"),
        *("vastaanottaja", "кому", "kime", "kohteeseen", "komu", "către", "címzett", "empfänger"),
        *("destinataire", "destinatario", "destinatário", "chuig", "pour", "宛先", "收件人", "إلى"),
        *("προς", "prima", "до", "받는 사람", "받는사람", "tới", "אל"),
        *("kam", "adressaat", "saaja", "për"),  # lt and lv, et, sq
    ),
    Field.CC: (
        *("cc", "bcc", "copi", "kopie", "kopie (cc)", "copie", "copie à", "copia", "cópia"),
        *("kopia", "dw", "kopi", "копия", "копія", "抄送"),
    ),
    Field.SUBJECT: (
        *("subject", "pwnc", "testun", "betreff", "objet", "sujet", "asunto", "oggetto"),
        *("assunto", "onderwerp", "temat", "ämne", "emne", "aihe", "тема", "konu", "předmět"),
        *("subiect", "tárgy", "ábhar", "件名", "主题", "主旨", "الموضوع"),
        *("θέμα", "predmet", "относно", "제목", "chủ đề", "נושא"),
        *("tema", "tēma", "teema", "subjekti"),  # lt, lv, et, sq
    ),
    Field.REPLY_TO: ("reply-to", "reply to", "antwort an", "répondre à", "responder a", "ateb i"),
}

_BY_NAME = {name: field for field, names in FIELD_NAMES.items() for name in names}


def _any_of(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


#: The nouns of "-----Original Message-----" and its kin.
_MESSAGE = _any_of(
    (
        *("message", "messages", "mail", "email", "e-mail", "appointment", "neges", "nachricht"),
        *("bericht", "mensaje", "messaggio", "mensagem", "wiadomość", "meddelande", "besked"),
        *("meddelelse", "melding", "viesti", "сообщение", "повідомлення", "mesaj", "zpráva"),
        *("üzenet", "teachtaireacht", "mesajul", "письмо"),
    )
)
_NOUN = re.compile(rf"\b({_MESSAGE})\b|邮件|郵件|メッセージ|メール|메시지|메일", re.IGNORECASE)
_RULES = ("-", "_", "=", "*")
_RULED = re.compile(r"^\s*[-_=*]{2,}\s*(?P<title>[^-_=*\s:][^:]{2,160}?)\s*[-_=*]{2,}\s*$")
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

_WROTE_WORDS = (
    *("wrote", "writes", "sent", "said", "ysgrifennodd", "schrieb", "a écrit", "escribió"),
    *("ha scritto", "scrisse", "escreveu", "schreef", "geschreven", "napisał", "napisała"),
    *("napisał(a)", "napsal", "napsala", "napsal(a)", "skrev", "kirjoitti", "írta", "yazdı"),  # noqa: RUF001 - as it is spelt
    "pisze",
    *("пишет", "написал", "написала", "написал(а)", "пише", "написав"),  # noqa: RUF001
    *("έγραψε", "scríobh", "a scris", "đã viết", "写道", "寫道", "كتب", "geskryf"),
)
_WROTE = _any_of(_WROTE_WORDS)
#: What an attribution begins with where its verb may stand before the name.
_OPENING = _any_of(
    (
        *("on", "ar", "am", "le", "el", "il", "il giorno", "em", "no dia", "op", "w dniu", "dnia"),
        *("den", "på", "dne", "pe", "în", "la", "в", "vào", "στις", "ar an"),
    )
)
_OPENED = re.compile(rf"^[-\s]*(?:{_OPENING})\b", re.IGNORECASE)
#: With a look at the first letter: no verb begins at most places.
_WROTE_LETTERS = "".join(sorted({each[0] for each in _WROTE_WORDS}))
_VERB = re.compile(rf"(?<!\w)(?=[{_WROTE_LETTERS}])(?:{_WROTE})(?!\w)", re.IGNORECASE)
_LONGEST_NAME = 120  # characters that may stand behind the verb
#: The same without any verb, as Gmail once wrote it: "2011/4/7 Jane Doe <jane@example.com>".
_DATED = re.compile(r"^\d{4}[/-]\d\d?[/-]\d\d?\b.{0,120}<\s*\S+@\S+>\s*:?$", re.DOTALL)
#: Zoho, where it knows no date: "---- Jane Doe wrote ----".
_RULED_NAME = re.compile(rf"-{{2,}} ?\S.{{0,60}} (?:{_WROTE}) ?-{{2,}}", re.IGNORECASE)
#: With an address and no date: "Jane Doe <jane@example.com> wrote:".
_NAMED = re.compile(rf"[^<(:]{{0,60}}[<(]\s*\S+@\S+?\s*[>)]\s*(?:{_WROTE}) ?:", re.IGNORECASE)
#: Horde: "Quoting Jane Doe <jane@example.com>:".
_QUOTING = re.compile(
    r"(?:quoting|zitat von|citando(?: a)?|citation de|citat från|citeren|cytowanie|lainaus)"
    r" [^<:]{0,60}<?\s*\S+@\S+?\s*>?\s*:",
    re.IGNORECASE,
)
#: Tuta: "20 Nov 2026, 16:45 by jane@example.com:".
_BY = re.compile(
    r"\d{1,2}\.? \w{3,12}\.? \d{4},? \d\d?[:.]\d\d (?:by|von|par|de|da|por|van|od|av|af) \S+@\S+:",
    re.IGNORECASE,
)
#: Notes: "Jane Doe---20/11/2026 16:45:00---Hello".
_NOTES = re.compile(r"[^-]{1,80}---\d\d?[/.]\d\d?[/.]\d{4} \d\d?[:.]\d\d.{0,9}---")
#: Whatever the language: an address, a year and a time of day.
_COMPLETE = (
    re.compile(r"[<(\[]\s*\S+@\S+?\s*[>)\]]"),
    re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)"),
    re.compile(r"(?<!\d)\d\d?[:.h]\d\d(?!\d)"),
)
_LONGEST = 400  # characters
_LONGEST_FIELD = 2000  # characters of a line that are looked at
_ENDS = (":", "--", ">")
#: "Nov." ends no sentence.
_WORD_AND_STOP = re.compile(r"\w{5}\.")
_OTHER_STOPS = ("!", "?", ";")
_LONGEST_ATTRIBUTION = 5  # lines: clients wrap it, some with empty lines
_QUOTE_SIGNS = (">", "&gt;", "»")
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
    return line.lstrip().startswith(_QUOTE_SIGNS)


def field_of(line: str) -> tuple[Field, str] | None:
    """
    Which field of a header the line shows and what it says, or None.
    """
    # Gmail and Outlook make the name bold, French sets a space before the colon.
    name, colon, said = line[:_LONGEST_FIELD].partition(":")
    field = _BY_NAME.get(name.strip("* \t\u00a0").lower()) if colon else None
    return (field, said.strip("* \t\u00a0")) if field else None


def begins_a_message(line: str) -> bool:
    """
    "-----Original Message-----", "Begin forwarded message:" and their like.
    """
    # Most lines begin and end otherwise, and one look tells.
    said = line.strip()
    if "---" in said[1:] and _NOTES.match(said):
        return True
    if said.endswith(":") and _APPLE_FORWARD.match(line):
        return True
    if not said.startswith(_RULES):
        return False
    title = _title(line)
    # "---- A message for Jane from our engineer ----" is somebody's own headline.
    return len(title.split()) in range(1, _LONGEST_TITLE + 1) or bool(_FORWARDED.search(title))


def begins_a_forward(line: str) -> bool:
    """
    Those of `begins_a_message` that say that something is passed on.
    """
    return bool(_FORWARDED.search(_title(line)) or _APPLE_FORWARD.match(line))


def _title(line: str) -> str:
    """
    What stands between two rules on one line if it names a message; else "".
    """
    found = _RULED.match(line)
    is_of_a_message = found and _NOUN.search(found["title"])
    is_end = found and found["title"].lower().startswith("end ")
    return found["title"] if found and is_of_a_message and not is_end else ""


def near_an_end(lines: list[str]) -> list[int]:
    """
    The indexes of the lines at which an attribution may start: it ends in few signs, and
    most lines are nowhere before one.
    """
    ends = [index for index, line in enumerate(lines) if line.rstrip().endswith(_ENDS)]
    starts = (range(max(0, end - _LONGEST_ATTRIBUTION + 1), end + 1) for end in ends)
    return sorted(set(chain.from_iterable(starts)))


def attribution_at(lines: list[str], index: int) -> int:
    """
    How many lines an attribution takes that starts here ("On …, … wrote:"); 0 if none does.
    """
    ahead = lines[index : index + _LONGEST_ATTRIBUTION]
    if not lines[index].strip() or not any(line.rstrip().endswith(_ENDS) for line in ahead):
        return 0
    for length in range(1, _LONGEST_ATTRIBUTION + 1):
        run = lines[index : index + length]
        if len(run) < length or (length > 1 and not _may_go_on(run)):
            return 0
        if run[-1].rstrip().endswith(_ENDS) and _attributes(run):
            return length
    return 0


def _may_go_on(run: list[str]) -> bool:
    """
    Whether the last line can belong to an attribution that began lines before:
    those are no sentences, and nothing in it is quoted.
    """
    before = run[-2].rstrip()
    is_a_sentence = before.endswith(_OTHER_STOPS) or _WORD_AND_STOP.fullmatch(before[-6:])
    # "<jane@example.com" and "> wrote:" on two lines: the sign ends a bracket.
    so_far = " ".join(run[:-1])
    ends_a_bracket = len(run[-1]) <= _LONGEST_NAME and so_far.count("<") > so_far.count(">")
    return not is_a_sentence and (ends_a_bracket or not is_quoted(run[-1]))


def _attributes(run: list[str]) -> bool:
    """
    Whether it names who wrote and when, as a client does: with an address or a
    date, and a colon or a rule at its end.
    """
    text = " ".join(" ".join(run).split())
    if len(text) > _LONGEST or not text.endswith(_ENDS):
        return False
    if _DATED.match(text) or _RULED_NAME.fullmatch(text) or _BY.fullmatch(text):
        return True
    has_its_name = len(run) == 1 or "<" in run[0] or run[1].lstrip().startswith("<")
    if has_its_name and (_NAMED.fullmatch(text) or _QUOTING.fullmatch(text)):
        return True
    if text.endswith(">") or not ("@" in text or any(map(str.isdigit, text))):
        return False
    lower = text.lower()
    is_opened = _OPENED.match(text) is not None
    is_closed = len(run) == 1 and lower.rstrip(":- ").endswith(_WROTE_WORDS)
    # The search is dear, and most lines name no verb at all, or none where it counts.
    may_name = (is_opened or is_closed) and any(word in lower for word in _WROTE_WORDS)
    verb = _VERB.search(text) if may_name else None
    if verb and is_opened and len(text) - verb.end() <= _LONGEST_NAME:
        return True
    if len(run) == 1:
        return (is_closed and verb is not None) or _is_complete(text)
    # A line of somebody's own before it must not be taken along, a name before its address is.
    starts = range(2 if run[1].lstrip().startswith("<") else 1, len(run))
    is_first = not any(_is_complete(" ".join(run[start:])) for start in starts)
    return is_first and _is_complete(text)


def _is_complete(text: str) -> bool:
    return all(each.search(text) for each in _COMPLETE)
