"""
The ways by which an alarm goes out. The only user of apprise.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Way:
    """
    One address: a webhook, a pager, a chat, a mail server that is not ours.
    """

    url: str = field(repr=False)
    _known: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        # Half a second, and only where somebody wants alarms.
        import apprise

        logging.getLogger("apprise").propagate = False
        self._known = apprise.Apprise()
        self.is_understood = bool(self._known.add(self.url))

    @property
    def name(self) -> str:
        """
        Which one it is, without the secrets that stand in it. Of a pager or a chat the key
        stands where others have a host.
        """
        try:
            parts = urlsplit(self.url)
        except ValueError:
            return "no://…"
        shapes = self._known[0].templates if self.is_understood else ()
        has_host = bool(shapes) and all("{host}" in each for each in shapes)
        return f"{parts.scheme or 'no'}://{parts.hostname or '' if has_host else '…'}"

    def tell(self, title: str, body: str) -> bool:
        """
        Whether it was taken. It blocks, for some seconds where nobody answers.
        """
        return self.is_understood and bool(self._known.notify(title=title, body=body))


def ways(urls: Sequence[str]) -> list[Way]:
    return [Way(each) for each in urls]
