"""
From a template and facts to the octets that will leave. The only user of jinja2.

A template is one file, `<name>.txt`: `Subject: …`, a blank line, then the mail as
its reader sees it. One paragraph is one line; `# ` makes a heading, `- ` a list,
four spaces an address block, `--` the foot. The HTML part is made from the rendered
text by `layout.html`. Filters: `quoted` (somebody's words, indented), `verbatim`
(the handler's words as they are), `presentable` (a name, or "").

Every fact is printed in one line unless it goes through `quoted` or `verbatim`, so
no fact can pretend to be a part of the template. A missing fact raises, and so does
None. The facts, all words already; an object may be a mapping or have attributes:

    all        reference ("" = no case), company: name short_name number
               registered_office code_url telephone telephone_hours email
    customers  salutation, handler (None | name phone email), received,
               customer: name email phone; introduce_by contact_by rights_on ("" = not said)
      adr-rights      + adr: scheme address[] telephone email web member_reference;
                        ofcom: address[] (begins with "Ofcom") email web telephone
      handler-reply   + body
      introduction    handler must not be None
    staff      marker, handler_name
      assignment      + customer received words attachments[] dates[{what by}] alerts[]
                        possible_matches[] from_address status
      customer-reply  + the same as assignment
      warning         + customer received status promise what due
      breach          + customer received status promise clause due what
      receipt         + outcome why instead original ("" where there is none)
      task            + what why todo[]; optional: customer words status
      held            + why held_id todo[]
"""

import hashlib
import re
import textwrap
import traceback
from base64 import b64encode, encodebytes
from binascii import b2a_qp
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from itertools import groupby
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from jinja2 import (
    Environment,
    FunctionLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateSyntaxError,
    UndefinedError,
    meta,
)
from markupsafe import Markup, escape

from mailbot.mail.words import legal, one_line, presentable

# What the text says to the layout, one private character at the head of a line.
# `legal` takes them out of every fact, and the reader never gets one.
_HEADING, _QUOTED, _VERBATIM = "\ue000", "\ue001", "\ue002"
_MARKS = re.compile("[\ue000-\ue002]")

_SUBJECT = "Subject: "
#: A line that holds nothing but a tag leaves no line in the mail; an include does.
_TAG_ALONE = re.compile(r"(?m)^[ \t]*(\{%(?!-?\s*include\b)(?:(?!%\}).)*)(%\})[ \t]*\n")
#: A URL without the punctuation that ends the sentence, or a mail address.
_LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)]|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_REFERENCE = re.compile(r"\b[A-Z]+-\d{6,}-\d\d\b")
_LINK_OR_REFERENCE = re.compile(f"{_LINK.pattern}|{_REFERENCE.pattern}")
_UNBROKEN = Markup('<span style="white-space: nowrap;">{}</span>')
_BREAK = Markup("<br>")
_ANCHOR = Markup('<a href="{}">{}</a>')

#: RFC 5322 §2.1.1 and RFC 2047 §2; the first word of a line has the field name before it.
_LINE, _LONGEST_WORD = 76, 60
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ID = re.compile(r"[!-;=?-~]{1,900}")
_DOT_ATOM = re.compile(r"(?!\.)(?:[\w!#$%&'*+/=?^`{|}~-]|\.(?!\.|$))+")
_NOT_IN_A_DOMAIN = re.compile(r"[^\w.:\[\]-]")
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


_Kind = Literal["heading", "quote", "item", "address", "rule", "text"]


@dataclass(frozen=True)
class _Block:
    """
    Neighbouring lines of one kind, as `layout.html` lays them out.
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
            html = self._layout.render(subject=subject, blocks=list(_blocks(marked)))
        except (TemplateError, TypeError) as fault:
            raise TemplateProblem(f"{_place(fault, template)}: {fault}") from fault
        return Rendered(subject=subject, text=_MARKS.sub("", marked) + "\n", html=html + "\n")

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

    def _objections(self, rendered: Rendered) -> Iterator[str]:
        links = {each for each in _LINK.findall(rendered.text + rendered.html) if "://" in each}
        for link in sorted(links):
            if not _is_allowed(link, self._links):
                yield f"a link that is not on the list of allowed hosts: {link}"
        if not rendered.subject:
            yield "the Subject is empty"


def compose(rendered: Rendered, heading: Heading) -> bytes:
    """
    The message to its last octet: the same arguments give the same octets.

    Written by hand: the standard library's EmailMessage turns a long References
    into encoded words, which no client can thread on, and takes 2.5 ms.
    """
    own_id = _ids([heading.message_id])
    if not own_id:
        raise ValueError(f"a Message-ID that cannot be written: {heading.message_id!r}")
    if heading.date.tzinfo is None:
        raise ValueError(f"a naive Date: {heading.date.isoformat()}")
    # "=_" occurs in no quoted-printable line and in no base64 line.
    boundary = "=_" + hashlib.sha256(heading.message_id.encode()).hexdigest()[:32]
    header = "".join(
        _field(name, lines) for name, lines in _fields(rendered, heading, boundary) if lines
    )
    parts = b"".join(
        f"--{boundary}\r\n".encode() + _part(subtype, content)
        for subtype, content in (("plain", rendered.text), ("html", rendered.html))
    )
    return header.encode() + b"\r\n" + parts + f"--{boundary}--\r\n".encode()


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


def _verbatim(fact: object) -> _Lines:
    """
    Filter: the lines as they are; the mark keeps blank ones from being taken out.
    """
    lines = legal(_words(fact)).strip("\n").split("\n")
    return _Lines("\n".join(_VERBATIM + line for line in lines))


def _kind(line: str) -> _Kind | None:
    if line.startswith(_HEADING):
        return "heading"
    if line.startswith(_QUOTED):
        return "quote"
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
        if kind is not None:
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


# --- writing the octets


def _fields(
    rendered: Rendered, heading: Heading, boundary: str
) -> Iterator[tuple[str, Sequence[str]]]:
    """
    Every field with its lines as they will be folded; without lines it is left out.
    """
    answered = [heading.in_reply_to] if heading.in_reply_to else []
    thread = _ids([*heading.references, *answered])
    yield "From", _mailbox(heading.from_name, heading.from_address)
    yield "To", _mailbox(heading.to_name, heading.to_address)
    yield "Reply-To", _mailbox("", heading.reply_to) if heading.reply_to else ()
    yield "Subject", _unstructured(rendered.subject)
    yield "Date", [format_datetime(heading.date)]
    yield "Message-ID", _ids([heading.message_id])
    yield "In-Reply-To", _ids(answered)
    # RFC 5322 §3.6.4, bounded: the anchor and the first id, and what came last.
    yield "References", thread if len(thread) <= 20 else [*thread[:2], *thread[-18:]]
    yield "Auto-Submitted", [heading.auto_submitted] if heading.auto_submitted else ()
    yield "X-Auto-Response-Suppress", [_SUPPRESS] if heading.suppress else ()
    yield "X-Mailbot-Template", _unstructured(heading.template)
    yield "X-Mailbot-Case", _unstructured(heading.reference) if heading.reference else ()
    yield "MIME-Version", ["1.0"]
    yield "Content-Type", ["multipart/alternative;", f'boundary="{boundary}"']


def _field(name: str, lines: Iterable[str]) -> str:
    """
    The field, folded at its lines. Nothing else in here writes a line end, so no
    fact can start a field of its own.
    """
    return f"{name}: " + "\r\n ".join(_CONTROL.sub("", line) for line in lines) + "\r\n"


def _ids(ids: Iterable[str]) -> list[str]:
    """
    Each id once, in `<>`. One that RFC 5322 cannot carry could never be matched: left out.
    """
    return [f"<{each}>" for each in dict.fromkeys(ids) if _ID.fullmatch(each)]


def _mailbox(name: str, address: str) -> list[str]:
    said, addr_spec = one_line(name), _addr_spec(address)
    if not said:
        return [addr_spec]
    is_plain = said.isascii() and "=?" not in said and len(said) <= _LONGEST_WORD
    words = [_quoted_string(said)] if is_plain else _encoded_words(said)
    if len(words) == 1 and len(words[0]) + len(addr_spec) < _LINE - len("Reply-To:  <>"):
        return [f"{words[0]} <{addr_spec}>"]
    return [*words, f"<{addr_spec}>"]


def _addr_spec(address: str) -> str:
    """
    The address as a header may carry it: a strange local part quoted, a domain in
    ASCII. Only what has no ASCII form stays UTF-8, and needs RFC 6531 (SMTPUTF8).
    """
    local, at, domain = one_line(address).replace("\ufffd", "").rpartition("@")
    if not at:
        raise ValueError("an address without @ cannot be written")
    if not _DOT_ATOM.fullmatch(local):
        bare = local[1:-1] if local[:1] == local[-1:] == '"' else local
        local = _quoted_string(re.sub(r"\\(.)", r"\1", bare))
    return f"{local}@{_ascii_domain(_NOT_IN_A_DOMAIN.sub('', domain))}"


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        encoded = domain.encode("idna").decode("ascii")
        # IDNA 2003 maps some letters to others (RFC 5895): that would be another domain.
        is_same = encoded.encode().decode("idna") == domain.lower()
    except UnicodeError:
        return domain
    return encoded if is_same else domain


def _unstructured(text: str) -> list[str]:
    said = one_line(text)
    longest = max(map(len, said.split()), default=0)
    if not said.isascii() or "=?" in said or longest > _LONGEST_WORD:
        return _encoded_words(said)
    width = _LINE - len("Subject: ")
    if len(said) <= width:
        return [said]
    return textwrap.wrap(said, width, break_long_words=False, break_on_hyphens=False)


def _quoted_string(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _encoded_words(text: str) -> list[str]:
    """
    RFC 2047: whole characters in every word, no word or line too long.
    """
    octets = text.encode()
    # §4.1: Q is for text that is mostly ASCII.
    spell = _b_word if sum(each > 127 for each in octets) * 3 > len(octets) else _q_word
    words, piece = [], ""
    for character in text:
        if piece and len(spell(piece + character)) > _LONGEST_WORD:
            words.append(spell(piece))
            piece = ""
        piece += character
    return [*words, spell(piece)]


def _b_word(text: str) -> str:
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


def _q_word(text: str) -> str:
    return f"=?utf-8?q?{''.join(map(_q, text.encode()))}?="


def _q(octet: int) -> str:
    # RFC 2047 §5 (3): the few characters that a display name allows.
    character = chr(octet)
    if character == " ":
        return "_"
    is_safe = character.isascii() and (character.isalnum() or character in "!*+-/")
    return character if is_safe else f"={octet:02X}"


def _part(subtype: str, text: str) -> bytes:
    """
    A part with its own header, in whichever encoding is the shorter.
    """
    octets = legal(text).replace("\n", "\r\n").encode()
    name, encoded = "quoted-printable", b2a_qp(octets)
    # Base64 takes four octets for three, and a line end for every 76.
    if len(encoded) * 3 * 76 > len(octets) * 4 * 78:
        name, encoded = "base64", encodebytes(octets).replace(b"\n", b"\r\n")
    ending = b"" if encoded.endswith(b"\r\n") else b"\r\n"
    header = (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {name}\r\n\r\n"
    )
    return header.encode() + encoded + ending
