"""
What our own mail system has found of a message: that it is spam, that it fails DMARC.
"""

import re
from collections.abc import Iterable

from mailbot.mail.message import InboundMessage
from mailbot.mail.origin.authentication_results import results_in

_LEVEL = re.compile(r"-?\d{1,3}")
_DMARC_FAILED = re.compile(r"\bdmarc\s*=\s*fail\b", re.IGNORECASE)


def is_marked_spam(
    message: InboundMessage, signals: Iterable[tuple[str, str]], from_level: int
) -> bool:
    """
    Whether one of the *signals*, (field name, value), stands in the header, or Exchange's
    level is at least *from_level*; 0 = it is not read.
    """
    said = any(
        value in (each.strip().lower() for each in message.values(name)) for name, value in signals
    )
    return said or 0 < from_level <= _spam_confidence(message)


def _spam_confidence(message: InboundMessage) -> int:
    """
    Exchange's spam confidence level, -1 to 9, from the field it writes in its own
    organization or the one of Exchange Online; -1 if there is none.
    """
    said = [*message.values("x-ms-exchange-organization-scl")]
    for value in message.values("x-forefront-antispam-report"):
        said += [item[4:] for item in value.replace(" ", "").split(";") if item[:4] == "SCL:"]
    return max((int(each) for each in said if _LEVEL.fullmatch(each.strip())), default=-1)


def fails_dmarc(message: InboundMessage, authserv_id: str) -> bool:
    """
    RFC 8601 §5: only fields that our own host put on top are believed; "" = none is.
    """
    if not authserv_id:
        return False
    for value in message.authentication:
        host, _, results = value.partition(";")
        if host.strip().split(" ")[0].lower() != authserv_id.lower():
            return False
        if _says_failed(value, results):
            return True
    return False


def _says_failed(value: str, results: str) -> bool:
    """
    Whether it is the host's own result: in a comment stands what others have found before
    (RFC 8617 §4.1.1, "arc=pass (i=1 dmarc=fail)"). Of a field that cannot be read each word
    counts.
    """
    said = results_in(value)
    if said is None:
        return bool(_DMARC_FAILED.search(results))
    return any(each.method == "dmarc" and each.result == "fail" for each in said)
