"""
What gateways write before a subject: "[EXTERNAL]", "***SPAM***", "Extern:". It says nothing of
who wrote the message, and hides how the subject begins.

For judging alone: what is shown, filed or answered has the subject as it came. And what a
gateway says is not believed either (`own_verdicts` has whom we believe).
"""

import re
from functools import lru_cache

#: Words of which a tag has at least one. Where a person's subject begins with one in
#: brackets, nothing is lost by judging the rest.
_IN_EVERY_TAG = """
external ext outside extern externe externer externes externen externo externa externos
esterno esterna externt ekstern eksternt eksterne zewnętrzny zewnętrzna zewnętrzne externí
külső ulkoinen harici allanol εξωτερικό внешний внешняя внешнее зовнішній
外部 外部メール 外部邮件 외부
spam junk bulk scam phishing phish virus graymail disarmed marketing spamverdacht
suspected suspicious suspect unverified untrusted unsafe verdächtig ungeprüft suspecté
suspecte sospechoso sospetto suspeito misstänkt podejrzane подозрение newsender newcontact
caution warning attention achtung vorsicht warnung avertissement precaución advertencia
atención atenção attenzione waarschuwing varning advarsel uwaga rhybudd
encrypted verschlüsselt secure
"""
#: What stands beside them within one tag.
_BESIDE_THEM = """
e mail mails email e-mail message messages sender from source origin possible possibly
probable probably likely not verified new first time contact this is an a the unknown of
org organization organisation score nachricht absender mögliche von courriel expéditeur
origine correo remitente mensaje posible mittente messaggio remetente mensagem possível
bericht afzender wiadomość nadawca ebost e-post avsändare viesti письмо 邮件
"""
_TAGS = frozenset(_IN_EVERY_TAG.split())
_WORDS_OF_TAGS = _TAGS | frozenset(_BESIDE_THEM.split())
_BRACKETS = (
    *((r"\[+", r"\]+"), (r"\(+", r"\)+"), (r"\{+", r"\}+"), ("<+", ">+"), ("【", "】")),
    *((r"\*{1,8}", r"\*{1,8}"), ("#{1,8}", "#{1,8}"), ("_{1,8}", "_{1,8}")),
)
_LONGEST = 80  # characters within a tag
_IN_BRACKETS = re.compile(
    r"[\s\u26a0\ufe0f\U0001f6a8]*(?:"
    + "|".join(rf"{opens}([^\r\n]{{1,{_LONGEST}}}?){closes}" for opens, closes in _BRACKETS)
    + r")\s*[:\uff1a-]?\s*"
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
#: Without brackets fewer words count: "Warning: could not send" is how a bounce begins.
_BEFORE_A_COLON = re.compile(
    r"\s*(?:ext(?:ernal|erne?|erno|erna)?|esterno|ekstern|allanol|spam|caution)"
    r"(?:[ -](?:e-?mail|mail|sender|message))?(?:\s*[:\uff1a]\s*|\s+[-|\u2013\u2014]\s+)",
    re.IGNORECASE,
)
_REPLY = re.compile(
    r"\s*(?:re|aw|antw|sv|vs|odp|rif|res|ynt|fwd?|wg|tr)\s*[:\uff1a]\s*", re.IGNORECASE
)
_MOST = 8  # tags and signs of an answer that are looked at


@lru_cache(maxsize=256)
def without_tags(subject: str) -> str:
    """
    *subject* as its writer's program wrote it: without what gateways have set before it, or
    behind the "Re:" with which it begins. That "Re:" stays: a person answers with it.
    """
    kept, rest = "", subject
    for _ in range(_MOST):
        if found := _tag_at(rest):
            rest = rest[found:]
        elif answer := _REPLY.match(rest):
            kept, rest = kept + answer[0], rest[answer.end() :]
        else:
            break
    return kept + rest if rest.strip() else subject


def is_an_answer(subject: str) -> bool:
    """
    Whether it begins as answers and forwards do: "Re:", "WG:".
    """
    return bool(_REPLY.match(without_tags(subject)))


def _tag_at(subject: str) -> int:
    """
    Where the tag with which it begins ends; 0 if it begins with none.
    """
    if found := _IN_BRACKETS.match(subject):
        said = next(each for each in found.groups() if each is not None)
        words = set(_WORD.findall(said.lower()))
        return found.end() if words & _TAGS and words <= _WORDS_OF_TAGS else 0
    found = _BEFORE_A_COLON.match(subject)
    return found.end() if found else 0
