"""
The people of handlers.toml while the worker runs: read again when the file changes.

Somebody who left must not be believed until the next restart, and somebody new
must not wait for it. A file that is wrong changes nothing: the people stay who they were.
"""

from pathlib import Path

from mailbot.cases.people.handlers import People
from mailbot.log import get_logger
from mailbot.settings import ConfigurationProblems, Settings, people_in
from mailbot.settings.load import HANDLERS_FILE

log = get_logger()

#: Of a file: when it was written, how large it is, and which one it is.
_Stamp = tuple[int, int, int]


class Roster:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._people = settings.people
        # None: the first look reads it, should it have changed since it was loaded.
        self._stamp: _Stamp | None = None
        #: Whether the file, as it was last looked at, cannot be used.
        self.is_unread = False

    def changed(self) -> People | None:
        """
        The people, if they are others than at the last look; None if they are not,
        or if the file cannot be used, which is said once for each state of the file.
        """
        stamp = _stamp(self._settings.config_folder / HANDLERS_FILE)
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        try:
            people = people_in(self._settings.config_folder, self._settings.own_addresses)
        except ConfigurationProblems:
            # What is wrong names people, and no line of the log does: `check` says it.
            log.error("people_not_read")
            self.is_unread = True
            return None
        self.is_unread = False
        if people == self._people:
            return None
        self._people = people
        log.info("people_changed", count=len(people.handlers))
        return people


def _stamp(file: Path) -> _Stamp:
    try:
        known = file.stat()
    except OSError:
        return (0, 0, 0)
    return (known.st_mtime_ns, known.st_size, known.st_ino)
