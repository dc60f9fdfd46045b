"""
The tables. Instants are UTC; octets are as they came or as they will leave.

A column that joined a table later has a `db_default`: rows are in it already.

No question of a round, and none of a command but `retention`, `subject` and `erase`, may
read a table whole:
the indexes are here, and those over a small part of a table in migration 0007, where
their conditions are. A statement that is to use one says the same condition, in words
of SQL or as null or not: neither database compares it with a parameter.
"""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from mailbot.store.packed_fields import PackedField, PackedTextField


class Content(Model):
    """
    The octets of a message as first fetched. Nothing rewrites them.
    """

    id = fields.BigIntField(primary_key=True)
    octets = PackedField()
    sha256 = fields.CharField(64)
    size = fields.BigIntField()

    class Meta:
        table = "content"


class CaseRow(Model):
    serial = fields.BigIntField(primary_key=True)
    reference = fields.CharField(40, unique=True)
    state = fields.CharField(24)
    received_at = fields.DatetimeField()
    opened_at = fields.DatetimeField()
    handler_email = fields.CharField(320, default="")
    rulebook_version = fields.CharField(64)
    verdict = fields.CharField(24, default="")
    #: Which of the two letters that the law wants have been decided, with commas.
    rights_letters = fields.CharField(64, default="")
    level = fields.IntField(default=0)
    not_eligible = fields.TextField(default="")
    #: One a line.
    needs = fields.TextField(default="")
    interval = fields.CharField(32, default="")
    is_data_protection = fields.BooleanField(default=False)
    credit = fields.CharField(64, default="")
    outcome_at = fields.DatetimeField(null=True)
    by_post = fields.BooleanField(default=False, db_default=False)
    #: Templates of letters that wait to be posted, with commas.
    to_post = fields.TextField(default="", db_default="")
    #: The serial of the case that this one became a part of.
    merged_into = fields.BigIntField(null=True)
    #: Bumped by whoever works on the case: the lock is a write, on both databases.
    revision = fields.IntField(default=0)

    class Meta:
        table = "case"
        indexes = (Index(fields=("state", "merged_into", "handler_email")),)


class PartyRow(Model):
    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyRelation[CaseRow] = fields.ForeignKeyField(
        "mailbot.CaseRow", related_name="parties", on_delete=fields.RESTRICT
    )
    case_id: int
    role = fields.CharField(32)
    name = fields.TextField(default="")
    email = fields.CharField(320)
    email_key = fields.CharField(320, db_index=True)
    phone = fields.CharField(64, default="")
    #: One line of an envelope a line.
    postal_address = fields.TextField(default="", db_default="")
    anchor = fields.CharField(255, default="")
    token = fields.CharField(64, default="")
    token_nonce = fields.CharField(16, unique=True)
    #: Whether each letter to the complainant goes to them as a copy.
    gets_copies = fields.BooleanField(default=False, db_default=False)
    #: When their role ended, null while they have it.
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "party"
        unique_together = (("case", "email_key"),)


class MessageRow(Model):
    """
    One incoming message that is ours, and what was made of it.
    """

    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyNullableRelation[CaseRow] = fields.ForeignKeyField(
        "mailbot.CaseRow", related_name="messages", null=True, on_delete=fields.RESTRICT
    )
    case_id: int | None
    content: fields.ForeignKeyRelation[Content] = fields.ForeignKeyField(
        "mailbot.Content", related_name="messages", on_delete=fields.RESTRICT
    )
    content_id: int
    #: The row of the ledger under which it became ours.
    ledger_id = fields.BigIntField(db_index=True)
    received_at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    message_id = fields.TextField(default="")
    message_id_key = fields.CharField(255, default="", db_index=True)
    #: Message-ID, From and Date: one message, however often it is delivered.
    identity = fields.CharField(64, db_index=True)
    #: The text, to tell a copy from an altered copy.
    text_digest = fields.CharField(64, default="")
    sender = fields.CharField(320, default="")
    subject = fields.TextField(default="")
    text = PackedTextField(default="")
    attachments = fields.JSONField[list[str]](default=list)
    kind = fields.CharField(24)
    rule = fields.CharField(48)
    evidence = fields.CharField(24, default="")
    decision = fields.CharField(64, default="")
    silence = fields.CharField(64, default="")
    #: The nonce of the staff mail that one of our people proved to answer with it.
    answers = fields.CharField(16, default="", db_default="", db_index=True)
    #: Which message it is a copy of.
    copy_of = fields.BigIntField(null=True)

    class Meta:
        table = "message"
        indexes = (Index(fields=("text_digest", "sender")), Index(fields=("case_id",)))


class LedgerRow(Model):
    """
    One row a UID: the memory of what the mailbox showed us, and how far we got with it.
    """

    id = fields.BigIntField(primary_key=True)
    mailbox = fields.CharField(255)
    uid_validity = fields.BigIntField()
    uid = fields.BigIntField()
    received_at = fields.DatetimeField()
    attempts = fields.IntField(default=0)
    # Or left; what stands in the next line, the migrations know as well.
    #: begun | recorded | held | gone
    state = fields.CharField(12)
    #: The message that this is another delivery of.
    seen_as = fields.BigIntField(null=True)
    #: When the server was told that we have it.
    filed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "ledger"
        unique_together = (("mailbox", "uid_validity", "uid"),)


class HeldRow(Model):
    """
    A message that waits for a person.
    """

    id = fields.BigIntField(primary_key=True)
    message: fields.OneToOneRelation[MessageRow] = fields.OneToOneField(
        "mailbot.MessageRow", related_name="held", on_delete=fields.RESTRICT
    )
    message_id: int
    at = fields.DatetimeField()
    reason = fields.CharField(64, db_index=True)
    detail = fields.TextField(default="")
    attempts = fields.IntField(default=1)
    resolved_at = fields.DatetimeField(null=True)
    resolution = fields.CharField(64, default="")

    class Meta:
        table = "held"


class ObligationRow(Model):
    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyRelation[CaseRow] = fields.ForeignKeyField(
        "mailbot.CaseRow", related_name="obligations", on_delete=fields.RESTRICT
    )
    case_id: int
    promise = fields.CharField(32)
    number = fields.IntField()
    clause = fields.TextField()
    acts_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    #: From when its time was counted, null where the instant itself was agreed.
    since = fields.DatetimeField(null=True)
    state = fields.CharField(12)
    settled_at = fields.DatetimeField(null=True)
    evidence = fields.TextField(default="")

    class Meta:
        table = "obligation"
        unique_together = (("case", "promise", "number"),)
        indexes = (Index(fields=("state", "case_id")),)


class StepRow(Model):
    """
    One instant of an obligation at which something happens.
    """

    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyRelation[CaseRow] = fields.ForeignKeyField(
        "mailbot.CaseRow", related_name="steps", on_delete=fields.RESTRICT
    )
    case_id: int
    promise = fields.CharField(32)
    number = fields.IntField()
    does = fields.CharField(8)
    at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "step"
        indexes = (Index(fields=("case_id",)), Index(fields=("promise", "does", "at")))


class EventRow(Model):
    """
    The history of a case, and of what belongs to none. Only ever added to.
    """

    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyNullableRelation[CaseRow] = fields.ForeignKeyField(
        "mailbot.CaseRow", related_name="events", null=True, on_delete=fields.RESTRICT
    )
    case_id: int | None
    at = fields.DatetimeField()
    event = fields.CharField(48)
    cause = fields.CharField(64)
    reason = fields.CharField(128, default="")
    about = fields.TextField(default="")

    class Meta:
        table = "event"
        indexes = (Index(fields=("case_id",)),)


class OutboxRow(Model):
    """
    One letter: its final octets, and how far it got.
    """

    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyNullableRelation[CaseRow] = fields.ForeignKeyField(
        "mailbot.CaseRow", related_name="outbox", null=True, on_delete=fields.RESTRICT
    )
    case_id: int | None
    #: Said once: (case, occasion, template), or (case, template, recipient).
    key = fields.CharField(255, unique=True)
    template = fields.CharField(32)
    template_hash = fields.CharField(16)
    to_staff = fields.BooleanField()
    recipient = fields.CharField(320)
    recipient_key = fields.CharField(320, db_index=True)
    recipient_name = fields.TextField(default="")
    occasion = fields.CharField(128)
    message_id = fields.CharField(255, unique=True)
    #: The id under which the next hop says it sends it on (Outlook, SES).
    alias = fields.CharField(255, default="", db_index=True)
    key_id = fields.CharField(8)
    #: The chance in its Message-ID. Of a staff letter it is the reply token too,
    #: whose purpose is the template and whose holder is the recipient.
    nonce = fields.CharField(16, unique=True)
    #: When that token was seen by others, and how.
    spent_at = fields.DatetimeField(null=True)
    spent_why = fields.CharField(48, default="")
    content = PackedField()
    status = fields.CharField(12)
    reason = fields.TextField(default="")
    attempts = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    next_attempt_at = fields.DatetimeField(null=True)
    #: Until when somebody has it in hand, null while nobody has.
    claimed_until = fields.DatetimeField(null=True)
    #: When the next hop accepted it.
    accepted_at = fields.DatetimeField(null=True)
    reply = fields.TextField(default="")
    #: The folder that is to have a copy once it is sent, until it has.
    copy_to = fields.CharField(255, default="")

    class Meta:
        table = "outbox"
        indexes = (
            Index(fields=("case_id", "template")),
            Index(fields=("key_id",)),
            # What was written of late, and to whom: counted from the index alone.
            Index(fields=("template", "created_at", "status")),
            Index(fields=("recipient_key", "created_at", "template", "status")),
        )


class AbsenceRow(Model):
    """
    When somebody is not in, as was said by command beside handlers.toml.
    """

    id = fields.BigIntField(primary_key=True)
    #: The address of the person in handlers.toml.
    email_key = fields.CharField(320, db_index=True)
    #: Local dates, both included.
    first_on = fields.DateField()
    last_on = fields.DateField()
    said_by = fields.TextField()
    said_at = fields.DatetimeField()
    #: When it was taken back.
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "absence"


class WorkerRow(Model):
    """
    One `mailbot run`: who is at work on this database.
    """

    id = fields.BigIntField(primary_key=True)
    host = fields.CharField(255)
    pid = fields.IntField()
    started_at = fields.DatetimeField()
    #: When it was last heard of.
    seen_at = fields.DatetimeField()
    #: Whether it is the one that takes mail in.
    holds_mailbox = fields.BooleanField(default=False)

    class Meta:
        table = "worker"


class ControlRow(Model):
    """
    What operations said, and counters: one named value a row.
    """

    name = fields.CharField(48, primary_key=True)
    value = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        table = "control"
