"""
The firm's templates: read, checked and compiled. The only user of jinja2.

A template is one file, `<name>.txt`: `Subject: …`, a blank line, then the mail as
its reader sees it; a file that begins with `_` is a piece that others include.
`stationery.py` says what may stand in it.
"""

import hashlib
import re
import traceback
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
from jinja2 import (
    Environment,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    meta,
)

from mailbot.letters import markup
from mailbot.letters.compiled import Codes, keep, kept, seal_of

_SUBJECT = "Subject: "
#: A line that holds nothing but a tag leaves no line in the mail; an include does.
_TAG_ALONE = re.compile(r"(?m)^[ \t]*(\{%(?!-?\s*include\b)(?:(?!%\}).)*)(%\})[ \t]*\n")
_HEADING_LINE = re.compile(r"(?m)^# ")
_ANSWER_LINE = re.compile("(?m)^=> (.+?) => (.+?) => (.+)$")
_MARKED_ANSWER = rf"{markup.ANSWER}\1{markup.PIECE}\2{markup.PIECE}\3"

_LAYOUT = "layout.html"
#: What is compiled into a template, beside its source.
_PROGRAM = (Path(__file__), Path(markup.__file__))

#: What filling a template raises: a fact that is missing, or that is None.
FAULTS = (TemplateError, TypeError)


class TemplateProblem(Exception):  # noqa: N818 - it names the thing, not a failure of ours
    """
    Templates that cannot be used: which, and what is wrong with each.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Sheet:
    """
    The template of one mail. The fingerprint changes with anything its mails are made of.
    """

    subject: Template
    body: Template
    fingerprint: str


@dataclass(frozen=True)
class Templates:
    sheets: Mapping[str, Sheet]
    layout: Template


def templates(
    folder: Path, hosts: frozenset[str], kept_in: Path | None = None, *, may_keep: bool = False
) -> Templates:
    """
    The templates of the folder, or a TemplateProblem that lists every fault.
    """
    sources, faults = _read(folder)
    environments = {is_html: _Environment(hosts, is_html=is_html) for is_html in (False, True)}
    seal = _seal(sources, hosts)
    codes = kept(kept_in, seal) if kept_in and not faults else None
    if codes is None:
        codes = _compiled(environments, sources, faults)
        if kept_in and may_keep:
            keep(kept_in, seal, codes)
    for (is_html, name), code in codes.items():
        environments[is_html].add(name, code)
    written, laid_out = environments[False], environments[True]
    shared = "".join(sources[name] for name in sorted(sources) if not _is_mail(name))
    sheets = {
        name.removesuffix(".txt"): Sheet(
            subject=written.get_template(_subject_of(name)),
            body=written.get_template(name),
            fingerprint=hashlib.sha256((shared + source).encode()).hexdigest()[:12],
        )
        for name, source in sources.items()
        if _is_mail(name)
    }
    return Templates(sheets, laid_out.get_template(_LAYOUT))


def place(fault: Exception, template: str) -> str:
    """
    The file and line of the innermost template in which it went wrong.
    """
    frames = traceback.extract_tb(fault.__traceback__)
    inside = [each for each in frames if each.filename.endswith(".txt")]
    return f"{inside[-1].filename}, line {inside[-1].lineno}" if inside else template


class _Environment(Environment):
    """
    The templates of one part, each compiled before the first is filled.
    """

    def __init__(self, hosts: frozenset[str], *, is_html: bool) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=is_html,
            auto_reload=False,
            finalize=None if is_html else markup.said,
        )
        self.filters |= {
            "quoted": markup.quoted,
            "verbatim": markup.verbatim,
            "presentable": markup.presentable,
        }
        if is_html:
            self.filters["broken"] = markup.broken
            self.filters["linked"] = partial(markup.linked, hosts=hosts)
        self._ready: dict[str, Template] = {}

    def add(self, name: str, code: CodeType) -> None:
        # A plain dict: each mail begins with a copy of it.
        self._ready[name] = Template.from_code(self, code, dict(self.globals))

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - jinja2's own word
    ) -> Template:
        try:
            return self._ready[str(name)]
        except KeyError:
            raise TemplateNotFound(str(name)) from None


# --- reading the folder


def _is_mail(name: str) -> bool:
    return name.endswith(".txt") and not name.startswith("_")


def _subject_of(name: str) -> str:
    return f"{name}#subject"


def _read(folder: Path) -> tuple[dict[str, str], list[str]]:
    """
    The files by name, and what is wrong with the folder.
    """
    sources: dict[str, str] = {}
    faults: list[str] = []
    for path in sorted([*folder.glob("*.txt"), *folder.glob("*.html")]):
        try:
            sources[path.name] = path.read_text(encoding="utf-8").replace("\r\n", "\n")
        except (OSError, UnicodeDecodeError) as fault:
            faults.append(f"{path.name}: cannot be read: {fault}")
    if not any(_is_mail(name) for name in sources):
        faults.append(f"{folder}: there are no templates here")
    if _LAYOUT not in sources:
        faults.append(f"{_LAYOUT}: missing")
    return sources, faults


def _seal(sources: Mapping[str, str], hosts: frozenset[str]) -> bytes:
    """
    What changes with anything that the compiled templates follow from.
    """
    program = [each.read_bytes() for each in _PROGRAM]
    said = [jinja2.__version__, " ".join(sorted(hosts)), *chain(*sources.items())]
    return seal_of([*program, *(each.encode() for each in said)])


def _compiled(
    environments: Mapping[bool, Environment], sources: Mapping[str, str], faults: Collection[str]
) -> Codes:
    """
    Every template compiled, where neither it nor the folder has a fault.
    """
    found = list(faults)
    codes: dict[tuple[bool, str], CodeType] = {}
    waiting = [(name.endswith(".html"), name) for name in sources]
    for is_html, name in waiting:
        if not is_html:
            found += _faults_of_form(name, sources[name])
        try:
            for each, code, included in _pieces(environments[is_html], name, sources[name]):
                codes[is_html, each] = code
                for other in included:
                    if other is None or other not in sources:
                        found.append(f"{name}: includes {other}, which does not exist")
                    # A piece that both parts include is compiled for each.
                    elif (is_html, other) not in waiting:
                        waiting.append((is_html, other))
        except TemplateSyntaxError as fault:
            found.append(f"{name}, line {fault.lineno}: {fault.message}")
    if found:
        raise TemplateProblem(*found)
    return codes


def _faults_of_form(name: str, source: str) -> Iterator[str]:
    if _is_mail(name):
        subject, blank, *_ = [*source.split("\n", 2), "", ""]
        if not subject.startswith(_SUBJECT) or not subject.removeprefix(_SUBJECT).strip():
            yield f"{name}, line 1: must be the Subject"
        if blank.strip():
            yield f"{name}, line 2: must be blank, between the Subject and the text"
    for number, line in enumerate(source.split("\n"), 1):
        if line.startswith("=>") and not _ANSWER_LINE.fullmatch(line):
            yield f"{name}, line {number}: an answer is `=> sentence => (way) => what the link says`"


def _pieces(
    environment: Environment, name: str, source: str
) -> Iterator[tuple[str, CodeType, set[str | None]]]:
    """
    The file compiled, a mail as its Subject and its text; with each what it includes.
    """
    pieces = {name: source}
    if _is_mail(name):
        subject, _, body = source.partition("\n")
        # An empty line stands for the one cut off, so that line numbers stay true.
        pieces = {name: "\n" + body, _subject_of(name): subject.removeprefix(_SUBJECT)}
    for each, piece in pieces.items():
        tree = environment.parse(_marked(piece), each, name)
        included = set(meta.find_referenced_templates(tree))
        yield each, environment.compile(tree, each, name), included


def _marked(source: str) -> str:
    """
    What the template says by how its lines begin, in marks that no fact can have.
    """
    source = _HEADING_LINE.sub(markup.HEADING, source)
    source = _ANSWER_LINE.sub(_MARKED_ANSWER, source)
    # The line end moves into the tag: Jinja's trim_blocks would also join two lines
    # of text where the first ends in a tag.
    return _TAG_ALONE.sub(r"\1\n\2", source)
