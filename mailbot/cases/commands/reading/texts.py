"""
Commands that are a text: for the customer, for the file, or a reason.
"""

from collections.abc import Callable

from mailbot.cases.commands.orders import Command, Misspoken
from mailbot.cases.commands.reading.spoken_moment import Reckoning

#: Takes the rest of the line, the body and the reckoning.
Reader = Callable[[str, str, Reckoning], Command]


def text_for_the_customer(name: str, make: Callable[[str], Command]) -> Reader:
    def read(rest: str, body: str, reckoning: Reckoning) -> Command:
        text = "\n\n".join(filter(None, (rest, body)))
        if not text:
            raise Misspoken(
                f"#{name} needs the text that the customer is to read: write it below that line, and"
                " send the email again"
            )
        return make(text)

    return read


def reason(name: str, make: Callable[[str], Command], example: str) -> Reader:
    """
    The rest of the line alone: it may be shown to the customer, text below never is.
    """

    def read(rest: str, body: str, reckoning: Reckoning) -> Command:
        if not rest:
            raise Misspoken(f'#{name} needs more, on the same line, such as "#{name} {example}"')
        return make(rest)

    return read


def internal_text(name: str, make: Callable[[str], Command]) -> Reader:
    def read(rest: str, body: str, reckoning: Reckoning) -> Command:
        text = "\n\n".join(filter(None, (rest, body)))
        if not text:
            raise Misspoken(f"#{name} needs a text: write it behind the word, or below that line")
        return make(text)

    return read


def bare(make: Callable[[], Command]) -> Reader:
    def read(rest: str, body: str, reckoning: Reckoning) -> Command:
        return make()

    return read
