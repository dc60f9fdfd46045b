from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('mailbot', '0003_absences')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='MessageRow',
            index=Index(fields=['text_digest', 'sender']),
        ),
    ]
