"""
From one mail of the case to its files in the bundle: as it was, as a page, and what was
attached to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from mailbot.bundle.mail_page import MailPage, mail_page
from mailbot.bundle.names import harmless, plain
from mailbot.bundle.sections import Line, Lines, line
from mailbot.cases.sending.by_post import letter_of
from mailbot.cases.wording import account, plain_names
from mailbot.cases.wording.moments import happened
from mailbot.evidence.discretion import NOT_WHOLE, Discretion
from mailbot.evidence.enclosed import EMPTIED, Enclosed, File, LeftOut, OnPaper
from mailbot.mail.files.going_along import Stays, to_staff
from mailbot.mail.files.opened import Opened, opened
from mailbot.mail.message import Attachment, Kind
from mailbot.mail.reading.parse import text_of
from mailbot.store.tables import MessageRow, OutboxRow

#: No file of a mail is too large for the bundle.
_ANY_SIZE = 1 << 40

#: Characters of a mail in case.json; all of them stand on its page.
_LONGEST_TEXT = 100_000

_ALTERED = (
    "the octets are not those that were recorded when it came: their SHA-256 is another; the"
    " database was altered"
)
_BEYOND = "it is too large or too broken to be taken apart: its files are in the mail as it was"
_COPY = "another copy of a message that is here already"
_INSIDE_ANOTHER = (
    "it came inside a mail of one of our own people, which is left out: its words stand in the page"
)
_RETURNED = "a machine's answer to mail among our own people, which it returns or names"
_PROGRAM = "a program: it is left inside the mail as it was, so that nobody opens it by mistake"
_NOT_TAKEN = "it could not be taken out of the text in which it stood"
_NAMES_STAFF = "it holds an address or an id by which somebody could act as one of our people"


@dataclass
class Enclosing:
    """
    *files* are to be written; what is said of them is in *enclosed*, *left_out* and *on_paper*.
    """

    discretion: Discretion
    files: list[File] = field(default_factory=list)
    enclosed: list[Enclosed] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    on_paper: list[OnPaper] = field(default_factory=list)

    @property
    def _zone(self) -> tzinfo:
        return self.discretion.firm.calendar.zone

    def message(self, number: int, row: MessageRow, octets: bytes, recorded: str, now: str) -> None:
        """
        *recorded* is the SHA-256 of when it came, *now* that of the octets.
        """
        if not octets:
            self._emptied(number, row, row.received_at)
            return
        mail = opened(octets, received_at=row.received_at)
        text = self.discretion.without_secrets(row.text)
        if self._is_about_others(number, row, f"{row.subject}\n{text}"):
            return
        if self.discretion.is_among_us(row, mail.words):
            self.left_out.append(LeftOut(what=f"mail {number}", why=_RETURNED, number=number))
            return
        stem = f"messages/{_stem(number, row.received_at, self._zone, self._of(row))}"
        notes = [_COPY] if row.copy_of else []
        if recorded != now:
            notes.append(_ALTERED)
        why = self._wraps(row, mail) or self._why_not(mail)
        eml = self._as_it_was(number, File(f"{stem}.eml", octets, row.received_at), why)
        files = self._files(number, mail, row.received_at, only=self._own_names(row, mail))
        if not mail.is_whole:
            notes.append(_BEYOND)
        self._enclose(
            number,
            stem,
            row.received_at,
            title=f"Mail {number}: {self._title(row, mail)}",
            facts=[
                *self._header(mail),
                ("Reached us", self._moment(row.received_at)),
                ("Read as", line(plain_names.KINDS[Kind(row.kind)])),
            ],
            text=text,
            eml=eml,
            sha256=recorded if recorded == now else now,
            files=files,
            notes=notes,
        )

    def letter(self, number: int, row: OutboxRow, octets: bytes, sha256: str) -> None:
        at = row.accepted_at or row.created_at
        if not octets:
            self._emptied(number, row, at)
            return
        mail = opened(octets, received_at=row.created_at)
        text = self.discretion.without_secrets(text_of(octets))
        if self._is_about_others(number, row, f"{mail.header.subject}\n{text}"):
            return
        shown = _shown_within(mail)
        mail = replace(mail, files=tuple(each for each in mail.files if each not in shown))
        stem = f"letters/{_stem(number, at, self._zone, row.template)}"
        eml = self._as_it_was(number, File(f"{stem}.eml", octets, at), self._why_not(mail))
        self._enclose(
            number,
            stem,
            at,
            title=f"Mail {number}: {plain_names.LETTERS.get(row.template, row.template)}",
            facts=[
                *self._header(mail),
                ("Written", self._moment(row.created_at)),
                ("What became of it", self._sent(row)),
                ("Template", line(f"{row.template}, edition {row.template_hash}")),
            ],
            text=text,
            html=mail.html if eml else "",
            pictures=shown,
            eml=eml,
            sha256=sha256,
            files=self._files(number, mail, at),
            notes=[],
        )

    def paper(self, row: OutboxRow, octets: bytes, references: tuple[str, ...]) -> None:
        """
        What a task to one of our people enclosed to be printed and posted: the letter as the
        customer has it is that page, and no mail.
        """
        if not octets:
            return
        mail = opened(octets, received_at=row.created_at)
        printed = {f"{each}.pdf" for each in references}
        if not any(each.name in printed for each in mail.files):
            return
        template = letter_of(row.occasion)
        stem = f"by-post-{len(self.on_paper) + 1:02}-{template or 'came-back'}"
        pages = []
        for index, each in enumerate(mail.files, start=1):
            is_page = each.name in printed
            name = (
                f"letters/{stem}.pdf"
                if is_page
                else f"attachments/{stem}-{index}-{harmless(each.name, each.content_type)}"
            )
            self.files.append(File(name, each.content, row.created_at))
            pages.append(Line("the page as printed" if is_page else each.name, name))
        self.on_paper.append(
            OnPaper(template=template, given_at=row.created_at, pages=tuple(pages))
        )

    # --- what is in it -------------------------------------------------------

    def _enclose(
        self,
        number: int,
        stem: str,
        at: datetime,
        *,
        title: str,
        facts: list[tuple[str, Lines]],
        text: str,
        eml: str,
        sha256: str,
        files: tuple[Line, ...],
        notes: list[str],
        html: str = "",
        pictures: tuple[Attachment, ...] = (),
    ) -> None:
        clean = self.discretion.without_secrets
        original = (
            (Line("the mail as it was, octet for octet", f"../{eml}"), Line(f"SHA-256 {sha256}"))
            if eml
            else (Line(self._why_no_eml(number)),)
        )
        page = mail_page(
            MailPage(
                title=clean(title),
                facts=(
                    *(
                        (name, tuple(Line(clean(each.text)) for each in said))
                        for name, said in facts
                    ),
                    ("Original", original),
                ),
                text=text,
                html=html,
                pictures=pictures,
                notes=tuple(_sentence(each) for each in notes),
                files=tuple(Line(each.text, f"../{each.href}") for each in files),
            ),
            self.discretion.firm.face,
        )
        name = f"{stem}.html"
        self.files.append(File(name, page.encode(), at))
        self.enclosed.append(
            Enclosed(
                number=number,
                page=name,
                text=text[:_LONGEST_TEXT],
                eml=eml,
                files=files,
                notes=tuple(notes),
            )
        )

    def _why_no_eml(self, number: int) -> str:
        why = next((each.why for each in self.left_out if each.number == number), "")
        return _sentence(f"left out: {why}")

    def _as_it_was(self, number: int, file: File, why_not: str) -> str:
        """
        The name of the file with the octets; "" where they are left out.
        """
        if why_not:
            what = f"the octets of mail {number}"
            self.left_out.append(LeftOut(what=what, why=why_not, number=number))
            return ""
        self.files.append(file)
        return file.name

    def _why_not(self, mail: Opened) -> str:
        return NOT_WHOLE if self.discretion.holds_a_secret(mail.words) else ""

    def _files(
        self, number: int, mail: Opened, at: datetime, only: frozenset[str] | None = None
    ) -> tuple[Line, ...]:
        found = []
        # By the name that it gets here: letters of another width make a program of a text.
        called = tuple(replace(each, name=plain(each.name)) for each in mail.files)
        judged = zip(mail.files, to_staff(called, _ANY_SIZE).each, strict=True)
        for index, (each, (_, stays)) in enumerate(judged, start=1):
            if only is not None and each.name not in only:
                continue
            why, shown = self._why_not_file(each, stays), self.discretion.without_secrets(each.name)
            if why:
                self.left_out.append(LeftOut(what=f"the file {shown} of mail {number}", why=why))
                continue
            called_here = harmless(shown, each.content_type)
            name = f"attachments/{number:03}-{index}-{called_here}"
            self.files.append(File(name, each.content, at))
            found.append(Line(shown, name))
        return tuple(found)

    def _why_not_file(self, file: Attachment, stays: Stays | None) -> str:
        if stays is Stays.PROGRAM:
            return _PROGRAM
        if stays is Stays.MISSING:
            return _NOT_TAKEN
        is_said = file.content_type.startswith(("text/", "message/"))
        return _NAMES_STAFF if is_said and self.discretion.holds_a_secret((file.content,)) else ""

    # --- what is said of it ----------------------------------------------------

    def _header(self, mail: Opened) -> Iterator[tuple[str, Lines]]:
        """
        What its header says, field for field.
        """
        for name in ("From", "To", "Cc", "Date", "Subject", "Message-ID"):
            if value := mail.header.first(name.lower()):
                yield name, line(value)

    def _sent(self, row: OutboxRow) -> Lines:
        said = plain_names.STATUSES[row.status]
        when = f", {happened(row.accepted_at, self.discretion.firm)}" if row.accepted_at else ""
        reply = (Line(account.by_what_it_went(row.reply)),) if row.reply else ()
        return (Line(f"{said}{when}"), *reply)

    def _title(self, row: MessageRow, mail: Opened) -> str:
        sender = mail.header.sender if not self._wraps(row, mail) else None
        if sender and sender.name:
            return f"from {sender.name} <{sender.email}>"
        return f"from {row.sender or 'nobody that it names'}"

    def _of(self, row: MessageRow) -> str:
        return "received" if row.kind == Kind.PERSON else row.kind.replace("_", "-")

    def _moment(self, at: datetime) -> Lines:
        return line(happened(at, self.discretion.firm))

    def _wraps(self, row: MessageRow, mail: Opened) -> str:
        """
        Why the octets are not the sender's own: one of our people passed the mail on, in a
        mail of theirs. "" where they are.
        """
        by = mail.header.sender.email if mail.header.sender else ""
        people = self.discretion.firm.people
        is_ours = people.by_address(by) is not None and people.by_address(row.sender) is None
        return _INSIDE_ANOTHER if is_ours and not self.discretion.is_internal else ""

    def _own_names(self, row: MessageRow, mail: Opened) -> frozenset[str] | None:
        """
        The names of the files that are the sender's, where the octets are not; None: all.
        """
        return frozenset(row.attachments) if self._wraps(row, mail) else None

    def _is_about_others(self, number: int, row: MessageRow | OutboxRow, text: str) -> bool:
        why = self.discretion.why_not_words(row, text)
        if why:
            self.left_out.append(LeftOut(what=f"mail {number}", why=why, number=number))
        return bool(why)

    def _emptied(self, number: int, row: MessageRow | OutboxRow, at: datetime) -> None:
        self.left_out.append(LeftOut(what=f"mail {number}", why=EMPTIED, number=number))


def _shown_within(letter: Opened) -> tuple[Attachment, ...]:
    """
    The pictures that a letter of ours shows within its text: they are no files beside it.
    """
    return tuple(
        each
        for each in letter.files
        if each.content_id and f'"cid:{each.content_id}"' in letter.html
    )


def _stem(number: int, at: datetime, zone: tzinfo, what: str) -> str:
    """
    The day in it is that of the index: a local one.
    """
    return f"{number:03}-{at.astimezone(zone):%Y-%m-%d}-{plain(what)}"


def _sentence(said: str) -> str:
    return f"{said[:1].upper()}{said[1:]}."
