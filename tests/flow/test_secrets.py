"""
No octet that leaves for somebody outside holds a staff address or a staff id: searched in a
whole story in which everybody, by mistake or on purpose, tries to get one out.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from mailbot.mail.signed_ids import Keyring
from mailbot.store.tables import OutboxRow
from tests.flow.attack import BY_JANE, BY_RHIAN, CLOSE, an_answer, later, letter, reply_to
from tests.flow.house import JANE, RHIAN, SERVICE, Mail, read, text_of
from tests.store.desk import REFERENCE, Desk

BOB = "bob@solicitors.example.org"
_TAG = re.compile(rb"<[^<>]{0,2000}>")


def spellings(content: bytes) -> Iterator[bytes]:
    """
    The octets as they leave, unfolded, and every part of them decoded, with and without tags.
    """
    yield content
    yield content.replace(b"=\r\n", b"").replace(b"\r\n ", b"").replace(b"\r\n\t", b"")
    for part in read(content).walk():
        for name, value in part.items():
            yield f"{name}: {value}".encode()
        if not part.is_multipart():
            decoded = part.get_payload(decode=True)
            assert isinstance(decoded, bytes)
            yield decoded
            yield decoded.replace(b"\x00", b"")
            yield _TAG.sub(b"", decoded)


def gives_away(content: bytes, keyring: Keyring, nonces: frozenset[str]) -> list[str]:
    """
    What of staff stands in the octets: anything of the shape, and every nonce that was
    ever issued to one of our people, in whatever letters.
    """
    found = []
    for octets in spellings(content):
        found += ["the shape of a secret"] if keyring.names_staff(octets) else []
        lower = octets.lower()
        found += [each for each in nonces if each.encode() in lower]
    return found


def with_html(mail: Mail, html: str, *files: tuple[str, str, bytes]) -> bytes:
    """
    The mail with a formatted version, and with files.
    """
    head = bytes(mail).partition(b"MIME-Version: 1.0\r\n")[0]
    rest = "".join(f"{name}: {value}\r\n" for name, value in mail.headers)
    attached = b"".join(
        f'--m\r\nContent-Type: {kind}; name="{name}"\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'.encode()
        + octets
        + b"\r\n"
        for name, kind, octets in files
    )
    return (
        head
        + rest.encode()
        + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="m"\r\n\r\n'
        b'--m\r\nContent-Type: multipart/alternative; boundary="a"\r\n\r\n'
        b"--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + mail.text.encode()
        + b"\r\n--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        + html.encode()
        + b"\r\n--a--\r\n"
        + attached
        + b"--m--\r\n"
    )


async def test_no_octet_that_leaves_for_anybody_outside_holds_a_secret_of_staff(
    desk: Desk,
) -> None:
    assignment = await letter("assignment")
    token = await reply_to("assignment")
    local = token.partition("@")[0]
    ids = f"<{assignment.message_id}>"
    spelt = (
        token,
        token.upper(),
        token.replace("+", "%2B").replace("@", "%40"),
        token.replace("+", "&#43;").replace("@", "&#64;"),
        f"{local[:12]}\u200b{local[12:]}@infinitysystemsolutions.co.uk",
        f"{local[:12]}\u00ad{local[12:]}@infinitysystemsolutions.co.uk",
        ids,
        local,
    )
    notification = text_of(assignment.content)
    orders = [
        f"Write to {token}.\nOr look for {ids}.",
        f"The same, {token}, quoted:\n\n> {token}\n\n{notification}",
        f"#call\nI rang, see {' '.join(spelt)}",
        f"#outcome\nAll is well, {token} {ids}",
        f"#contact tue 14:00\n{token}",
        f"#post {token}, Ebbw Vale",
        "#email",
        f"#correct name Jane {token}",
        f"#correct address {token}, NP23 6XX",
        f"#party add {BOB} solicitor, copies",
        f"#need {token}",
    ]
    for number, text in enumerate(orders, 1):
        await desk.arrives(await an_answer("assignment", text, number=number))
        if (await OutboxRow.all().order_by("-id").first()).template == "confirm-command":  # type: ignore[union-attr]
            await desk.arrives(await an_answer("confirm-command", "yes", number=number))
        later(desk)

    # Formatted, in a link, torn by tags, and in files of several kinds.
    torn = f"<p>See <b>{token[:20]}</b><i>{token[20:]}</i></p>"
    htmls = [torn, f'<a href="mailto:{spelt[2]}">write</a>', f"<p title='{token}'>x</p>", *spelt]
    files = (
        ("note.txt", "text/plain", token.encode()),
        ("note-16.txt", "text/plain", token.encode("utf-16")),
        ("page.html", "text/html", torn.encode()),
        ("ours.eml", "message/rfc822", assignment.content),
        (f"{local}.txt", "text/plain", b"nothing"),
    )
    for number, html in enumerate(htmls, 30):
        mail = await an_answer("assignment", f"See {number}: {' '.join(spelt)}", number=number)
        await desk.arrives(with_html(mail, html, *files))

    # Somebody gave it to Jane, and she asks what it is; Rhian answers her, quote and all.
    asks = await an_answer("acknowledgement", f"What is {token}?", sender=BY_JANE, to=JANE)
    await desk.arrives(replace(asks, subject=f"{token} {ids}", headers=(("References", ids),)))
    shown = text_of((await letter("customer-reply")).content)
    answer = f"Forget it.\n\n{shown}"
    await desk.arrives(await an_answer("customer-reply", answer, number=60))

    # A notification that was passed on as if it were a customer's.
    inline = (
        f"See below.\n\n---------- Forwarded message ---------\nFrom: Carys <carys@example.com>\n"
        f"Date: Mon, 23 Nov 2026 at 09:00\nSubject: {token}\nTo: <{RHIAN}>\n\n{notification}{token}"
    )
    await desk.arrives(
        Mail(sender=BY_RHIAN, subject="Fwd: x", text=inline, message_id="fwd@client.example")
    )
    await desk.arrives(await an_answer("confirm-command", "yes", number=70))
    await desk.arrives(
        Mail(
            sender=BY_RHIAN, subject=REFERENCE, text=f"#deadlock\n{token}", message_id="d@c.example"
        )
    )
    await desk.arrives(await an_answer("confirm-command", "yes", number=71))
    await desk.until(desk.day(20))
    await desk.arrives(await an_answer("assignment", CLOSE, number=72))
    await desk.arrives(await an_answer("confirm-command", "yes", number=72))

    staff = await OutboxRow.filter(to_staff=True)
    outside = await OutboxRow.filter(to_staff=False)
    nonces = frozenset(each.nonce for each in staff)
    assert {each.recipient for each in outside} >= {JANE, BOB, "carys@example.com"}
    assert len(outside) > 20
    leaks = {
        (each.id, each.template): found
        for each in outside
        if (found := gives_away(each.content, desk.office.keyring, nonces))
    }
    assert leaks == {}
    # The search finds what there is to find.
    assert all(gives_away(each.content, desk.office.keyring, nonces) for each in staff)
    assert SERVICE in token or token.startswith("service+s")
