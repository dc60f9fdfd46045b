"""
What is known where there is no memory at all: of everything that may be asked, nothing.
"""

from mailbot.cases.known.known import Known
from mailbot.cases.known.questions import Asks


class NothingBefore(Known):
    """
    Whatever was not read is not there; what has been decided since is.
    """

    def need(self, asks: Asks, about: str | int) -> None:
        """
        Every question is answered: there is none of it.
        """
