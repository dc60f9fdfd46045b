from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('mailbot', '0002_post_and_merge')]

    initial = False

    operations = [
        ops.CreateModel(
            name='AbsenceRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('email_key', fields.CharField(db_index=True, description='The address of the person in handlers.toml.', max_length=320)),
                ('first_on', fields.DateField(description='Local dates, both included.')),
                ('last_on', fields.DateField()),
                ('said_by', fields.TextField(unique=False)),
                ('said_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, description='When it was taken back.', auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'absence', 'app': 'mailbot', 'pk_attr': 'id', 'table_description': 'When somebody is not in, as was said by command beside handlers.toml.'},
            bases=['Model'],
        ),
    ]
