"""
The keys by which what is handed out is signed: those by which this database has signed its mail.
"""

from dataclasses import dataclass
from pathlib import Path

from mailbot.bundle.signing import SigningKey
from mailbot.cli.opening import give_up
from mailbot.mail.signed_ids import Keyring
from mailbot.settings import Settings
from mailbot.settings.token_key import key_lines
from mailbot.store import outbox


@dataclass(frozen=True)
class Keys:
    path: Path
    keyring: Keyring
    signing: SigningKey


def keys_in(settings: Settings) -> Keys:
    """
    Those of token.key; given up where there is none.
    """
    path = settings.service.token_key_file
    try:
        lines = key_lines(path)
    except OSError as fault:
        give_up(f"{path}: no key to sign with can be read from it ({fault.strerror})")
    if not lines:
        give_up(f"{path}: no key to sign with can be read from it: it is empty")
    keyring = Keyring(lines, settings.service.address.rpartition("@")[2])
    return Keys(path, keyring, SigningKey(lines[0]))


async def must_be_ours(keys: Keys) -> None:
    """
    Given up where the mail of this database was signed by another key: who gets the file would
    be told by us, one day, that it is not ours.
    """
    if missing := keys.keyring.missing(await outbox.signing_keys()):
        give_up(
            f"{keys.path}: lacks a key that signed mail of stored cases (key id"
            f" {', '.join(missing)}): a file that is signed without it would not pass for yours;"
            " put the old key back"
        )
