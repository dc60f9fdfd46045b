"""
The published code, sentence by sentence: what is done for each, by what, and what proves it.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from mailbot.cases.rulebook.published import Answer, Answered
from mailbot.face import PLAIN, Face
from mailbot.page.frame import framed
from mailbot.page.words import said

_STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; padding: 1.5rem; max-width: 58rem; color: #1c1c1a; background: #fff;
  font: 1rem/1.5 Arial, Helvetica, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 0.75rem; }
h2 { font-size: 1.25rem; margin: 2.25rem 0 0.5rem; border-bottom: 2px solid #8a8a8a; }
h3 { font-size: 1rem; margin: 1.25rem 0 0.25rem; }
article { margin: 0 0 1.5rem; padding: 0 0 0 1rem; border-left: 4px solid #1d6130;
  break-inside: avoid; }
article.people { border-left-style: double; border-left-color: #0b4f8a; }
article.open { border-left-style: dashed; border-left-color: #a11212; }
blockquote { margin: 0 0 0.5rem; font-weight: bold; }
p { margin: 0 0 0.4rem; }
.by, .tests { font-size: 0.875rem; color: #444; }
.tests code { display: block; font-size: 0.8rem; overflow-wrap: anywhere; }
summary { cursor: pointer; }
@media print { body { padding: 0; font-size: 10pt; } }
"""


def code_page(
    answered: Sequence[Answered],
    stale: Sequence[Answer],
    firm: str,
    face: Face = PLAIN,
    apart: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """
    The page. *stale* are answers whose words stand in no sentence of the code any more, *apart*
    by promise the clauses of the rulebook that stand nowhere in it.
    """
    return framed(
        f"The complaints code of {firm}, sentence by sentence",
        _STYLE,
        _body(answered, stale, firm, apart),
        face,
        has_night=False,
    )


def counted(answered: Sequence[Answered]) -> str:
    """
    How many sentences there are, and how they are kept, in words.
    """
    by_mailbot = sum(1 for each in answered if each.answer and each.answer.does)
    by_people = sum(1 for each in answered if each.answer and not each.answer.does)
    left = len(answered) - by_mailbot - by_people
    words = (
        f"{len(answered)} sentences. For {by_mailbot} of them mailbot does something; "
        f"in {by_people} there is nothing for a program to do"
    )
    return f"{words}; {left} nobody has answered yet." if left else f"{words}."


def _body(
    answered: Sequence[Answered], stale: Sequence[Answer], firm: str, apart: Mapping[str, str]
) -> Iterator[str]:
    yield f"<h1>The complaints code of {said(firm)}, sentence by sentence</h1>"
    yield f"<p>{said(counted(answered))}</p>"
    for heading, some in groupby(answered, key=lambda each: each.sentence.under[:1]):
        yield f"<h2>{said(' '.join(heading) or 'Before the first heading')}</h2>"
        for row, same in groupby(some, key=lambda each: each.sentence.under[1:]):
            if row:
                yield f"<h3>{said(' '.join(row))}</h3>"
            for each in same:
                yield from _article(each)
    if stale:
        yield "<h2>Answers to what the code does not say</h2>"
        yield "<p>These words stand in no sentence of it, or in more than one:</p>"
        yield "<ul>"
        yield from (f"<li>{said(each.words)}</li>" for each in stale)
        yield "</ul>"
    if apart:
        yield "<h2>Quoted as the code, and not in it</h2>"
        yield "<p>Letters quote these clauses of the rulebook as words of the code:</p>"
        yield "<ul>"
        yield from (f"<li>{said(each)}</li>" for each in apart.values())
        yield "</ul>"


def _article(each: Answered) -> Iterator[str]:
    answer = each.answer
    kind = "open" if answer is None else "kept" if answer.does else "people"
    yield f'<article class="{kind}">'
    yield f"<blockquote>{said(each.sentence.words)}</blockquote>"
    if answer is None:
        yield "<p>Nobody has said yet what keeps this sentence.</p>"
    else:
        yield from _answer(answer)
    yield "</article>"


def _answer(answer: Answer) -> Iterator[str]:
    if answer.does:
        yield f"<p>{said(answer.does)}</p>"
    if answer.people:
        label = "Left to people" if answer.does else "Nothing here for a program to do"
        yield f"<p><i>{label}:</i> {said(answer.people)}</p>"
    if answer.by:
        yield f'<p class="by">It rests on: {said(", ".join(answer.by))}.</p>'
    if answer.tests:
        yield '<details class="tests"><summary>Proved by tests</summary>'
        yield from (f"<code>{said(each)}</code>" for each in answer.tests)
        yield "</details>"
