"""
The published code as text, cut into its sentences; and what somebody has said of each.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

#: A new sentence begins with a capital after the end of one.
_BETWEEN = re.compile(r"(?<=[.?!])\s+(?=[A-Z\"“])")
_ENDS = (".", "?", "!", ":")


@dataclass(frozen=True)
class Sentence:
    """
    One sentence as the customer reads it. What follows a colon belongs to it.
    """

    words: str
    #: The headings and the row of a table under which it stands.
    under: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """
    What is done about one sentence. *does* is empty where a program can do nothing for it.
    """

    #: Some words of the sentence, of no other.
    words: str
    does: str = ""
    #: What it rests on: "promise acknowledge", "template closed", "command #call" ...
    by: tuple[str, ...] = ()
    #: What only people can keep of it.
    people: str = ""
    #: The names of the tests that prove it.
    tests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answered:
    """
    A sentence, and what was said of it; None: nobody has said anything yet.
    """

    sentence: Sentence
    answer: Answer | None


def sentences(text: str) -> Iterator[Sentence]:
    """
    The sentences of a code in their order. A line that is no sentence is the heading of what
    follows; a line with tabs is the row of a table, whose last cell holds the sentences.
    """
    heading: tuple[str, ...] = ()
    for block in _blocks(text):
        if "\t" in block[0]:
            for row in block:
                yield from _row(row, heading)
        elif len(block) == 1 and not block[0].rstrip().endswith(_ENDS):
            heading = (_one_line(block[0]),)
        else:
            yield from _cut("\n".join(block), heading)


def not_published(text: str, clauses: Mapping[str, str]) -> dict[str, str]:
    """
    By promise, each clause that stands nowhere in the published code: mails, the report and the
    file for the ombudsman quote it as the code's own words.
    """
    published = _one_line(text)
    return {name: each for name, each in clauses.items() if _one_line(each) not in published}


def answered(
    said: Iterable[Sentence], answers: Sequence[Answer]
) -> tuple[list[Answered], list[Answer]]:
    """
    Each sentence with what was said of it; and the answers whose words stand in no sentence,
    or in several: the code has changed, or they quote too little.
    """
    everything = list(said)
    found: dict[int, Answer] = {}
    stale = []
    for answer in answers:
        places = [
            number
            for number, each in enumerate(everything)
            if _one_line(answer.words) in each.words
        ]
        if len(places) == 1:
            found[places[0]] = answer
        else:
            stale.append(answer)
    return [Answered(each, found.get(number)) for number, each in enumerate(everything)], stale


def _blocks(text: str) -> Iterator[list[str]]:
    """
    Lines without an empty one between them; what a colon announces belongs to it, unless it
    is a table.
    """
    announced: list[str] = []
    for lines in re.split(r"\n\s*\n", text.strip()):
        block = lines.split("\n")
        if announced and "\t" in block[0]:
            yield announced
        elif announced:
            block = [*announced, *block]
        announced = [] if announced or not block[-1].rstrip().endswith(":") else block
        if not announced:
            yield block
    if announced:
        yield announced


def _row(row: str, heading: tuple[str, ...]) -> Iterator[Sentence]:
    cells = [_one_line(each) for each in row.split("\t")]
    # The head of a table has nothing where its rows have a number.
    if not cells[0]:
        return
    label = " ".join(cells[:-1])
    yield from _cut(cells[-1], (*heading, label))


def _cut(text: str, under: tuple[str, ...]) -> Iterator[Sentence]:
    for each in _BETWEEN.split(text) if ":\n" not in text else [text]:
        yield Sentence(_one_line(each), under)


def _one_line(text: str) -> str:
    return " ".join(text.split())
