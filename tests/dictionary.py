"""
What the octets of our letters have in common, as `store/packing` wants it once.

`python -m tests.dictionary FILE` writes it, from the packaged templates and the letters
that they give for a made-up case. A file that was packed with once is never written anew:
what was packed with it could not be read any more. New words get a new file.
"""

import sys
from pathlib import Path

from mailbot import service
from mailbot.letters.compose import Heading, compose
from mailbot.letters.rehearsal import TO_STAFF, samples
from mailbot.settings import Settings
from tests.flow.house import FRIDAY, settings

#: What DEFLATE looks back upon (RFC 1951).
MOST = 32_768

#: The commonest come last: what is nearest costs least.
_RARE_TO_COMMON = (
    *("party", "correction", "task", "held", "confirm-command", "receipt", "copy", "breach"),
    *("call-summary", "credit", "not-complaint", "escalated", "reopened", "deadlock"),
    *("contact-missed", "confirm-reminder", "follow-up", "digest", "handler-reply", "adr-rights"),
    *("warning", "contact-agreed", "outcome", "closed", "customer-reply", "assignment"),
    *("introduction", "acknowledgement"),
)


def dictionary(firm_settings: Settings) -> bytes:
    """
    Every line of those letters once, where it stands last.
    """
    lines: dict[bytes, None] = {}
    stationery, firm = service.stationery(firm_settings), firm_settings.firm
    told = samples(firm)
    for template in _RARE_TO_COMMON:
        heading = Heading(
            from_name=f"{firm.rulebook.company.short_name} complaints",
            from_address=firm.service_address,
            to_name="Jane Doe",
            to_address="jane.doe@example.com",
            message_id="c.1@example.com",
            date=FRIDAY,
            template=template,
            reference=f"{firm.reference_prefix}-000001-95",
            auto_submitted="auto-generated",
            suppress=True,
        )
        facts = told[template] | {"staff": template in TO_STAFF}
        for line in compose(stationery.render(template, facts), heading).splitlines(keepends=True):
            lines.pop(line, None)
            lines[line] = None
    return b"".join(lines)[-MOST:]


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(dictionary(settings(Path())))
