"""
Whether the folders that the configuration names can be used, tried before the first round:
what is made to find out is taken away again.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from mailbot.transport.imap_answers import FAULTS, refused_in_words
from mailbot.transport.imap_folders import INTO_ITSELF, Folders, rights, space_left
from mailbot.transport.mailbox import ImapAccount

_TRIAL = (
    b"From: mailbot\r\nSubject: a trial, deleted at once\r\n\r\n"
    b"mailbot check tried whether messages can be put into this folder.\r\n"
)

SENT = r"\Sent"

#: Of the mailbox's space; below it somebody should make room.
_LITTLE = 0.05


@dataclass(frozen=True)
class Tried:
    """
    What was found: problems keep mailbot from working as it should.
    """

    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def and_(self, other: "Tried") -> "Tried":
        return Tried(
            self.facts + other.facts,
            self.warnings + other.warnings,
            self.problems + other.problems,
        )


def try_folders(folders: Folders, account: ImapAccount, sent_folder: str) -> Tried:
    """
    Whether each of the folders can be used, the sent folder among them unless it is "".
    """
    processed = account.processed_folder
    tried = _try_inbox(folders, account.folder, moves=bool(processed))
    if processed and folders.are_one(processed, account.folder):
        tried = tried.and_(Tried(problems=(f"[imap] processed_folder: {INTO_ITSELF}",)))
    for key, name in (("processed_folder", processed), ("sent_folder", sent_folder)):
        if name:
            tried = tried.and_(_try_target(folders, key, name))
    return tried if sent_folder else tried.and_(_copies_elsewhere(folders))


def _try_inbox(folders: Folders, configured: str, *, moves: bool) -> Tried:
    """
    Whether messages can be taken out of the folder that mail comes into, or flagged in it.
    """
    imap, name = folders.imap, folders.named(configured)
    allowed = rights(imap, name)
    needed = {"t": "delete", "e": "expunge"} if moves else {"s": "flag as seen"}
    if allowed is not None and not _may(allowed, needed):
        lacking = " and ".join(words for right, words in needed.items() if right not in allowed)
        return Tried(
            problems=(
                (
                    f"[imap] folder: this login may not {lacking} messages in {name}: give it the"
                    f" rights {''.join(needed)} there (RFC 4314)"
                ),
            )
        )
    if b"READ-ONLY" in imap.select_folder(name):
        return Tried(
            problems=(
                (
                    f"[imap] folder: {name} is read-only for this login: what was recorded could"
                    " neither be moved nor flagged; give it the right to write there"
                ),
            )
        )
    return _space(imap, name)


def _try_target(folders: Folders, key: str, configured: str) -> Tried:
    """
    Whether messages can be laid into that folder, which may have to be made first.
    """
    imap = folders.imap
    name = folders.named(configured)
    if not folders.is_there(name):
        return _try_to_make(folders, key, name)
    allowed = rights(imap, name)
    if allowed is not None:
        if "i" in allowed:
            return Tried(facts=(f"[imap] {key}: {name} takes messages",))
        words = "this login may not lay messages there: give it the right i (RFC 4314)"
        return Tried(problems=(f"[imap] {key}: {name}: {words}",))
    return _try_to_append(imap, key, name)


def _copies_elsewhere(folders: Folders) -> Tried:
    """
    Where the server keeps sent mail, for whoever has no copies made.
    """
    sent = folders.used_as(SENT)
    if sent is None:
        return Tried()
    words = (
        f"[imap] sent_folder: sent mail of this mailbox lies in {sent}; if the server does not put"
        " ours there itself, name it, or '\\Sent', for copies"
    )
    return Tried(facts=(words,))


def _may(allowed: frozenset[str], needed: dict[str, str]) -> bool:
    # RFC 2086 had one right for what RFC 4314 divides into t, e and x.
    return needed.keys() <= allowed or ("d" in allowed and needed.keys() <= {"t", "e"})


def _try_to_make(folders: Folders, key: str, name: str) -> Tried:
    imap = folders.imap
    # Cyrus makes the levels above, too, as folders like any other.
    above = [each for each in folders.above(name) if not imap.list_folders("", each)]
    try:
        folders.create(name)
    except IMAPClientAbortError:
        raise
    except IMAPClientError as refusal:
        return Tried(problems=(_problem(key, name, refusal),))
    tried = _try_to_append(imap, key, name)
    with suppress(IMAPClientError):
        imap.close_folder()
    if not _is_taken_away(imap, name):
        return tried.and_(Tried(facts=(f"[imap] {key}: {name} was made",)))
    for each in above:
        if folders.is_there(each):
            _is_taken_away(imap, each)
    if tried.problems:
        return tried
    return Tried(facts=(f"[imap] {key}: {name} is made by the first run",))


def _is_taken_away(imap: Any, name: str) -> bool:
    """
    Whether the folder is gone again. One that a worker beside us has put mail into stays:
    it would go with its mail.
    """
    try:
        if imap.folder_status(name, ["MESSAGES"])[b"MESSAGES"]:
            return False
        imap.delete_folder(name)
    except IMAPClientAbortError:
        raise
    except (IMAPClientError, KeyError):
        return False
    return True


def _try_to_append(imap: Any, key: str, name: str) -> Tried:
    if not imap.has_capability("UIDPLUS"):
        # It could not be taken away without what others have marked as deleted.
        if b"READ-ONLY" in imap.select_folder(name, readonly=False):
            words = f"[imap] {key}: {name} is read-only for this login"
            return Tried(problems=(f"{words}: give it the right to write there",))
        return Tried(facts=(f"[imap] {key}: {name} is there",))
    try:
        imap.append(name, _TRIAL, (rb"\Deleted", rb"\Seen"))
    except IMAPClientAbortError:
        raise
    except IMAPClientError as refusal:
        return Tried(problems=(_problem(key, name, refusal),))
    with suppress(*FAULTS):
        imap.select_folder(name)
        mine = imap.search(["DELETED", "SUBJECT", "a trial, deleted at once", "FROM", "mailbot"])
        if mine:
            imap.uid_expunge(mine)
    return Tried(facts=(f"[imap] {key}: {name} takes messages",))


def _problem(key: str, name: str, refusal: Exception) -> str:
    return f"[imap] {key}: {name}: {refused_in_words(str(refusal))}"


def _space(imap: Any, name: str) -> Tried:
    left = space_left(imap, name)
    if left is None or left.share >= _LITTLE:
        return Tried()
    if left.share <= 0:
        return Tried(
            problems=(
                (
                    "the mailbox is full: nothing more can come in, or be put away; make room in it,"
                    " or have its quota raised"
                ),
            )
        )
    words = (
        f"the mailbox has {left.share:.0%} of its space left: make room in it, or have it raised"
    )
    return Tried(warnings=(words,))
