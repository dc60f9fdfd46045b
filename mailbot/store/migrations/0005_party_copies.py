from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('mailbot', '0004_same_text')]

    initial = False

    operations = [
        ops.AddField(
            model_name='PartyRow',
            name='gets_copies',
            field=fields.BooleanField(default=False, db_default=False, description='Whether each letter to the complainant goes to them as a copy.'),
        ),
        ops.AddField(
            model_name='PartyRow',
            name='removed_at',
            field=fields.DatetimeField(null=True, description='When their role ended, null while they have it.', auto_now=False, auto_now_add=False),
        ),
    ]
