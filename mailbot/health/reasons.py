"""
Each reason for which a person has to do something, with what to do.

Being busy is none, nor is a worker that stands by, a quiet mailbox at a weekend, mail that
waits for a person who has a day for it, or what broke some minutes ago and mends itself.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    DATABASE_UNREACHABLE = "database_unreachable"
    DATABASE_READ_ONLY = "database_read_only"
    DATABASE_MOVED = "database_moved"
    NOT_CAUGHT_UP = "not_caught_up"
    COPY = "copy"
    DISK_FULL = "disk_full"
    MAILBOX_FULL = "mailbox_full"
    TOKEN_KEY_MISSING = "token_key_missing"  # noqa: S105 - the name of a reason
    NOBODY_AT_WORK = "nobody_at_work"
    MAILBOX_NOT_HELD = "mailbox_not_held"
    WORKERS_DIFFER = "workers_differ"
    IMAP_FAILING = "imap_failing"
    SMTP_FAILING = "smtp_failing"
    CLOCK_FAILING = "clock_failing"
    FOLDER_FAILING = "folder_failing"
    PART_STALLED = "part_stalled"
    MAIL_WAITS = "mail_waits"
    PROMISED_MAIL_UNSENT = "promised_mail_unsent"
    DELIVERY_REFUSED = "delivery_refused"
    PAUSED = "paused"
    DEADLINE_NOT_STRUCK = "deadline_not_struck"
    CLOCK_DOUBTED = "clock_doubted"
    CLOCK_DIFFERS = "clock_differs"
    DIGESTS_FAILED = "digests_failed"
    HELD_TOO_LONG = "held_too_long"
    SET_ASIDE_TOO_LONG = "set_aside_too_long"
    CREDENTIALS_EXPIRE = "credentials_expire"
    REFRESH_TOKEN_NOT_KEPT = "refresh_token_not_kept"  # noqa: S105 - the name of a reason
    PEOPLE_NOT_READ = "people_not_read"
    CASES_LEFT_BEHIND = "cases_left_behind"


REMEDIES = {
    Reason.DATABASE_UNREACHABLE: "do what the sentence says; no mail is lost meanwhile",
    Reason.DATABASE_READ_ONLY: "let mailbot write to the file and its folder, or name the server"
    " that takes writes in [database] url",
    Reason.DATABASE_MOVED: "name the new database in [database] url; to go on with this one all"
    " the same, mailbot resume",
    Reason.NOT_CAUGHT_UP: "see that mailbot run is at work and reaches the mailbox: nothing is sent"
    " before it has caught up; what is still being moved here, move once more",
    Reason.COPY: "if the old one is gone for good, mailbot resume; if this is a copy, leave it so"
    " and stop watching it",
    Reason.DISK_FULL: "make room on the disk of the database",
    Reason.MAILBOX_FULL: "have its quota raised, or make room: empty the bin, and take the oldest"
    " mail out of Processed and the sent folder",
    Reason.TOKEN_KEY_MISSING: "restore the file from your backup, or copy it from the host of another"
    " worker, before mailbot is started again",
    Reason.NOBODY_AT_WORK: "start mailbot run; if it runs, see in its log why it cannot write to the"
    " database",
    Reason.MAILBOX_NOT_HELD: "see in the logs of the workers why none of them can take it; start"
    " one again",
    Reason.WORKERS_DIFFER: "make it the same on every host, and start its worker again; what one"
    ' with send = "none" takes in is answered by nobody (mailbot outbox list)',
    Reason.IMAP_FAILING: "do what the sentence says; mailbot check tries it at once",
    Reason.SMTP_FAILING: "do what the sentence says; mailbot check tries it at once",
    Reason.CLOCK_FAILING: "do what the sentence says; mailbot check tries it at once",
    Reason.FOLDER_FAILING: "empty or enlarge the mailbox, or let mailbot write to the folder;"
    " mailbot check tries it at once",
    Reason.PART_STALLED: "look at the log; start mailbot again, and report it if it comes back",
    Reason.MAIL_WAITS: "look at the log; mailbot check says what would become of what waits",
    Reason.PROMISED_MAIL_UNSENT: "mailbot outbox list says why; mend that, and mailbot outbox retry"
    " saves the wait",
    Reason.DELIVERY_REFUSED: "mend the account, or have the relay accept us: the log quotes its words"
    " (delivery_refused_for_us)",
    Reason.PAUSED: "mailbot resume, once what it was paused for is mended",
    Reason.DEADLINE_NOT_STRUCK: "look at the log (deadline_failed names the case) and after that case"
    " by hand",
    Reason.CLOCK_DOUBTED: "put the machine's clock right; if it is right, mailbot resume --clock",
    Reason.CLOCK_DIFFERS: "put the machine's clock right, and have the network keep it so"
    " (timedatectl); where the other one is wrong, tell whoever runs that server",
    Reason.DIGESTS_FAILED: "report what the log says of it (digests_failed); everything else goes on",
    Reason.HELD_TOO_LONG: "mailbot held list, and decide: a customer may be waiting in it",
    Reason.SET_ASIDE_TOO_LONG: "look at the mailbox with a mail program, and have the mail server"
    " mended; mailbot held list names what it is",
    Reason.CREDENTIALS_EXPIRE: "make a new one and put it into its file; set secret_expires_on,"
    " and start mailbot again",
    Reason.REFRESH_TOKEN_NOT_KEPT: "let mailbot write to [oauth2] refresh_token_file before it is"
    " started again",
    Reason.PEOPLE_NOT_READ: "mailbot check says what is wrong with handlers.toml",
    Reason.CASES_LEFT_BEHIND: "mailbot check names the cases; give each to somebody:"
    " mailbot case REF do '#assign NAME'",
}


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """
    One reason as it is now. The sentence names nobody, and ends without a full stop.
    """

    reason: Reason
    sentence: str
    #: None where only its presence is known.
    since: datetime | None = None
    #: Which part, where the reason is about one.
    part: str = ""

    @property
    def remedy(self) -> str:
        return REMEDIES[self.reason]
