"""
What the firm's own mail host writes on top of each message, in each kind of `staff_proof`.
"""

import shutil
from pathlib import Path

from tests.flow.house import CONFIG, GARETH, MANAGER, RHIAN, SERVICE

HOST = "mx.infinity.example"
DOMAIN = SERVICE.partition("@")[2]
KINDS = ("confirm", "authserv", "exchange", "submission")
#: Those in which our own mail host says who wrote.
HOSTS = KINDS[1:]

LOGINS = {RHIAN: "rhian", GARETH: "gareth", MANAGER: "sian"}

#: An account manager, of whom the example configuration has none.
OLWEN = "olwen.rees@infinitysystemsolutions.co.uk"
_OLWEN = f"""
[[handlers]]
name = "Olwen Rees"
email = "{OLWEN}"
role = "account_manager"
"""


def environ(kind: str) -> dict[str, str]:
    """
    The environment that sets that kind of proof.
    """
    named = {} if kind in {"confirm", "exchange"} else {"MAILBOT_SERVICE__AUTHSERV_ID": HOST}
    return {"MAILBOT_SERVICE__STAFF_PROOF": kind, **named}


def configuration(folder: Path) -> Path:
    """
    The example configuration, in which everybody has a login, with an account manager.
    """
    own = folder / "config"
    shutil.copytree(CONFIG, own)
    people = own / "handlers.toml"
    text = people.read_text().replace('login = ""', "# login", 1)
    for email, login in LOGINS.items():
        text = text.replace(f'email = "{email}"', f'email = "{email}"\nlogin = "{login}"')
    people.write_text(text + _OLWEN)
    return own


def received(login: str = "", *, host: str = HOST) -> bytes:
    """
    The hop by which a message came to that host: of somebody who had logged in, or of
    anybody from outside.
    """
    said = f"\t(Authenticated sender: {login})\r\n" if login else ""
    return (
        "Received: from [192.168.1.5] (unknown [192.0.2.7])\r\n"
        f"{said}\tby {host} (Postfix) with ESMTPSA id 8BA57C433CB\r\n"
        f"\tfor <{SERVICE}>; Mon, 23 Nov 2026 10:00:00 +0000\r\n"
    ).encode()


def results(said: str, *, host: str = HOST) -> bytes:
    return f"Authentication-Results: {host}; {said}\r\n".encode()


def auth_as(said: str) -> bytes:
    return f"X-MS-Exchange-Organization-AuthAs: {said}\r\n".encode()


def ours(kind: str, email: str) -> bytes:
    """
    What stands on top of a mail that the person of that address handed in themselves.
    """
    match kind:
        case "authserv":
            return results(f"dmarc=pass header.from={DOMAIN}")
        case "exchange":
            return auth_as("Internal")
        case "submission":
            return received(LOGINS[email])
        case _:
            return b""


def from_outside(kind: str) -> bytes:
    """
    What stands on top of a mail of anybody else, whoever they say they are.
    """
    match kind:
        case "authserv":
            return results("dmarc=none")
        case "exchange":
            return auth_as("Anonymous")
        case "submission":
            return received()
        case _:
            return b""
