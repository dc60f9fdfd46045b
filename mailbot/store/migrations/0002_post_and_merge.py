from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('mailbot', '0001_initial')]

    initial = False

    operations = [
        ops.AddField(
            model_name='CaseRow',
            name='by_post',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='CaseRow',
            name='merged_into',
            field=fields.BigIntField(null=True, description='The serial of the case that this one became a part of.'),
        ),
        ops.AddField(
            model_name='CaseRow',
            name='to_post',
            field=fields.TextField(default='', db_default='', description='Templates of letters that wait to be posted, with commas.', unique=False),
        ),
        ops.AddField(
            model_name='ObligationRow',
            name='since',
            field=fields.DatetimeField(null=True, description='From when its time was counted, null where the instant itself was agreed.', auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='PartyRow',
            name='postal_address',
            field=fields.TextField(default='', db_default='', description='One line of an envelope a line.', unique=False),
        ),
    ]
