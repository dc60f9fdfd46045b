"""
The firm's templates filled with facts: each mail's Subject, text and HTML.

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
      handler-reply, call-summary, outcome, deadlock   optional: not_attached[] (names of files)
      acknowledgement optional: way ("by telephone", where it was no mail) found_phones[] (in
                        their own text, not confirmed)
      adr-rights      + adr: scheme address[] telephone email web member_reference;
                        ofcom: address[] (begins with "Ofcom") email web telephone
      deadlock        + body adr ofcom
      outcome         + body yes_address no_address confirm_by adr ofcom ico (None |
                        name address[] telephone web); optional: is_copy, here and in the reminder
      closed          + how (a clause) adr (None = not eligible, as in outcome) ofcom ico
      confirm-reminder + outcome_on yes_address no_address; optional: confirm_by
      reopened        + why; optional: next_by
      escalated       + to: name role; optional: next_by
      contact-agreed  + at how; optional: instead_of (the time that it replaces)
      outcome, closed, deadlock, not-complaint            optional: cancelled (the agreed time that ends)
      contact-missed  + missed next_by
      call-summary    + body next_by
      correction      + detail value is_old_address
      party           + email role gets_copies (whether that reader does from now on)
      copy            + subject words role asks (True = the letter asks for a yes or no);
                        optional: formatted (the letter as HTML)
      not-complaint   + why
      credit          + amount month agreed_with applied
      handler-reply   + body; optional: formatted (the body as HTML, in the same words)
      introduction    handler must not be None; optional: takes_over_from (who had the case)
    staff      marker, handler_name; optional: by_post (the customer gets letters) alerts[] (words
               of danger in what a customer wrote)
      assignment, customer-reply, warning, breach, task   optional: needs[]
      customer-reply, warning, task                       optional: stands_in_for (who is away)
      assignment, customer-reply                          optional: commands[] asked_first[] (help, a line each)
                        copies_to[] (who gets a copy of an answer) found_phones[]
                        cover (by words: of one of our people, who passed it on)
      assignment      + customer received words attachments[] dates[{what by}] alerts[]
                        possible_matches[] from_address status
      customer-reply  + the same as assignment, news ("" | on_a_closed_case | said_yes |
                        said_no)
      warning         + customer received status promise what due
      breach          + customer received status promise clause due what
      receipt         + outcome why instead original ("" where there is none); optional:
                        commands[] asked_first[] (help, a line each)
      confirm-command + asked direct_to sent passed_on (None | sender sent subject words
                        files[] comment); optional: reads[] (what was understood) ends[] (what ends with it)
      task            + what why todo[]; optional: customer words status lacking[] (characters
                        that the enclosed page cannot show)
      held            + why held_id since todo[] subject words; or, for the manager's list, count more example (a
                        number) waiting[{held_id since sender subject why}]
      digest          + day next_day is_before_a_pause held_count more{list: how many lines of it
                        were left out}; lists of {reference customer what when who}: overdue due_today contacts due_next to_post six_weeks
                        relayed breaches unassigned at_risk verdicts; held as waiting above
      report          + month lead[] (sentences) promises[{name said}] more (how many were left
                        out) file; not_kept[{reference who how name due missing since}]
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from mailbot.face import PLAIN, Face
from mailbot.letters import markup
from mailbot.letters.logo import logo_part
from mailbot.letters.templates import (
    FAULTS,
    Sheet,
    TemplateProblem,
    Templates,
    place,
    templates,
)
from mailbot.mail.words import one_line

_BLANK_LINES = re.compile(r"\n{3,}")

#: What a regulator expects of the two letters that the law wants, beside the facts.
_STATUTORY = frozenset({"adr-rights", "deadlock"})
_STATUTORY_WORDS = ("our position", "independent", "free of charge")


@dataclass(frozen=True)
class Rendered:
    """
    A mail as its reader will see it, before it has an address.
    """

    subject: str
    text: str
    html: str
    #: Shown within the HTML, as a part of a mail; b"" = nothing is.
    picture: bytes = b""


class Stationery:
    """
    The firm's templates, read and compiled once.
    """

    face: Face = PLAIN

    def __init__(self, templates: Templates, hosts: frozenset[str], face: Face = PLAIN) -> None:
        self.face = face
        self._sheets = templates.sheets
        self._layout = templates.layout
        self._hosts = hosts

    @classmethod
    def load(
        cls,
        folder: Path,
        language: str = "en",
        *,
        links: Collection[str] = (),
        face: Face = PLAIN,
        kept_in: Path | None = None,
        may_keep: bool = False,
    ) -> Self:
        """
        The templates under folder/language, or a TemplateProblem that lists every fault.

        *links* are the host names that a link, or the domain of a mail address, may have;
        *kept_in* is a folder of our own, where compiled templates may be kept; they are put
        there only if this start *may_keep* them.
        """
        hosts = frozenset(each.lower() for each in links)
        found = templates(folder / language, hosts, kept_in, may_keep=may_keep)
        return cls(found, hosts, face)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._sheets)

    def fingerprint(self, template: str) -> str:
        """
        Twelve hex digits that change with anything the template's mails are made of.
        """
        found = self._sheet(template).fingerprint
        if self.face == PLAIN:
            return found
        return hashlib.sha256((found + self.face.fingerprint).encode()).hexdigest()[:12]

    def render(self, template: str, facts: Mapping[str, object]) -> Rendered:
        """
        The mail with these facts; a fact that is missing or None is a TemplateProblem.
        """
        # Our own people know whom they work for, and what stands inside a copy is under it.
        is_letterhead = "marker" not in facts and not facts.get("is_copy")
        shows_logo = bool(self.face.logo) and is_letterhead
        sheet = self._sheet(template)
        try:
            subject = " ".join(markup.without_marks(sheet.subject.render(facts)).split())
            marked = sheet.body.render(facts).strip("\n")
            if "\n\n\n" in marked:
                marked = _BLANK_LINES.sub("\n\n", marked)
            blocks = [self._completed(each, facts, template) for each in markup.blocks(marked)]
            html = self._layout.render(
                subject=subject, blocks=blocks, face=self.face, shows_logo=shows_logo
            )
        except FAULTS as fault:
            raise TemplateProblem(f"{place(fault, template)}: {fault}") from fault
        text = markup.without_marks(marked)
        return Rendered(
            subject=subject,
            text=text + "\n",
            html=html + "\n",
            picture=logo_part(self.face.logo) if shows_logo else b"",
        )

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

    def _sheet(self, template: str) -> Sheet:
        try:
            return self._sheets[template]
        except KeyError:
            raise TemplateProblem(f"{template}: there is no such template") from None

    def _completed(
        self, block: markup.Block, facts: Mapping[str, object], template: str
    ) -> markup.Block:
        """
        The block with what its lines only stand for.
        """
        if block.kind == "formatted":
            return markup.as_formatted(block, facts)
        if block.kind != "answer":
            return block
        sentence, way, label = block.lines
        address = markup.LINK.search(way)
        if not address or "://" in address[0] or not markup.is_allowed(address[0], self._hosts):
            raise TemplateProblem(
                f"{template}: an answer needs a mail address of ours, got {way!r}"
            )
        link = markup.answer_link(address[0], label, str(facts.get("reference", "")))
        return markup.Block("answer", [sentence, label, link])

    def _objections(self, rendered: Rendered) -> Iterator[str]:
        links = {
            each for each in markup.LINK.findall(rendered.text + rendered.html) if "://" in each
        }
        for link in sorted(links):
            if not markup.is_allowed(link, self._hosts):
                yield f"a link that is not on the list of allowed hosts: {link}"
        if not rendered.subject:
            yield "the Subject is empty"


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
