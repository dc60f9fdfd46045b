"""
What has to be the same on every host whose workers share a database: a case that one of them
opened is another's to go on with.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress

from mailbot.settings.load import CODE_FILE, Settings


def to_be_alike(settings: Settings) -> Mapping[str, str]:
    """
    A digest of each, by the name that an operator knows it by.
    """
    service, imap = settings.service, settings.imap
    said = {
        "[service] send": service.send,
        "[service] address": service.address,
        "[service] reference_prefix": service.reference_prefix,
        "[service] staff_proof": service.staff_proof,
        "[imap] folder": imap.folder,
        "[imap] processed_folder": imap.processed_folder,
        "[imap] sent_folder": imap.sent_folder,
        "[smtp] per_minute": str(settings.smtp.per_minute),
    }
    # It was there a moment ago; whoever starts next is told if it is not.
    with suppress(OSError, UnicodeDecodeError):
        # As text: line ends are the host's.
        said[CODE_FILE] = (settings.config_folder / CODE_FILE).read_text(encoding="utf-8-sig")
    return {name: hashlib.sha256(each.encode()).hexdigest()[:12] for name, each in said.items()}
