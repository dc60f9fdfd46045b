"""
What one of our people writes above a customer's mail that they pass on: meant for whoever
gets the case, and for nobody outside.
"""

from dataclasses import dataclass

from mailbot.cases.correspondence.frame import names_of, says_nothing, without_signature
from mailbot.cases.wording.cutting import bounded
from mailbot.mail.quoting.forwarded import Forwarded, How

#: Octets of it that a mail shows.
_MOST = 5_000


@dataclass(frozen=True, kw_only=True)
class Cover:
    """
    The words, and who wrote them.
    """

    by: str
    words: str

    @property
    def facts(self) -> dict[str, object]:
        return {"cover": {"by": self.by, "words": self.words}}


def cover_of(mail: Forwarded, new_words: str, by: str) -> Cover | None:
    """
    The cover of a mail that *by* has passed on, without their signature; *new_words* are
    those of the mail that brought it. None if there is none.
    """
    names = names_of(by)
    said = mail.comment if mail.how is How.INLINE else new_words
    if says_nothing(said, names):
        return None
    return Cover(by=by, words=bounded(without_signature(said, names), _MOST))
