from tortoise import fields, migrations
from tortoise.migrations import operations as ops

#: Over the few letters that somebody has in hand.
BY_HAND = {
    'idx_outbox_claimed': 'ON "outbox" ("case_id") WHERE "claimed_until" IS NOT NULL',
}


class Migration(migrations.Migration):
    dependencies = [('mailbot', '0007_indexes')]

    initial = False

    operations = [
        ops.AddField(
            model_name='OutboxRow',
            name='claimed_until',
            field=fields.DatetimeField(null=True, description='Until when somebody has it in hand, null while nobody has.', auto_now=False, auto_now_add=False),
        ),
        ops.CreateModel(
            name='WorkerRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('host', fields.CharField(max_length=255)),
                ('pid', fields.IntField()),
                ('started_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('seen_at', fields.DatetimeField(description='When it was last heard of.', auto_now=False, auto_now_add=False)),
                ('holds_mailbox', fields.BooleanField(default=False, description='Whether it is the one that takes mail in.')),
            ],
            options={'table': 'worker', 'app': 'mailbot', 'pk_attr': 'id', 'table_description': 'One `mailbot run`: who is at work on this database.'},
            bases=['Model'],
        ),
        ops.RunSQL(
            [f'CREATE INDEX "{name}" {what}' for name, what in BY_HAND.items()],
            reverse_sql=[f'DROP INDEX "{name}"' for name in BY_HAND],
        ),
    ]
