"""
`mailbot code`: the published code, sentence by sentence, and what keeps each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console

from mailbot.cases.rulebook.promise_tables import Promises
from mailbot.cases.rulebook.published import (
    Answer,
    Answered,
    answered,
    not_published,
    sentences,
)
from mailbot.cli.leaving import leave, must_be_free
from mailbot.cli.opening import give_up, quiet_settings
from mailbot.cli.options import Folder
from mailbot.cli.shown.document import Document, print_document
from mailbot.cli.shown.lines import Line, print_lines
from mailbot.page.published_code import code_page, counted
from mailbot.settings import ConfigurationProblems
from mailbot.settings.published import SENTENCES_FILE, answers_in, published_code


def tell_the_code(html: Path | None, *, is_forced: bool, as_json: bool) -> None:
    """
    Exit status 1 where a sentence is not answered, an answer is to no sentence, or the rulebook
    quotes as the code what it does not say.
    """
    settings = quiet_settings()
    must_be_free(html, is_forced=is_forced)
    try:
        text, answers = published_code(Folder.path), answers_in(Folder.path)
    except ConfigurationProblems as wrong:
        give_up("\nmailbot: ".join(wrong.problems))
    found, stale = answered(sentences(text), answers)
    firm = settings.firm
    clauses = {each: firm.rulebook.promise(each).clause for each in Promises.model_fields}
    apart = not_published(text, clauses)
    if html:
        page = code_page(found, stale, firm.rulebook.company.name, firm.face, apart)
        leave(html, page.encode(), is_forced=is_forced)
    if as_json:
        print_document(_document(found, stale, apart))
    else:
        print_lines(Console(), _lines(found, stale, apart))
    if stale or apart or any(each.answer is None for each in found):
        raise typer.Exit(1)


def _document(
    found: Sequence[Answered], stale: Sequence[Answer], apart: Mapping[str, str]
) -> Document:
    return {
        "sentences": [
            {
                "words": each.sentence.words,
                "under": list(each.sentence.under),
                "answer": asdict(each.answer) if each.answer else None,
            }
            for each in found
        ],
        "stale": [each.words for each in stale],
        "not_published": [{"promise": name, "clause": each} for name, each in apart.items()],
    }


def _lines(
    found: Sequence[Answered], stale: Sequence[Answer], apart: Mapping[str, str]
) -> Iterator[Line]:
    heading: tuple[str, ...] = ()
    for each in found:
        if each.sentence.under != heading:
            heading = each.sentence.under
            yield Line()
            yield Line(": ".join(heading), style="bold underline")
        yield Line(f"“{each.sentence.words}”", 2, "bold")
        if each.answer is None:
            yield Line(f"not answered: say in {SENTENCES_FILE} what keeps it", 4, "red")
            continue
        if each.answer.does:
            yield Line(each.answer.does, 4)
        if each.answer.people:
            label = "Left to people" if each.answer.does else "Nothing here for a program to do"
            yield Line(f"{label}: {each.answer.people}", 4, "italic")
        if each.answer.by:
            yield Line(f"It rests on: {', '.join(each.answer.by)}", 4, "dim")
    yield Line()
    for answer in stale:
        yield Line(
            f'{SENTENCES_FILE}: "{answer.words}" stands in no sentence of the code, or in several:'
            " quote it as it is now",
            style="red",
        )
    for name, clause in apart.items():
        yield Line(
            f'code.toml: promises.{name}.clause: "{clause}" does not stand in the published code,'
            " and is quoted as its words: make the two say the same",
            style="red",
        )
    yield Line(counted(found))
