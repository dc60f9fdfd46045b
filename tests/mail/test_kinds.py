"""
An attachment is named for what it is, and never opened.
"""

import pytest

from mailbot.mail.files.kinds import default_name, what_it_is
from mailbot.mail.message import Attachment


@pytest.mark.parametrize(
    ("name", "content_type", "what"),
    [
        ("winmail.dat", "application/ms-tnef", "Outlook's own format, not readable here"),
        ("WINMAIL.DAT", "application/octet-stream", "Outlook's own format, not readable here"),
        ("smime.p7m", "application/x-pkcs7-mime", "S/MIME, not readable here"),
        ("smime.p7s", "application/octet-stream", "S/MIME signature, not checked"),
        ("signature.asc", "application/pgp-signature", "PGP signature, not checked"),
        ("fault.eml", "application/octet-stream", "another message"),
        ("invite.ics", "application/octet-stream", "an appointment"),
        ("bill.pdf", "application/pdf", "application/pdf"),
        ("unnamed", "application/octet-stream", "application/octet-stream"),
    ],
)
def test_a_person_is_told_what_it_is(name: str, content_type: str, what: str) -> None:
    assert what_it_is(Attachment(name=name, content_type=content_type)) == what


def test_what_is_encrypted_with_pgp_is_known_by_its_first_line() -> None:
    armoured = Attachment(
        name="noname",
        content_type="application/octet-stream",
        content=b"\r\n-----BEGIN PGP MESSAGE-----\r\n",
    )

    assert what_it_is(armoured) == "PGP, encrypted"


@pytest.mark.parametrize(
    ("content_type", "name"),
    [
        ("application/ms-tnef", "winmail.dat"),
        ("message/rfc822", "attached message.eml"),
        ("text/calendar", "invitation.ics"),
        ("image/png", "unnamed.png"),
        ("image/jpeg", "unnamed.jpg"),
        ("audio/amr", "unnamed.amr"),
        ("application/octet-stream", "unnamed"),
        ("application/x-nobody-knows", "unnamed"),
    ],
)
def test_a_part_without_a_name_gets_one_that_a_folder_can_hold(
    content_type: str, name: str
) -> None:
    assert default_name(content_type) == name
