"""
`mailbot login`: a person lets mailbot into the mailbox once, and it keeps the refresh token.
"""

import io
import threading
from contextlib import suppress

from mailbot.cli.opening import give_up, quiet_settings
from mailbot.service import oauth2_client
from mailbot.settings import Settings
from mailbot.transport.oauth2 import refresh_token
from mailbot.transport.oauth2.client import Client, TokenFault
from mailbot.transport.oauth2.consent import (
    NoDeviceFlow,
    browser_login,
    by_browser,
    by_device_code,
    device_code,
)
from mailbot.transport.oauth2.endpoint import post
from mailbot.transport.oauth2.loopback import CameBack, waiting_for_a_browser

#: Seconds that a person has to log in with their browser.
_PATIENCE = 900.0


def log_in(*, with_browser: bool) -> None:
    """
    Ends with status 1 and the reason if nobody lets us in.
    """
    settings = quiet_settings()
    client = _client(settings)
    file = client.refresh_token_file
    assert file is not None  # noqa: S101 - the settings see to it
    try:
        # The folder first: a person who has logged in shall not have done it for nothing.
        refresh_token.try_to_keep(file)
        token = _by_browser(client) if with_browser else _by_either(client)
        with refresh_token.alone(file):
            refresh_token.keep(file, token)
    except TokenFault as wrong:
        give_up(str(wrong))
    except OSError as wrong:
        give_up(f"{file} cannot be written ({wrong.strerror}): let mailbot write there, and again")
    print(f"mailbot is let in; the refresh token is in {file}. Now: mailbot check")


def _client(settings: Settings) -> Client:
    if "oauth2" not in {settings.imap.auth, settings.smtp.auth}:
        give_up('neither [imap] nor [smtp] has auth = "oauth2": there is nothing to log in to')
    client = oauth2_client(settings)
    if client.refresh_token_file is None or settings.oauth2.flow != "refresh_token":
        give_up(
            f'[oauth2] flow = "{settings.oauth2.flow}" needs nobody to log in: run mailbot check'
        )
    return client


def _by_either(client: Client) -> str:
    try:
        device = device_code(client, post)
    except NoDeviceFlow as why:
        print(f"{why}. It goes by a browser instead.\n")
        return _by_browser(client)
    print(
        f"On any machine, open\n\n    {device.address}\n\nand type\n\n    {device.user_code}\n\n"
        "Log in as the mailbox, or as somebody with full access to it. Waiting …",
        flush=True,
    )
    return by_device_code(client, device, post)


def _by_browser(client: Client) -> str:
    with waiting_for_a_browser() as visit:
        login = browser_login(client, visit.redirect)
        print(
            f"Open this address in a browser:\n\n    {login.address}\n\n"
            "Log in as the mailbox, or as somebody with full access to it. If the browser runs on"
            " another\nmachine it comes to a halt at a page that cannot be reached: copy that"
            " page's address, paste\nit here, and press Enter. Waiting …",
            flush=True,
        )
        threading.Thread(target=_pasted, args=[visit], daemon=True).start()
        came = visit.wait(_PATIENCE)
        if not came:
            raise TokenFault("nobody logged in in time", "run `mailbot login --browser` again")
        return by_browser(client, login, came, post)


def _pasted(visit: CameBack) -> None:
    # Not sys.stdin: a command without a terminal may have none.
    with suppress(OSError, ValueError), io.FileIO(0, closefd=False) as typed:
        for line in typed:
            if line.strip():
                visit.say(line.decode(errors="replace").strip())
                return
