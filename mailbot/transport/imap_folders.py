"""
The folders of a mailbox, by the names that the server has for them; messages and copies
laid into them.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, ProtocolError

from mailbot.transport.imap_answers import FAULTS, batches
from mailbot.transport.imap_faults import code_of, is_not_connected
from mailbot.transport.mailbox import SpaceLeft

INBOX = "INBOX"

INTO_ITSELF = (
    "on this server it is the folder that mail is fetched from: name another in [imap]"
    ' processed_folder, or "" to leave messages where they are'
)

#: RFC 3501 §7.2.2, RFC 5258 §3: a name with nothing in it, and none to come.
_NO_FOLDER = frozenset({rb"\noselect", rb"\nonexistent"})

#: RFC 6154 §2.
_USES = frozenset(
    {rb"\all", rb"\archive", rb"\drafts", rb"\flagged", rb"\junk", rb"\sent", rb"\trash"}
)

#: RFC 5530: it was taken out of the folder meanwhile, by another worker perhaps.
_SOMEBODY_ELSES = "EXPUNGEISSUED"

#: So many refusals in a row, and it is not about one message.
_ENOUGH = 3


@dataclass
class Folders:
    """
    Where a connection's own folders are (RFC 2342), and what is called how there.
    """

    imap: Any
    prefix: str = ""
    separator: str = "/"
    _known: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, imap: Any) -> "Folders":
        """
        As the server tells it; one that has no NAMESPACE, or garbles it, has no prefix.
        """
        if imap.has_capability("NAMESPACE"):
            try:
                personal = imap.namespace().personal
            except IMAPClientAbortError:
                raise
            except (IMAPClientError, ValueError, LookupError, TypeError, AttributeError) as fault:
                if is_not_connected(str(fault)):
                    raise
                personal = None
            for prefix, separator in personal or ():
                return cls(imap, str(prefix), str(separator or "/"))
        return cls(imap)

    def named(self, configured: str) -> str:
        r"""
        The server's name for the folder that the configuration calls *configured*.

        What exists under that very name is meant. Otherwise it lies in our own
        namespace, `INBOX.Processed` for `Processed`, and a slash divides levels. `\Sent`
        is the folder of that use, or `Sent` where no folder has it.
        """
        if configured not in self._known:
            self._known[configured] = self._found(configured)
        return self._known[configured]

    def _found(self, configured: str) -> str:
        if configured.startswith("\\"):
            return self.used_as(configured) or self._found(configured[1:])
        if configured.upper() == INBOX:
            return INBOX
        if not self.prefix and self.separator == "/":
            return configured
        ours = self.ours(configured)
        return configured if ours == configured or self.is_there(configured) else ours

    def are_one(self, configured: str, other: str) -> bool:
        """
        Whether both mean one folder of the server, `Done` and `INBOX.Done`.
        """
        return self.named(configured) == self.named(other)

    def ours(self, configured: str) -> str:
        """
        The name as it would be in our own namespace.
        """
        name = configured.replace("/", self.separator)
        if name.upper().startswith(self.prefix.upper()):
            return name
        return self.prefix + name

    def above(self, name: str) -> list[str]:
        """
        The folders that this one lies in, the nearest first; without our namespace, which
        nobody makes.
        """
        start = len(self.prefix) if name.startswith(self.prefix) else 0
        ends = [at for at in range(start, len(name)) if name.startswith(self.separator, at)]
        return [name[:end] for end in reversed(ends)]

    def used_as(self, use: str) -> str | None:
        r"""
        The folder that the server itself uses so (RFC 6154), `\Sent` or `\Archive`, one of
        our own first; None where it names none.
        """
        wanted = use.lower().encode()
        named = [
            name
            for flags, _, name in self._listed_with_uses()
            if wanted in {flag.lower() for flag in flags} and _can_hold_messages(flags)
        ]
        return min(named, key=lambda name: not name.startswith(self.prefix), default=None)

    def _listed_with_uses(self) -> list[tuple[Sequence[bytes], object, str]]:
        # Most tell the uses in any LIST; some only when they are asked for them.
        listed: list[Any] = self.imap.list_folders()
        is_told = any(_USES & {flag.lower() for flag in flags} for flags, _, _ in listed)
        if not is_told and self.imap.has_capability("SPECIAL-USE"):
            asked = [b"(SPECIAL-USE)", b'""', b'"*"']
            try:
                told = self.imap._raw_command_untagged(b"LIST", asked, uid=False)  # noqa: SLF001
                listed = self.imap._proc_folder_list(told)  # noqa: SLF001
            except IMAPClientAbortError:
                raise
            except IMAPClientError:
                return []
        return [(flags, separator, str(name)) for flags, separator, name in listed]

    def is_there(self, name: str) -> bool:
        """
        Whether a folder of that name exists and can hold messages.
        """
        listed = self.imap.list_folders("", name)
        return any(_can_hold_messages(flags) for flags, _, _ in listed)

    def create(self, name: str) -> None:
        """
        Make that folder; one that somebody else has made meanwhile is as good.
        """
        try:
            self.imap.create_folder(name)
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            if not self.is_there(name):
                raise

    def made(self, configured: str) -> str:
        """
        The folder's name, once it is there.
        """
        name = self.named(configured)
        if not self.is_there(name):
            self.create(name)
            # Most clients show only what is subscribed; a server without it is no matter.
            with suppress(IMAPClientError):
                self.imap.subscribe_folder(name)
        return name


def _can_hold_messages(flags: Sequence[bytes]) -> bool:
    return not _NO_FOLDER & {flag.lower() for flag in flags}


def file(folders: Folders, uids: Sequence[int], configured: str) -> tuple[list[int], str]:
    """
    Put these messages of the selected folder out of the way: moved into that folder, or
    flagged where it is "". Returns those that are, one that is gone among them, and the
    first refusal. One that is refused stops no other.
    """
    imap = folders.imap
    target = folders.made(configured) if configured else ""
    done: list[int] = []
    refusal = ""
    for batch in batches(uids):
        try:
            _put_away(imap, batch, target)
        except (IMAPClientAbortError, ProtocolError):
            raise
        except IMAPClientError as fault:
            some, said = _one_by_one(imap, batch, target)
            done += some
            refusal = refusal or (said and str(fault))
        else:
            done += batch
    return done, refusal


def _one_by_one(imap: Any, uids: Sequence[int], target: str) -> tuple[list[int], str]:
    """
    Those that could be put away, and what was said of the first that could not.
    """
    done: list[int] = []
    refusal, in_a_row = "", 0
    for uid in uids:
        try:
            _put_away(imap, [uid], target)
        except (IMAPClientAbortError, ProtocolError):
            raise
        except IMAPClientError as fault:
            if code_of(str(fault)) == _SOMEBODY_ELSES:
                done.append(uid)
                continue
            refusal = refusal or str(fault)
            in_a_row += 1
            if in_a_row == _ENOUGH and not done:
                break
        else:
            in_a_row = 0
            done.append(uid)
    return done, refusal


def _put_away(imap: Any, uids: Sequence[int], target: str) -> None:
    if not target:
        imap.add_flags(uids, [rb"\Seen"], silent=True)
    elif imap.has_capability("MOVE"):
        imap.move(uids, target)
    else:
        _copy_away(imap, uids, target)


def _copy_away(imap: Any, uids: Sequence[int], target: str) -> None:
    r"""
    RFC 6851 by hand. A message that already is \Deleted was copied before: without
    UIDPLUS it stays until somebody expunges, because a plain EXPUNGE would take
    with it what people marked themselves.
    """
    flags = imap.fetch(uids, ["FLAGS"])
    rest = [uid for uid in flags if rb"\Deleted" not in flags[uid].get(b"FLAGS", ())]
    if rest:
        imap.copy(rest, target)
        imap.add_flags(rest, [rb"\Deleted"], silent=True)
    if flags and imap.has_capability("UIDPLUS"):
        imap.uid_expunge(list(flags))


def space_left(imap: Any, name: str) -> SpaceLeft | None:
    """
    How much of the mailbox's space is left (RFC 9208), by the limit that is nearest; None where
    there is no limit, or nobody says.
    """
    if not imap.has_capability("QUOTA"):
        return None
    try:
        _, quotas = imap.get_quota_root(imap._normalise_folder(name))  # noqa: SLF001
        found = [_left(each) for each in quotas if each.limit]
    except IMAPClientAbortError:
        raise
    except FAULTS:
        return None
    return min(found, key=lambda each: each.share, default=None)


def _left(quota: Any) -> SpaceLeft:
    left = max(0, quota.limit - quota.usage)
    # RFC 9208 §5.1: STORAGE is counted in units of 1024 octets.
    is_of_octets = str(quota.resource).upper() == "STORAGE"
    return SpaceLeft(left / quota.limit, left * 1024 if is_of_octets else None)


def rights(imap: Any, name: str) -> frozenset[str] | None:
    """
    What this login may do in the folder (RFC 4314 §2.1); None where nobody says.
    """
    if not imap.has_capability("ACL"):
        return None
    try:
        told = imap._command_and_check("myrights", imap._normalise_folder(name))  # noqa: SLF001
        words = bytes(told[0]).split()
    except IMAPClientAbortError:
        raise
    except FAULTS:
        return None
    return frozenset(words[-1].decode("ascii", "replace").strip('"')) if words else None
