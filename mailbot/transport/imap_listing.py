"""
What lies in a folder: when each message came, and how large it is.

A server that cannot open one message refuses, garbles or ends the whole answer: the
others are asked about without it, and it stands there with nothing known.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from mailbot.transport.imap_answers import FAULTS, asked, batches, received_at
from mailbot.transport.mailbox import Waiting

#: A selected connection, made anew where the last one was ended.
Selected = Callable[[], Any]


def waiting(selected: Selected, uids: Sequence[int]) -> Iterator[Waiting]:
    """
    Each of these messages that the server named, also one of which it says nothing.
    """
    for batch in batches(uids):
        answers = _answers(selected, batch)
        for uid in batch:
            answer = answers.get(uid, {})
            size = answer.get(b"RFC822.SIZE")
            yield Waiting(uid, size if isinstance(size, int) else None, received_at(answer))


def _answers(selected: Selected, uids: Sequence[int]) -> dict[int, Mapping[bytes, Any]]:
    imap = selected()
    try:
        return asked(imap, uids, "INTERNALDATE", "RFC822.SIZE")
    except FAULTS:
        if len(uids) > 1:
            middle = len(uids) // 2
            return _answers(selected, uids[:middle]) | _answers(selected, uids[middle:])
    # The size asks for the file of a message, its date often does not.
    imap = selected()
    with suppress(*FAULTS):
        return asked(imap, uids, "INTERNALDATE")
    return {}
