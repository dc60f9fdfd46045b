"""
Mails that went wrong in the field, each an instance of a kind: what becomes of it now, from
the octets to the letters. Those that answer us get the ids of a real letter.
"""

import re
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path

import pytest

from mailbot.mail.quoting.new_text import new_text
from mailbot.mail.reading.parse import parse
from mailbot.store.tables import OutboxRow
from tests.flow.attack import an_office
from tests.flow.house import FRIDAY, Mail, id_of, ids_of, read, text_of
from tests.store.desk import Desk

FIELD = Path(__file__).parents[1] / "field"
OUR_ID = rb"(ack-1@infinitysystemsolutions\.example|[abcs]\.1\.[a-z0-9.]+@infinitysystemsolutions\.co\.uk)"


@dataclass(frozen=True)
class Right:
    """
    What it is, what is done with it, which letter it brings, and what stands in that.
    """

    kind: str
    reason: str
    brings: str = ""
    says: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


def _opens(*says: str, lacks: tuple[str, ...] = ()) -> Right:
    return Right("person", "case_opened", "assignment", says, lacks)


def _held(kind: str, reason: str, *says: str) -> Right:
    return Right(kind, reason, "task", says)


def _relayed(*says: str, lacks: tuple[str, ...] = ()) -> Right:
    return Right("staff", "answer_relayed", "handler-reply", says, lacks)


def _misplaced(command: str) -> Right:
    return Right("staff", "misplaced_command", "receipt", ("Nothing was sent", command))


TUESDAY = "We will be with you on Tuesday at nine."
MONDAY = "My line has been dead since Monday."
NINE_DAYS = "My broadband has been off for nine days"

OTHERS = {
    "form-own-address-no-replyto": _held("own", "our_address"),
    "voicemail-as-us": _held("own", "our_address", "telecare", "somebody may be at risk"),
    "placeholder": _opens(NINE_DAYS),
    "nbsp": _opens(NINE_DAYS),
    "alternative-plain-and-mixed": _opens("dead since Monday", "this is the second bill"),
    "html-second-document": _opens("on Monday", "alone with two children"),
    "html-255-levels": _opens("on Monday", "the router burns", "Please ring me"),
    "mms-text-has-a-name": _opens("The cabinet in our street is open"),
    "type-without-semicolon": _opens(MONDAY, lacks=("unnamed",)),
    "utf8-one-octet-lost": _opens("It\u2019s Siân \u2013 my line", "\u201cMonday\u201d"),
    "latin1-footer-in-utf8": _opens("£50 twice \u2013 Siôn Tŷ Gwyn", "Café Mail"),
    "copy-without-the-file-1": _opens("See the photograph"),
    "smime-opaque": _opens(MONDAY, "This is a formal complaint", "S/MIME, signed"),
    "alt-links": _opens("https://photos.example/album/7f3k", "https://files.example/bill.pdf"),
    "data-uri": _opens("This is what the router shows", "image/png"),
    "journal": _held("no_reply", "journal_report"),
    "from-bracket-not-closed": _opens(MONDAY),
    "from-all-in-one-word": _opens(MONDAY),
    "mark-before-a-field": _opens(MONDAY),
    "person-with-a-tmda-fingerprint": _opens(MONDAY),
    "file-without-a-name": _opens("unnamed.jpg"),
    "ext-read": Right("read_receipt", "receipt_words"),
    "google-drive": _held("no_reply", "no_reply_address"),
    "postmaster-with-underscore": _held("no_reply", "postmaster"),
    "quarantine": _held("no_reply", "quarantine_list"),
    "complaint-about-a-message": Right("abuse_report", "complaint_about_a_message"),
    "absence-with-two-blank-lines": Right("out_of_office", "absence_in_words"),
}

OF_HANDLERS = {
    "placeholder-plain": _relayed(TUESDAY, lacks=("multi-part",)),
    "handler-latin1-footer": _relayed("We will credit £25 \u2013 sorry, Siân."),
    "handler-smime-opaque": _relayed(TUESDAY),
    "handler-html-link": _relayed("/form/7>", "<https://book.example/slot>"),
    "handler-data-uri": _relayed("The cable runs here", "See you"),
    "handler-safelink": _relayed("/form/7", lacks=("safelinks", "rhian.price@")),
    "you-wrote": _relayed("The line has been dead since Monday.", "we have found the fault"),
    "reference-line": _relayed("ISS-000001-95", "He comes on"),
    "answer-under-caution": _relayed(TUESDAY, lacks=("CAUTION", "originated")),
    "contact-under-caution": Right(
        "staff", "commands_carried_out", "contact-agreed", ("Tuesday 24 November 2026, 2pm",)
    ),
    "hi-contact": _misplaced("#contact tue 14:00"),
    "hi-credit": _misplaced("#credit 25.00 December 2026"),
}

OF_CUSTOMERS = {
    "caution-top": Right("person", "said_yes", "closed"),
    "plain-yes-html-no": Right(
        "person", "joined_by_reply_token", "customer-reply", ("the bill is still wrong",)
    ),
    "auto-tag": Right("out_of_office", "out_of_office_subject", lacks=("acknowledgement",)),
    "oof-banner": Right("out_of_office", "out_of_office_subject", lacks=("acknowledgement",)),
}

RETURNED = (
    *("bounce-fields-in-the-text", "bounce-diagnostic-not-folded", "bounce-action-expired"),
    *("bounce-action-missing", "bounce-recipient-fields-apart", "bounce-no-recipient-group"),
    *("bounce-words-nobody-knows", "bounce-language-nobody-knows"),
    "rejected-as-a-receipt-with-empty-lines",
)

CUT = {
    "reply-bracket-on-the-next-line": "Dear Jane,\n\nan engineer comes on Tuesday.\n\nRhian",
    "reply-header-block-without-an-address": "Dear Jane,\n\nan engineer comes on Tuesday.",
}


def octets(name: str) -> bytes:
    return (FIELD / f"{name}.eml").read_bytes()


async def the_letter(template: str) -> OutboxRow:
    row = await OutboxRow.filter(template=template).order_by("-id").first()
    assert row is not None, template
    return row


def answering(content: bytes, letter: OutboxRow) -> bytes:
    """
    The same mail as an answer to that letter: its reply address, its thread.
    """
    original = bytes(letter.content)
    to = parseaddr(str(read(original)["Reply-To"]))[1].encode()
    # Some end their lines as on the wire, and a body that was signed is left as it is.
    end = b"\r\n" if b"\r\n" in content[:200] else b"\n"
    header, gap, body = content.partition(end + end)
    header = re.sub(rb"(?im)^To: .*$", b"To: " + to, header, count=1)
    header = re.sub(rb"(?ims)^(In-Reply-To|References):.*?(?=^\S|\Z)", b"", header).rstrip()
    ids = [each.encode() for each in (*ids_of(original), id_of(original))]
    thread = b" ".join(b"<" + each + b">" for each in ids)
    header += end + b"In-Reply-To: <" + ids[-1] + b">" + end + b"References: " + thread
    return header + gap + body


async def is_right(desk: Desk, content: bytes, right: Right) -> None:
    before = await OutboxRow.all().count()
    recorded = await desk.arrives(content)
    written = (await OutboxRow.all().order_by("id"))[before:]

    assert (recorded.kind, recorded.reason) == (right.kind, right.reason)
    templates = [each.template for each in written]
    if not right.brings:
        assert "acknowledgement" not in templates
        return
    assert right.brings in templates
    words = text_of(bytes(written[templates.index(right.brings)].content))
    assert [each for each in right.says if each not in words] == []
    assert [each for each in right.lacks if each in words] == []


@pytest.mark.parametrize("name", OTHERS)
async def test_a_mail_that_comes_first_is_what_it_is(tmp_path: Path, name: str) -> None:
    async with an_office(tmp_path) as office:
        await is_right(Desk(office), octets(name), OTHERS[name])


@pytest.mark.parametrize("name", OF_HANDLERS)
async def test_a_handlers_answer_brings_their_words_and_no_others(
    tmp_path: Path, name: str
) -> None:
    async with an_office(tmp_path) as office:
        desk = Desk(office)
        await desk.arrives(Mail())
        mail = answering(octets(name), await the_letter("assignment"))
        await is_right(desk, mail, OF_HANDLERS[name])


@pytest.mark.parametrize("name", OF_CUSTOMERS)
async def test_a_customers_answer_counts_for_what_it_says(tmp_path: Path, name: str) -> None:
    async with an_office(tmp_path) as office:
        desk = Desk(office)
        await desk.arrives(Mail())
        answered = "acknowledgement"
        if OF_CUSTOMERS[name].kind == "person":
            await desk.arrives(await desk.answer_to("assignment", "#outcome\n\nWe mended it."))
            answered = "outcome"
        mail = answering(octets(name), await the_letter(answered))
        await is_right(desk, mail, OF_CUSTOMERS[name])


async def test_the_same_words_with_a_file_are_shown_with_it(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        desk = Desk(office)
        await desk.arrives(octets("copy-without-the-file-1"))
        right = Right("person", "altered_copy", "customer-reply", ("photo.jpg",))
        await is_right(desk, octets("copy-with-the-file-2"), right)


async def returned(desk: Desk, name: str) -> tuple[str, str]:
    """
    What the acknowledgement and its promise are once that mail came.
    """
    await desk.arrives(Mail())
    letter = await the_letter("acknowledgement")
    await desk.arrives(re.sub(OUR_ID, letter.message_id.encode(), octets(name)))
    [promise] = await desk.states("acknowledge")
    return (await the_letter("acknowledgement")).status, promise


@pytest.mark.parametrize("name", RETURNED)
async def test_our_own_letter_that_came_back_keeps_no_promise(tmp_path: Path, name: str) -> None:
    async with an_office(tmp_path) as office:
        desk = Desk(office)

        assert await returned(desk, name) == ("bounced", "open")
        assert await OutboxRow.filter(template="task").count() == 1


async def test_one_that_names_only_the_recipient_is_a_task_that_names_the_case(
    tmp_path: Path,
) -> None:
    async with an_office(tmp_path) as office:
        desk = Desk(office)

        assert await returned(desk, "bounce-names-only-the-recipient") == ("sent", "met")
        assert "ISS-000001-95" in text_of(bytes((await the_letter("task")).content))


async def test_an_absence_under_a_daemons_path_returns_nothing(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        assert await returned(Desk(office), "absence-with-the-daemons-path") == ("sent", "met")


@pytest.mark.parametrize("name", CUT)
def test_what_a_client_writes_above_a_quote_is_cut(name: str) -> None:
    text = parse(octets(name), received_at=FRIDAY).text

    assert new_text(text).strip() == CUT[name]


def test_each_of_the_mails_has_its_test() -> None:
    alone = {"copy-with-the-file-2", "bounce-names-only-the-recipient"}
    alone |= {"absence-with-the-daemons-path"}
    tried = {*OTHERS, *OF_HANDLERS, *OF_CUSTOMERS, *RETURNED, *CUT} | alone

    assert tried == {each.stem for each in FIELD.glob("*.eml")}
