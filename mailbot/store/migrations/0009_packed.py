from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

#: The columns whose octets are packed from now on. What is in them already stays as it is, and
#: is read as it is: the upgrade takes no longer for many cases than for one.
PACKED = (('content', 'octets'), ('outbox', 'content'))


async def kept_as_they_come(apps: Any, editor: Any) -> None:
    """
    PostgreSQL need not try to make smaller what is packed already.
    """
    if editor.client.capabilities.dialect == 'postgres':
        for table, column in PACKED:
            await editor.client.execute_script(
                f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET STORAGE EXTERNAL'
            )


class Migration(migrations.Migration):
    """
    A program before this one takes what is packed for a message: it refuses a database that
    knows this migration.
    """

    dependencies = [('mailbot', '0008_workers')]

    initial = False

    operations = [ops.RunPython(kept_as_they_come, ops.RunPython.noop)]
