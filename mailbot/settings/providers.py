"""
What the two large providers do by themselves, or do not take, and a configuration can show
before a server says so, or, worse, never says it.
"""

from collections.abc import Iterator

from mailbot.settings.sections import Imap, Service, Smtp

_MICROSOFT = "office365.com"
_GOOGLE = "gmail.com"
#: What Exchange Online takes of one mailbox: mails a minute, and connections.
_MOST_A_MINUTE = 30
_MOST_CONNECTIONS = 3


def reminders(service: Service, imap: Imap, smtp: Smtp) -> Iterator[str]:
    """
    What somebody should see to, each with its key and remedy.
    """
    is_microsoft = _is_of(smtp.host, _MICROSOFT)
    if imap.sent_folder and (is_microsoft or _is_of(smtp.host, _GOOGLE)):
        yield (
            f"imap.sent_folder: {smtp.host} keeps what is sent by itself, so every letter would lie"
            ' there twice: set it to ""'
        )
    if is_microsoft and not 0 < smtp.per_minute <= _MOST_A_MINUTE:
        yield f"smtp.per_minute: {smtp.host} takes {_MOST_A_MINUTE} mails a minute: set it to that"
    if is_microsoft and smtp.connections > _MOST_CONNECTIONS:
        yield f"smtp.connections: {smtp.host} takes {_MOST_CONNECTIONS} of one mailbox: set it to 2"
    for section, server in (("imap", imap), ("smtp", smtp)):
        if _is_of(server.host, _MICROSOFT) and server.auth == "password":
            yield (
                f"{section}.auth: {server.host} takes passwords no longer, or soon not: set it to"
                ' "oauth2", as the README has it for Microsoft 365'
            )
    ours = {service.address.lower(), *(each.lower() for each in service.aliases)}
    if "@" in smtp.username and smtp.username.lower() not in ours:
        yield (
            "smtp.username: is not service.address: unless that mailbox may send as the other one"
            " (Send As), no letter leaves"
        )


def _is_of(host: str, domain: str) -> bool:
    return host.lower() == domain or host.lower().endswith(f".{domain}")
