from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

#: Indexes over the few rows that a question is about, however many others there are.
#: Tortoise has no such index for SQLite; a table that a later migration makes anew
#: (AlterField on SQLite) loses them, and every other index of its model too.
BY_HAND = {
    # AddField made the column of migration 0006, and not its index.
    'idx_message_answers': 'ON "message" ("answers")',
    'idx_outbox_underway': 'ON "outbox" ("next_attempt_at", "id") WHERE "next_attempt_at" IS NOT NULL',
    'idx_outbox_overdue': 'ON "outbox" ("template", "created_at") WHERE "next_attempt_at" IS NOT NULL',
    'idx_outbox_unsent': """ON "outbox" ("created_at", "id") WHERE "status" NOT IN ('sent', 'withdrawn')""",
    'idx_outbox_uncopied': """ON "outbox" ("id") WHERE "status" = 'sent' AND "copy_to" <> ''""",
    'idx_outbox_rewritten': """ON "outbox" ("id") WHERE "alias" <> '' AND "alias" <> "message_id\"""",
    'idx_held_waiting': 'ON "held" ("at", "id") WHERE "resolved_at" IS NULL',
    'idx_step_waiting': 'ON "step" ("at", "id") WHERE "done_at" IS NULL',
    'idx_ledger_begun': """ON "ledger" ("mailbox", "uid_validity", "uid") WHERE "state" = 'begun'""",
    # Most cases are part of no other: an index over all would find them for "none".
    'idx_case_merged_into': 'ON "case" ("merged_into") WHERE "merged_into" IS NOT NULL',
    'idx_ledger_seen_as': 'ON "ledger" ("seen_as") WHERE "seen_as" IS NOT NULL',
}


class Migration(migrations.Migration):
    dependencies = [('mailbot', '0006_answers')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='CaseRow', index=Index(fields=['state', 'merged_into', 'handler_email'])
        ),
        ops.RemoveIndex(model_name='CaseRow', fields=['state', 'handler_email']),
        ops.AddIndex(model_name='MessageRow', index=Index(fields=['case_id'])),
        ops.AddIndex(model_name='ObligationRow', index=Index(fields=['state', 'case_id'])),
        ops.AddIndex(model_name='StepRow', index=Index(fields=['case_id'])),
        ops.AddIndex(model_name='StepRow', index=Index(fields=['promise', 'does', 'at'])),
        ops.RemoveIndex(model_name='StepRow', fields=['done_at', 'at']),
        ops.AddIndex(model_name='EventRow', index=Index(fields=['case_id'])),
        ops.AddIndex(model_name='OutboxRow', index=Index(fields=['case_id', 'template'])),
        ops.AddIndex(model_name='OutboxRow', index=Index(fields=['key_id'])),
        ops.AddIndex(
            model_name='OutboxRow', index=Index(fields=['template', 'created_at', 'status'])
        ),
        ops.AddIndex(
            model_name='OutboxRow',
            index=Index(fields=['recipient_key', 'created_at', 'template', 'status']),
        ),
        ops.RemoveIndex(model_name='OutboxRow', fields=['template', 'created_at']),
        ops.RemoveIndex(model_name='OutboxRow', fields=['status', 'next_attempt_at']),
        ops.RunSQL(
            [f'CREATE INDEX "{name}" {what}' for name, what in BY_HAND.items()],
            reverse_sql=[f'DROP INDEX "{name}"' for name in BY_HAND],
        ),
    ]
