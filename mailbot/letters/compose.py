"""
From a template and facts to the octets that will leave. The only user of jinja2.

A template is one file, `<name>.txt`: `Subject: …`, a blank line, then the mail as
its reader sees it. One paragraph is one line; `# ` makes a heading, `- ` a list,
four spaces an address block, `--` the foot. A question that one word answers is a line
`=> sentence => (way) => what the link says`: the text part has the sentence and the way,
the HTML part the sentence and a link to the way's mail address. The HTML part is made
from the rendered text by `layout.html`. Filters: `quoted` (somebody's words, indented),
`verbatim` (the handler's words as they are, and as HTML where there is one), `presentable` (a name, or "").

Every fact is printed in one line unless it goes through `quoted` or `verbatim`, so
no fact can pretend to be a part of the template. A missing fact raises, and so does
None. The facts, all words already; an object may be a mapping or have attributes:

    all        reference ("" = no case), company: name short_name number
               registered_office code_url telephone telephone_hours email
    customers  salutation, handler (None | name role phone email), received,
               customer: name email phone address; introduce_by contact_by rights_on ("" = not
               said), on_paper (True where it goes by post), above (who is above the handler, ""
               = nobody), rights_told (the letter about them went before)
      acknowledgement optional: way ("by telephone", where it was no mail)
      adr-rights      + adr: scheme address[] telephone email web member_reference;
                        ofcom: address[] (begins with "Ofcom") email web telephone
      deadlock        + body adr ofcom
      outcome         + body yes_address no_address confirm_by adr ofcom ico (None |
                        name address[] telephone web); optional: is_copy, here and in the reminder
      closed          + how (a clause) adr (None = not eligible, as in outcome) ofcom ico
      confirm-reminder + outcome_on yes_address no_address; optional: confirm_by
      reopened        + why; optional: next_by
      escalated       + to: name role; optional: next_by
      contact-agreed  + at how
      contact-missed  + missed next_by
      call-summary    + body next_by
      correction      + detail value is_old_address
      party           + email role gets_copies (whether that reader does from now on)
      copy            + subject words role asks (True = the letter asks for a yes or no);
                        optional: formatted (the letter as HTML)
      not-complaint   + why
      credit          + amount month agreed_with applied
      handler-reply   + body; optional: formatted (the body as HTML, in the same words)
      introduction    handler must not be None
    staff      marker, handler_name
      assignment, customer-reply, warning, breach, task   optional: needs[]
      customer-reply, warning, task                       optional: stands_in_for (who is away)
      assignment, customer-reply                          optional: commands[] asked_first[] (help, a line each)
                        copies_to[] (who gets a copy of an answer)
      assignment      + customer received words attachments[] dates[{what by}] alerts[]
                        possible_matches[] from_address status
      customer-reply  + the same as assignment, news ("" | on_a_closed_case | said_yes |
                        said_no)
      warning         + customer received status promise what due
      breach          + customer received status promise clause due what
      receipt         + outcome why instead original ("" where there is none); optional:
                        commands[] asked_first[] (help, a line each)
      confirm-command + asked direct_to sent passed_on (None | sender sent subject words
                        files[]); optional: reads[] (what was understood)
      task            + what why todo[]; optional: customer words status
      held            + why held_id since todo[] subject words; or, for the manager's list, count more example (a
                        number) waiting[{held_id since sender subject why}]
      digest          + day next_day is_before_a_pause held_count; lists of {reference customer
                        what when who}: overdue due_today contacts due_next to_post six_weeks
                        relayed breaches unassigned at_risk verdicts; held as waiting above
"""

import hashlib
import re
import traceback
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from itertools import groupby
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote, urlsplit

from jinja2 import (
    Environment,
    FunctionLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateRuntimeError,
    TemplateSyntaxError,
    UndefinedError,
    meta,
)
from markupsafe import Markup, escape

from mailbot.letters.octets import (
    Enclosure,
    enclosed_part,
    field_line,
    ids,
    mailbox,
    multipart,
    text_part,
    unstructured,
)
from mailbot.mail.quoting.safe_html import sanitize
from mailbot.mail.words import legal, one_line, presentable

# What the text says to the layout, one private character at the head of a line.
# `legal` takes them out of every fact, and the reader never gets one.
_HEADING, _QUOTED, _VERBATIM = "\ue000", "\ue001", "\ue002"
# And one in front of each piece of an answer line: the sentence, the way, the label.
_ANSWER, _PIECE = "\ue003", "\ue004"
#: A line of words that the HTML part has as their writer formatted them.
_FORMATTED = "\ue005"
_MARKS = re.compile("[\ue000-\ue005]")

_SUBJECT = "Subject: "
#: A line that holds nothing but a tag leaves no line in the mail; an include does.
_TAG_ALONE = re.compile(r"(?m)^[ \t]*(\{%(?!-?\s*include\b)(?:(?!%\}).)*)(%\})[ \t]*\n")
_ANSWER_LINE = re.compile("(?m)^=> (.+?) => (.+?) => (.+)$")
_MARKED_ANSWER = re.compile(f"(?m)^{_ANSWER}(.*){_PIECE}(.*){_PIECE}(.*)$")
#: A URL without the punctuation that ends the sentence, or a mail address.
_LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)]|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_REFERENCE = re.compile(r"\b[A-Z]+-\d{6,}-\d\d\b")
_LINK_OR_REFERENCE = re.compile(f"{_LINK.pattern}|{_REFERENCE.pattern}")
_UNBROKEN = Markup('<span style="white-space: nowrap;">{}</span>')
_BREAK = Markup("<br>")
_ANCHOR = Markup('<a href="{}">{}</a>')

#: Never All or NDR: we need the bounce.
_SUPPRESS = "DR, RN, NRN, OOF, AutoReply"

#: What a regulator expects of the two letters that the law wants, beside the facts.
_STATUTORY = frozenset({"adr-rights", "deadlock"})
_STATUTORY_WORDS = ("our position", "independent", "free of charge")


class TemplateProblem(Exception):  # noqa: N818 - it names the thing, not a failure of ours
    """
    Templates that cannot be used: which, and what is wrong with each.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Rendered:
    """
    A mail as its reader will see it, before it has an address.
    """

    subject: str
    text: str
    html: str


@dataclass(frozen=True, kw_only=True)
class Heading:
    """
    What the header is to say. Ids stand without `<>`; "" and None leave a field out.
    """

    from_name: str = ""
    from_address: str
    to_name: str = ""
    to_address: str
    reply_to: str = ""
    message_id: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    date: datetime
    template: str
    reference: str = ""
    auto_submitted: Literal["auto-replied", "auto-generated"] | None = None
    suppress: bool = False


_Kind = Literal["heading", "quote", "item", "address", "answer", "rule", "text", "formatted"]


@dataclass(frozen=True)
class _Block:
    """
    Neighbouring lines of one kind, as `layout.html` lays them out. An answer has
    three: the sentence, what the link says, and where it goes.
    """

    kind: _Kind
    lines: Sequence[str]


class _Lines(str):
    """
    A fact that a filter has let through with its line breaks.
    """

    __slots__ = ()


@dataclass(frozen=True)
class _Sheet:
    subject: Template
    body: Template
    fingerprint: str


class Stationery:
    """
    The firm's templates, read and compiled once.
    """

    def __init__(
        self, sheets: Mapping[str, _Sheet], layout: Template, links: frozenset[str]
    ) -> None:
        self._sheets = sheets
        self._layout = layout
        self._links = links

    @classmethod
    def load(cls, folder: Path, language: str = "en", *, links: Collection[str] = ()) -> Self:
        """
        The templates under folder/language, or a TemplateProblem that lists every fault.

        *links* are the host names that a link, or the domain of a mail address, may have.
        """
        sources, faults = _read(folder / language)
        hosts = frozenset(each.lower() for each in links)
        written = _environment(sources, is_html=False)
        laid_out = _environment(sources, is_html=True)
        laid_out.filters["broken"] = _broken
        laid_out.filters["linked"] = lambda lines: _linked(lines, hosts)
        faults += [
            fault
            for name in sources
            for fault in _faults(laid_out if name.endswith(".html") else written, name, sources)
        ]
        if faults:
            raise TemplateProblem(*faults)
        shared = "".join(sources[name] for name in sorted(sources) if not _is_mail(name))
        sheets = {
            name.removesuffix(".txt"): _Sheet(
                subject=written.get_template(f"{name}#subject"),
                body=written.get_template(name),
                fingerprint=hashlib.sha256((shared + source).encode()).hexdigest()[:12],
            )
            for name, source in sources.items()
            if _is_mail(name)
        }
        return cls(sheets, laid_out.get_template("layout.html"), hosts)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._sheets)

    def fingerprint(self, template: str) -> str:
        """
        Twelve hex digits that change with anything the template's mails are made of.
        """
        return self._sheet(template).fingerprint

    def render(self, template: str, facts: Mapping[str, object]) -> Rendered:
        """
        The mail with these facts; a fact that is missing or None is a TemplateProblem.
        """
        sheet = self._sheet(template)
        try:
            subject = " ".join(_MARKS.sub("", sheet.subject.render(facts)).split())
            written = sheet.body.render(facts).strip("\n")
            marked = re.sub(r"\n{3,}", "\n\n", written)
            blocks = [
                _as_formatted(each, facts)
                if each.kind == "formatted"
                else self._with_link(each, facts)
                for each in _blocks(marked)
            ]
            html = self._layout.render(subject=subject, blocks=blocks)
        except (TemplateError, TypeError) as fault:
            raise TemplateProblem(f"{_place(fault, template)}: {fault}") from fault
        text = _MARKS.sub("", _MARKED_ANSWER.sub(r"\1 \2", marked))
        return Rendered(subject=subject, text=text + "\n", html=html + "\n")

    def problems(self, samples: Mapping[str, Mapping[str, object]]) -> list[str]:
        """
        What is wrong with the templates when each is rendered with its sample facts.
        """
        found = [f"{name}: there is no such template" for name in sorted(set(samples) - self.names)]
        for name in sorted(self.names):
            if name not in samples:
                found.append(f"{name}: nothing to try this template with")
                continue
            try:
                rendered = self.render(name, samples[name])
            except TemplateProblem as problem:
                found += problem.problems
                continue
            found += [f"{name}: {each}" for each in self._objections(rendered)]
            if name in _STATUTORY:
                found += [f"{name}: {each}" for each in _omissions(rendered, samples[name])]
        return found

    def _sheet(self, template: str) -> _Sheet:
        try:
            return self._sheets[template]
        except KeyError:
            raise TemplateProblem(f"{template}: there is no such template") from None

    def _with_link(self, block: _Block, facts: Mapping[str, object]) -> _Block:
        if block.kind != "answer":
            return block
        sentence, way, label = block.lines
        address = _LINK.search(way)
        if not address or "://" in address[0] or not _is_allowed(address[0], self._links):
            raise TemplateRuntimeError(f"an answer needs a mail address of ours, got {way!r}")
        link = _answer_link(address[0], label, str(facts.get("reference", "")))
        return _Block("answer", [sentence, label, link])

    def _objections(self, rendered: Rendered) -> Iterator[str]:
        links = {each for each in _LINK.findall(rendered.text + rendered.html) if "://" in each}
        for link in sorted(links):
            if not _is_allowed(link, self._links):
                yield f"a link that is not on the list of allowed hosts: {link}"
        if not rendered.subject:
            yield "the Subject is empty"


def compose(
    rendered: Rendered,
    heading: Heading,
    *,
    attachments: Sequence[Enclosure] = (),
    calendar: bytes = b"",
) -> bytes:
    """
    The message to its last octet: the same arguments give the same octets.

    *calendar* is an appointment as `calendar.py` writes it: one more way to read the mail.
    """
    if not ids([heading.message_id]):
        raise ValueError(f"a Message-ID that cannot be written: {heading.message_id!r}")
    if heading.date.tzinfo is None:
        raise ValueError(f"a naive Date: {heading.date.isoformat()}")
    header = "".join(field_line(name, lines) for name, lines in _fields(rendered, heading) if lines)
    parts = [text_part("plain", rendered.text), text_part("html", rendered.html)]
    if calendar:
        parts.append(text_part("calendar", calendar.decode(), "; method=PUBLISH"))
    # RFC 2046 §5.1: the boundaries of parts inside one another must differ.
    body = multipart("alternative", parts, seed=heading.message_id)
    if attachments:
        enclosed = [enclosed_part(each) for each in attachments]
        body = multipart("mixed", [body, *enclosed], seed=f"mixed {heading.message_id}")
    return header.encode() + body


# --- reading the folder


def _is_mail(name: str) -> bool:
    return name.endswith(".txt") and not name.startswith("_")


def _read(folder: Path) -> tuple[dict[str, str], list[str]]:
    sources: dict[str, str] = {}
    faults: list[str] = []
    for path in sorted([*folder.glob("*.txt"), *folder.glob("*.html")]):
        try:
            sources[path.name] = path.read_text(encoding="utf-8").replace("\r\n", "\n")
        except (OSError, UnicodeDecodeError) as fault:
            faults.append(f"{path.name}: cannot be read: {fault}")
    if not any(_is_mail(name) for name in sources):
        faults.append(f"{folder}: there are no templates here")
    if "layout.html" not in sources:
        faults.append("layout.html: missing")
    return sources, faults


def _environment(sources: Mapping[str, str], *, is_html: bool) -> Environment:
    def load(name: str) -> tuple[str, str, None] | None:
        file, _, piece = name.partition("#")
        source = sources.get(file)
        if source is None:
            return None
        if _is_mail(file):
            subject, _, body = source.partition("\n")
            # An empty line stands for the one cut off, so that line numbers stay true.
            source = subject.removeprefix(_SUBJECT) if piece else "\n" + body
        source = re.sub(r"(?m)^# ", _HEADING, source)
        source = _ANSWER_LINE.sub(rf"{_ANSWER}\1{_PIECE}\2{_PIECE}\3", source)
        # The line end moves into the tag: Jinja's trim_blocks would also join two lines
        # of text where the first ends in a tag.
        return _TAG_ALONE.sub(r"\1\n\2", source), file, None

    environment = Environment(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        autoescape=is_html,  # noqa: S701 - the text part is text; the layout escapes
        auto_reload=False,
        finalize=None if is_html else _said,
    )
    environment.filters |= {"quoted": _quoted, "verbatim": _verbatim, "presentable": presentable}
    return environment


def _faults(environment: Environment, name: str, sources: Mapping[str, str]) -> Iterator[str]:
    if _is_mail(name):
        subject, blank, *_ = [*sources[name].split("\n", 2), "", ""]
        if not subject.startswith(_SUBJECT) or not subject.removeprefix(_SUBJECT).strip():
            yield f"{name}, line 1: must be the Subject"
        if blank.strip():
            yield f"{name}, line 2: must be blank, between the Subject and the text"
    for number, line in enumerate(sources[name].split("\n"), 1):
        if line.startswith("=>") and not _ANSWER_LINE.fullmatch(line):
            yield f"{name}, line {number}: an answer is `=> sentence => (way) => what the link says`"
    try:
        environment.get_template(name)
        tree = environment.parse(sources[name])
    except TemplateSyntaxError as fault:
        yield f"{name}, line {fault.lineno}: {fault.message}"
        return
    for included in meta.find_referenced_templates(tree):
        if included not in sources:
            yield f"{name}: includes {included}, which does not exist"


# --- rendering


def _place(fault: Exception, template: str) -> str:
    """
    The file and line of the innermost template in which it went wrong.
    """
    frames = traceback.extract_tb(fault.__traceback__)
    inside = [each for each in frames if each.filename.endswith(".txt")]
    return f"{inside[-1].filename}, line {inside[-1].lineno}" if inside else template


def _words(fact: object) -> str:
    if fact is None:
        raise UndefinedError("a fact is None where words are needed")
    return str(fact)


def _said(fact: object) -> str:
    """
    What `{{ fact }}` prints: one line, whatever the fact holds.
    """
    return fact if isinstance(fact, _Lines) else one_line(_words(fact))


def _quoted(fact: object) -> _Lines:
    """
    Filter: the lines, each indented and marked as somebody else's.
    """
    lines = legal(_words(fact)).strip("\n").split("\n")
    return _Lines("\n".join(f"{_QUOTED}    {line}".rstrip() for line in lines))


def _verbatim(fact: object, formatted: str = "") -> _Lines:
    """
    Filter: the lines as they are; the mark keeps blank ones from being taken out. With
    *formatted*, the same words as HTML, the HTML part has that in their place.
    """
    mark = _FORMATTED if formatted else _VERBATIM
    lines = legal(_words(fact)).strip("\n").split("\n")
    return _Lines("\n".join(mark + line for line in lines))


def _as_formatted(block: _Block, facts: Mapping[str, object]) -> _Block:
    """
    The fact `formatted` in the place of the lines. Whoever wrote it: nothing but what
    formats words gets past this line.
    """
    return _Block(block.kind, [Markup(sanitize(legal(_words(facts.get("formatted")))))])  # noqa: S704


def _kind(line: str) -> _Kind | None:
    if line.startswith(_HEADING):
        return "heading"
    if line.startswith(_QUOTED):
        return "quote"
    if line.startswith(_ANSWER):
        return "answer"
    if line.startswith(_FORMATTED):
        return "formatted"
    if line == "--":
        return "rule"
    line = line.removeprefix(_VERBATIM)
    if not line.strip():
        return None
    if line.startswith("- "):
        return "item"
    return "address" if line.startswith("    ") else "text"


#: How many characters of a line only say what kind it is.
_LEAD = {"heading": 1, "quote": 5, "item": 2, "address": 4}


def _blocks(marked: str) -> Iterator[_Block]:
    for kind, lines in groupby(marked.split("\n"), key=_kind):
        if kind == "answer":
            yield from (_Block(kind, line.removeprefix(_ANSWER).split(_PIECE)) for line in lines)
        elif kind is not None:
            lead = _LEAD.get(kind, 0)
            yield _Block(kind, [line.removeprefix(_VERBATIM)[lead:] for line in lines])


def _broken(lines: Iterable[str]) -> Markup:
    """
    Filter of the layout: the lines escaped, with a line break between them.
    """
    return _BREAK.join(lines)


def _linked(lines: Sequence[str], hosts: frozenset[str]) -> Markup:
    """
    Filter of the layout: as `_broken`, with links to allowed hosts and no others,
    and references that stay in one piece.
    """
    text = "\n".join(lines)
    has_link = "@" in text or "://" in text
    pieces, end = [], 0
    for found in (_LINK_OR_REFERENCE if has_link else _REFERENCE).finditer(text):
        piece = found.group()
        if _REFERENCE.fullmatch(piece):
            whole = _UNBROKEN.format(piece)
        elif _is_allowed(piece, hosts):
            whole = _ANCHOR.format(piece if "://" in piece else f"mailto:{piece}", piece)
        else:
            continue
        pieces += [escape(text[end : found.start()]), whole]
        end = found.end()
    return Markup("").join([*pieces, escape(text[end:])]).replace("\n", _BREAK)


def _answer_link(address: str, label: str, reference: str) -> str:
    """
    A link that begins a mail to *address* which says the label's first word and no more:
    the body must stay one of the words that the rulebook takes for a confirmation.
    """
    word = label.partition(",")[0]
    subject = f"{word} [{reference}]" if reference else word
    # RFC 6068 §2: "+" stands for itself; a bracket does not.
    return f"mailto:{quote(address, safe='@+')}?subject={quote(subject)}&body={quote(word)}"


def _is_allowed(link: str, hosts: frozenset[str]) -> bool:
    if "://" not in link:
        return link.rpartition("@")[2].lower() in hosts
    try:
        url = urlsplit(link)
    except ValueError:
        return False
    # A user name before the host is there to be taken for the host.
    return url.hostname in hosts and url.username is None


def _omissions(rendered: Rendered, facts: Mapping[str, object]) -> Iterator[str]:
    """
    What a letter that the law wants must say, and does not.
    """
    scheme = _of(facts.get("adr"), "scheme")
    ofcom = facts.get("ofcom")
    address = _of(ofcom, "address")
    lines = address if isinstance(address, Sequence) and not isinstance(address, str) else ()
    body = [scheme] if scheme else [*lines, _of(ofcom, "email"), _of(ofcom, "telephone")]
    text = rendered.text.lower()
    for each in (facts.get("reference", ""), *body, *_STATUTORY_WORDS):
        said = one_line(str(each))
        if not said or said.lower() not in text:
            yield f"a statutory letter must say {said!r}"


def _of(fact: object, name: str) -> object:
    return fact.get(name, "") if isinstance(fact, Mapping) else getattr(fact, name, "")


# --- the message


def _fields(rendered: Rendered, heading: Heading) -> Iterator[tuple[str, Sequence[str]]]:
    """
    Every field but Content-Type with its lines as they will be folded; without lines
    it is left out.
    """
    answered = [heading.in_reply_to] if heading.in_reply_to else []
    thread = ids([*heading.references, *answered])
    yield "From", mailbox(heading.from_name, heading.from_address)
    yield "To", mailbox(heading.to_name, heading.to_address)
    yield "Reply-To", mailbox("", heading.reply_to) if heading.reply_to else ()
    yield "Subject", unstructured(rendered.subject)
    yield "Date", [format_datetime(heading.date)]
    yield "Message-ID", ids([heading.message_id])
    yield "In-Reply-To", ids(answered)
    # RFC 5322 §3.6.4, bounded: the anchor and the first id, and what came last.
    yield "References", thread if len(thread) <= 20 else [*thread[:2], *thread[-18:]]
    yield "Auto-Submitted", [heading.auto_submitted] if heading.auto_submitted else ()
    yield "X-Auto-Response-Suppress", [_SUPPRESS] if heading.suppress else ()
    yield "X-Mailbot-Template", unstructured(heading.template)
    yield "X-Mailbot-Case", unstructured(heading.reference) if heading.reference else ()
    yield "MIME-Version", ["1.0"]
