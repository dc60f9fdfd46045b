"""
Where a database is at home. A copy of it elsewhere must not write to real customers.
"""

from dataclasses import dataclass
from enum import StrEnum


class Moved(StrEnum):
    """
    What is another than it was.
    """

    NOTHING = ""
    MAILBOX = "another_mailbox"
    HOST = "another_host"
    DATABASE = "another_database"


@dataclass(frozen=True, kw_only=True)
class Home:
    """
    The mailbox that is served, and where the memory of it is kept.
    """

    mailbox: str
    #: Of a file the host that it is on; of a server's database the server and its name.
    host: str = ""
    database: str = ""

    def moved_from(self, other: "Home") -> Moved:
        if self.mailbox != other.mailbox:
            return Moved.MAILBOX
        if self.host != other.host:
            return Moved.HOST
        return Moved.DATABASE if self.database != other.database else Moved.NOTHING
