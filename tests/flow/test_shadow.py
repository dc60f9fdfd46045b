"""
A rehearsal on a real mailbox: people answer from it, and mailbot says what it would have done.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailbot.store.tables import OutboxRow
from tests.flow.house import House, Mail
from tests.test_cli import mailbot

#: Nobody's complaint.
NEWSLETTER = Mail(
    sender="News <news@example.org>",
    message_id="news@example.org",
    headers=(("List-Id", "<news.example.org>"),),
)


def an_answer_by_hand(to: str, answers: str, **fields: str) -> Mail:
    return Mail(
        sender="service@infinitysystemsolutions.co.uk",
        to=to,
        subject="Re: No internet",
        text="We are looking into it.",
        message_id=f"by-hand.{answers}",
        headers=(("In-Reply-To", f"<{answers}>"), *fields.items()),
    )


async def test_what_people_sent_stands_beside_what_mailbot_would_have(
    house: House, tmp_path: Path
) -> None:
    house.more |= {"MAILBOT_SERVICE__SEND": "none", "MAILBOT_IMAP__SENT_FOLDER": "Sent"}
    now = datetime.now(UTC).replace(microsecond=0)
    house.clock.at = now - timedelta(days=5)
    with house.mailbox.imap() as imap:
        imap.create_folder("Sent")
    await house.take_in(Mail())
    await house.take_in(Mail(sender="Bob <bob@example.com>", message_id="second@example.com"))
    await house.take_in(NEWSLETTER)
    for mail, hours in (
        (an_answer_by_hand("jane@example.com", "first@example.com"), 3),
        (an_answer_by_hand("news@example.org", "news@example.org"), 4),
        # A machine of the firm's own answered Bob, and a letter of ours lies there, too.
        (
            an_answer_by_hand(
                "bob@example.com", "second@example.com", **{"Auto-Submitted": "auto-replied"}
            ),
            1,
        ),
    ):
        house.mailbox.deliver(bytes(mail), house.clock.at + timedelta(hours=hours), "Sent")
    before = [(each.id, each.status) for each in await house.rows(OutboxRow)]

    answer = await mailbot(
        house, "report", "--shadow", "--json", "--html", str(tmp_path / "s.html")
    )

    assert answer.status == 0, answer.err
    found = json.loads(answer.out)
    [jane, bob] = found["cases"]
    assert [each["message_id"] for each in jane["theirs"]] == ["by-hand.first@example.com"]
    assert {each["template"] for each in jane["ours"]} >= {"acknowledgement", "introduction"}
    assert bob["theirs"] == []
    assert found["findings"]["only_we"] == [bob["reference"]]
    [missed] = found["missed"]
    assert missed["kind"] == "list"
    assert "What to look at" in (tmp_path / "s.html").read_text()
    # It changes nothing.
    assert [(each.id, each.status) for each in await house.rows(OutboxRow)] == before
    with house.mailbox.imap() as imap:
        imap.select_folder("Sent")
        assert len(imap.search(["UNSEEN"])) == 3


async def test_who_sends_has_no_shadow(house: House) -> None:
    answer = await mailbot(house, "report", "--shadow")

    assert answer.status == 1
    assert 'send is "live"' in answer.err


async def test_a_month_that_is_still_to_come_has_no_shadow(house: House) -> None:
    house.more["MAILBOT_SERVICE__SEND"] = "none"

    answer = await mailbot(house, "report", "--shadow", "--month", "2999-01")

    assert answer.status == 2
    assert "January 2999 is still to come" in " ".join(answer.err.split())
