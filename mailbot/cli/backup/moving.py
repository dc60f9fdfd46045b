"""
`mailbot move`: from the file of mailbot.toml to a server.
"""

from mailbot import service
from mailbot.cli.opening import carried_out, give_up, quiet_settings
from mailbot.cli.shown.document import print_document
from mailbot.store.soundness import file_of
from mailbot.store.whole.filling import NotFree
from mailbot.store.whole.moving import move
from mailbot.store.whole.sameness import NotTheSame

#: What a server's database is called by.
_SERVERS = ("postgres://", "postgresql://")


def move_database(url: str, *, as_json: bool) -> None:
    settings = quiet_settings()
    path = file_of(settings.database.url.get_secret_value())
    if path is None:
        give_up("[database] url names a server already; what is moved is a file")
    if not url.startswith(_SERVERS):
        give_up(f"not a database of PostgreSQL: it is called {_SERVERS[0]}user@host/name")
    mailbox = service.mailbox_of(settings)
    moved = carried_out(move(path, url, mailbox, service.utc_now()), NotFree, NotTheSame)
    if as_json:
        print_document(
            {
                "from": str(path),
                "to": moved.where,
                "copied_before": moved.were_there,
                "tables": {
                    name: {"rows": each.rows, "sha256": each.sha256}
                    for name, each in moved.same.items()
                },
            }
        )
        return
    rows = sum(each.rows for each in moved.same.values())
    print(f"moved to {moved.where}: {rows} rows, each the same there as in {path}")
    print("in mailbot.toml, or where your [database] url is: name the server there now")
    print(f"{path} is as it was, and sends nothing any more")
