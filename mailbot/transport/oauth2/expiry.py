"""
What lets us in and runs out: the client's secret, and its certificate, which is read only
where there is one: cryptography takes its time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mailbot.transport.oauth2.client import Client, TokenFault

#: Days before its end from which on somebody is told: to renew it takes people.
TOLD_BEFORE = 30


@dataclass(frozen=True)
class Expiry:
    """
    What runs out, by its key in [oauth2], and in how many days; less than none: so many ago.
    """

    key: str
    on: date
    days: int

    @property
    def in_words(self) -> str:
        """
        For the report of `check`, with what to do.
        """
        what = "the client secret" if self.key == "client_secret_file" else "the certificate"
        remedy = f"make a new one, and put it into {self.key}"
        if self.key == "client_secret_file":
            remedy += "; then set secret_expires_on"
        if self.days < 0:
            return f"oauth2: {what} ended on {self.on}: {remedy}"
        day = "today" if not self.days else f"in {self.days} day{'' if self.days == 1 else 's'}"
        return f"oauth2: {what} ends {day}, on {self.on}: {remedy}, before mail stops"


def expiring(client: Client, secret_expires_on: date | None, today: date) -> list[Expiry]:
    """
    What has run out, or will within thirty days.
    """
    found = ends(client.certificate_file, secret_expires_on, today)
    return [each for each in found if each.days <= TOLD_BEFORE]


def ends(
    certificate_file: Path | None, secret_expires_on: date | None, today: date
) -> list[Expiry]:
    """
    Whatever has an end that is known, near or far.
    """
    found = _ends(certificate_file, secret_expires_on)
    return [Expiry(key, on, (on - today).days) for key, on in found]


def _ends(
    certificate_file: Path | None, secret_expires_on: date | None
) -> Iterator[tuple[str, date]]:
    if certificate_file is None:
        if secret_expires_on is not None:
            yield "client_secret_file", secret_expires_on
        return
    from mailbot.transport.oauth2.signing import expires_on

    try:
        yield "certificate_file", expires_on(certificate_file)
    except TokenFault:
        # Whoever asks for a token is told what is wrong with the file.
        return
