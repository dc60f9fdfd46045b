"""
Addresses that nobody reads: what comes from one is no person's, in whatever language it says
so, and an answer to it is lost.

A name may come near ("norah.reply@", "donot@", "casino-reply@"): the words count only as a
whole, with an edge or a sign on either side.
"""

import re
import unicodedata

#: The words as they are joined in an address; each "-" may be another sign, or nothing.
_WORDS = (
    *("no-reply", "no-replies", "do-not-reply", "dont-reply", "not-reply", "never-reply"),  # en
    *("no-response", "do-not-respond", "dont-respond", "no-answer", "do-not-answer"),
    *("no-respond", "no-reply-possible", "reply-not-possible", "auto-reply", "auto-responder"),
    *("cannot-reply", "not-monitored", "unmonitored", "unattended"),
    *("nicht-antworten", "nicht-beantworten", "keine-antwort", "keine-antworten"),  # de
    *("ne-pas-repondre", "ne-repondez-pas", "pas-de-reponse", "sans-reponse"),  # fr
    *("no-responder", "no-responda", "no-contestar", "no-conteste", "sin-respuesta"),  # es
    *("no-respongueu", "no-respondre"),  # ca
    *("nao-responda", "nao-responder", "sem-resposta"),  # pt
    *("non-rispondere", "no-rispondere", "nessuna-risposta"),  # it
    *("antwoord-niet-mogelijk", "niet-beantwoorden", "niet-antwoorden", "geen-antwoord"),  # nl
    *(
        "svar-ej",
        "svara-inte",
        "svara-ej",
        "inget-svar",
        "ej-svar",
        "besvara-ej",
        "besvara-inte",
    ),  # sv
    *("ikke-svar", "svar-ikke", "ikke-besvar", "besvar-ikke", "ingen-svar", "intet-svar"),  # da, no
    *("ma-ikke-besvares", "kan-ikke-besvares", "ekki-svara"),  # da, no, is
    *(
        "ala-vastaa",
        "ala-vastata",
        "ei-vastata",
        "ei-vastausta",
        "ara-vasta",
        "ara-vastake",
    ),  # fi, et
    *("neatsakyti", "neatsakykite", "neatbildet", "neatbildiet"),  # lt, lv
    *("nie-odpowiadaj", "nie-odpowiadac", "bez-odpowiedzi"),  # pl
    *("ne-odpovidat", "ne-odpovidejte", "ne-odpovedat", "ne-odpovedajte"),  # cs, sk
    *(
        "ne-reagujte",
        "ne-odgovarjaj",
        "ne-odgovarjajte",
        "ne-odgovaraj",
        "ne-odgovarajte",
    ),  # sl, hr
    *("ne-valaszolj", "ne-valaszoljon", "nu-raspunde", "nu-raspundeti"),  # hu, ro
    *("yanitlamayin", "yanitlamayiniz", "cevaplamayin", "cevaplamayiniz"),  # tr
    *(
        "cevap-vermeyin",
        "cevap-vermeyiniz",
        "ne-otvechat",
        "ne-otvechaite",
        "ne-otvechayte",
    ),  # tr, ru
    *("mi-apantate", "min-apantate", "dim-ateb", "peidiwch-ag-ateb", "na-freagair"),  # el, cy, ga
)
#: What is written before them without a sign: "mailnoreply", "pleasedonotreply".
_GLUED = (
    "e?mails?|info|services?|auto|alerts?|notify|notifications?|system|sms|web|please|bitte|kerjuk"
)
_ANY_OF_THEM = "|".join(each.replace("-", "[-_.]?") for each in _WORDS)
_SAYS_SO = re.compile(rf"(?<![a-z])(?:{_GLUED})?(?:{_ANY_OF_THEM})(?![a-z])|^(?:no-?|donot)reply")
_LABEL = re.compile(_ANY_OF_THEM)
#: The whole local part; a person may be called so with another name beside it.
_SYSTEMS_OWN = re.compile(r"(?:nobody|dev[-_.]?null|(?:mail(?:er)?[-_.]?)?daemon)[-_.]?\d*")
_POSTMASTER = re.compile(r"post[-_.]?master[-_.]?\d*")  # RFC 2142 §5
#: "example.co.uk" is a domain of its own; what stands before it is a part of one.
_SHARED_ENDING = re.compile(r"\.(?:co|com|org|net|ac|gov|me|ltd|plc|or|ne)\.[a-z]{2}$")


def takes_no_answer(address: str) -> bool:
    """
    Whether the address says in its words that nobody reads what is sent to it, before
    the `@` or in a part of the domain; or is one that only programs of a host have.
    """
    local, _, domain = address.rpartition("@")
    said = _plain(local)
    return (
        bool(_SAYS_SO.search(said))
        or bool(_SYSTEMS_OWN.fullmatch(said.partition("+")[0]))
        or any(_LABEL.fullmatch(each) for each in _parts_of(_plain(domain)))
    )


def is_a_postmasters(address: str) -> bool:
    return bool(_POSTMASTER.fullmatch(_plain(address.rpartition("@")[0]).partition("+")[0]))


def _plain(text: str) -> str:
    """
    Lower-case, and without accents: "não-responda".
    """
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(each for each in apart if not unicodedata.combining(each))


def _parts_of(domain: str) -> list[str]:
    """
    The labels before the domain that somebody has registered: whoever owns
    "noreply.example" may well read their mail.
    """
    kept = 3 if _SHARED_ENDING.search(domain) else 2
    return domain.split(".")[:-kept]
