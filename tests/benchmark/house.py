"""
One firm of one tree: its folder, its mailbox and its database.
"""

import json
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.benchmark import counter
from tests.benchmark.ground import Database, Ground, Kind
from tests.benchmark.process import Taken
from tests.benchmark.trees import Tree
from tests.servers.dovecot import PASSWORD, Mailbox
from tests.servers.ports import free_port

_CAP = "acknowledgements_per_hour = 2000"


@dataclass
class House:
    tree: Tree
    ground: Ground
    folder: Path
    mailbox: Mailbox
    database: Database

    @classmethod
    def new(cls, tree: Tree, ground: Ground, kind: Kind) -> "House":
        folder = ground.new_folder(tree.name)
        return cls(tree, ground, folder, ground.new_mailbox(), ground.new_database(kind, folder))

    def __post_init__(self) -> None:
        config = self.folder / "config"
        shutil.copytree(self.tree.folder / "config", config)
        code = (config / "code.toml").read_text()
        # More people write here within an hour than the firm would answer.
        (config / "code.toml").write_text(code.replace(_CAP, _CAP.replace("2000", "1000000")))

    def environ(self, *, smtp: int | None = None) -> dict[str, str]:
        return {
            "MAILBOT_CONFIG": str(self.folder / "config"),
            "MAILBOT_IMAP__HOST": self.mailbox.host,
            "MAILBOT_IMAP__PORT": str(self.mailbox.port),
            "MAILBOT_IMAP__TLS": "none",
            "MAILBOT_IMAP__USERNAME": self.mailbox.username,
            "MAILBOT_IMAP__PASSWORD": PASSWORD,
            "MAILBOT_SMTP__HOST": self.ground.dovecot.host,
            "MAILBOT_SMTP__PORT": str(smtp or self.ground.sink.port),
            "MAILBOT_SMTP__TLS": "none",
            "MAILBOT_SMTP__USERNAME": "",
            "MAILBOT_DATABASE__URL": self.database.url,
            "MAILBOT_SERVICE__TOKEN_KEY_FILE": str(self.folder / "token.key"),
        }

    def mailbot(self, *words: str) -> Taken:
        return self.tree.mailbot(*words, env=self.environ(), folder=self.folder)

    def round(self) -> Taken:
        return self.mailbot("run", "--once")

    def counted(self, *, delivers: bool = True) -> Counter[str]:
        """
        What a round asked of the database and handed over; without an SMTP server the
        letters stay.
        """
        shim, counts = self.ground.new_folder("shim"), self.ground.new_folder("counts")
        shutil.copyfile(counter.__file__, shim / "sitecustomize.py")
        self.tree.mailbot(
            *("run", "--once"),
            env={
                **self.environ(smtp=None if delivers else free_port()),
                "BENCHMARK_COUNTS": str(counts),
            },
            folder=self.folder,
            ends=(0,) if delivers else (1,),
            before=shim,
        )
        found: Counter[str] = Counter()
        for each in counts.glob("*.json"):
            found.update(json.loads(each.read_text()))
        return found

    def close(self) -> None:
        """
        Away with what it remembers.
        """
        self.ground.drop(self.database)
        shutil.rmtree(self.folder)
