"""
Which messages of a folder have to be looked at, found without asking for all of it.

A folder of few messages is listed whole each time. In one that fills up, where what is done
stays, only what is new is asked for, and what is still open; it is listed whole at first,
and every hour, so that nothing stays hidden that a server once did not show.

CONDSTORE (RFC 7162) would tell of flags, which mean nothing to us.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from mailbot.transport.imap_answers import BATCH
from mailbot.transport.imap_listing import Selected, waiting
from mailbot.transport.mailbox import Waiting

#: A folder of so many is listed whole at each look: its UIDs are a line or two.
FEW = BATCH
#: Sequence numbers in one SEARCH: an answer of at most 110 KB, in one line. Python's
#: imaplib reads none of more than a million octets.
_WINDOW = 10_000
#: Servers that limit an answer show at least so many messages.
_NARROWEST = 500
#: Seconds until the folder is listed whole again.
_FULL_EVERY = 3600.0


@dataclass
class Looking:
    """
    What one folder has shown so far.
    """

    #: Seconds that only go on.
    clock: Callable[[], float] = time.monotonic
    #: What a UID means; None before the first look.
    uid_validity: int | None = None
    #: What the server showed, and nobody has said that it is done with.
    _open: set[int] = field(default_factory=set)
    #: RFC 3501 §2.3.1.1: size and date of a UID never change, so they are asked once.
    _seen: dict[int, Waiting] = field(default_factory=dict)
    #: How many messages there were at the last look.
    _exists: int = 0
    #: Above every UID that was listed.
    _next: int = 1
    _full_at: float | None = None

    @property
    def is_large(self) -> bool:
        """
        Whether it is worth asking which messages are done with.
        """
        return self._exists > FEW

    def listed(self, imap: Any, selected: Mapping[bytes, Any]) -> list[int]:
        """
        The UIDs of what is there and new, or was open at the last look; all, where the
        folder is listed whole. *selected* is what the server said when it was opened.
        """
        uid_validity, exists = int(selected[b"UIDVALIDITY"]), int(selected[b"EXISTS"])
        if uid_validity != self.uid_validity:
            self.uid_validity, self._seen = uid_validity, {}
            self._next, self._full_at = 1, None
        is_due = self._full_at is None or self.clock() - self._full_at >= _FULL_EVERY
        if is_due or exists <= FEW or len(self._open) > FEW:
            found = _whole(imap, exists) if exists or is_due else []
            self._full_at = self.clock() if is_due or exists else self._full_at
        else:
            told = selected.get(b"UIDNEXT")
            has_new = not isinstance(told, int) or told > self._next or exists > self._exists
            found = self._further(imap, has_new=has_new)
        # Only now: a look that was cut off has seen nothing.
        self._exists, self._open = exists, set(found)
        self._next = max(found, default=self._next - 1) + 1
        return found

    def describe(self, selected: Selected, uids: Collection[int]) -> tuple[Waiting, ...]:
        """
        These messages with their dates and sizes, oldest first; the others that were
        listed are done with.
        """
        self._open = set(uids)
        for each in waiting(selected, [uid for uid in uids if uid not in self._seen]):
            self._seen[each.uid] = each
        self._seen = {uid: self._seen[uid] for uid in uids if uid in self._seen}
        return tuple(sorted(self._seen.values(), key=lambda each: (each.received_at, each.uid)))

    def has_news(self, imap: Any) -> bool:
        """
        Whether there is more than was listed. Asked for: a server tells of it in the
        midst of any answer.
        """
        return any(uid >= self._next for uid in searched(imap, f"UID {self._next}:*"))

    def _further(self, imap: Any, *, has_new: bool) -> list[int]:
        wanted = [str(uid) for uid in sorted(self._open)]
        if has_new:
            wanted.append(f"{self._next}:*")
        if not wanted:
            return []
        found = searched(imap, "UID " + ",".join(wanted))
        # RFC 3501 §6.4.8: n:* has the last message in it, even if that is below n.
        return [uid for uid in found if uid >= self._next or uid in self._open]


def searched(imap: Any, criteria: str) -> list[int]:
    """
    The UIDs that were found. imapclient reads one line of them, and some servers give
    several. Without a CHARSET, over which Exchange stumbles.
    """
    lines = imap._raw_command_untagged(b"SEARCH", [criteria.encode()])  # noqa: SLF001
    words = b" ".join(each for each in lines if isinstance(each, bytes)).split()
    return [int(each) for each in words if each.isdigit()]


def there(imap: Any, uids: Sequence[int]) -> frozenset[int]:
    """
    Which of these are in the folder.
    """
    found: set[int] = set()
    for start in range(0, len(uids), BATCH):
        some = uids[start : start + BATCH]
        found.update(searched(imap, "UID " + ",".join(str(each) for each in some)))
    return frozenset(found & set(uids))


def _whole(imap: Any, exists: int) -> list[int]:
    """
    All that is there, also if it is said to be nothing, whatever its flags: they are
    anybody's.
    """
    try:
        found = set(() if exists else searched(imap, "ALL"))
        # From the end: an EXPUNGE meanwhile moves only what was listed already.
        for last in range(exists, 0, -_WINDOW):
            found.update(_window(imap, max(last - _WINDOW, 0) + 1, last, is_end=last == exists))
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        # A count that is wrong, or a server that knows no such search.
        found = set(searched(imap, "ALL"))
    return sorted(found)


def _window(imap: Any, first: int, last: int, *, is_end: bool) -> list[int]:
    """
    The UIDs of these sequence numbers, and of what came since if it *is_end*.
    """
    criteria = f"{first}:{'*' if is_end else last}"
    found = searched(imap, "ALL" if is_end and first == 1 else criteria)
    size = last - first + 1
    if not found or len(found) >= size or size <= _NARROWEST:
        return found
    # The server shows no more at once, or its count is too high.
    middle = (first + last) // 2
    upper = _window(imap, middle + 1, last, is_end=is_end)
    return [*found, *upper, *_window(imap, first, middle, is_end=False)]
