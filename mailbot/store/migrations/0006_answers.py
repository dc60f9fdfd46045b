from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [('mailbot', '0005_party_copies')]

    initial = False

    operations = [
        ops.AddField(
            model_name='MessageRow',
            name='answers',
            field=fields.CharField(default='', db_default='', db_index=True, description='The nonce of the staff mail that one of our people proved to answer with it.', max_length=16),
        ),
    ]
