"""
Access tokens, tried: whether there is one, and what runs out.
"""

import asyncio
from datetime import date

from mailbot.settings import Settings
from mailbot.transport.oauth2 import refresh_token
from mailbot.transport.oauth2.client import TokenFault
from mailbot.transport.oauth2.expiry import expiring
from mailbot.transport.oauth2.tokens import Token, Tokens

_FLOWS = {
    "client_credentials": "client credentials",
    "refresh_token": "refresh token",
    "service_account": "service account",
}


async def try_token(tokens: Tokens) -> tuple[list[str], list[str]]:
    """
    Facts and problems; without facts there is no token, and neither server need be asked.
    """
    file = tokens.client.refresh_token_file
    if file is not None and file.is_file():
        try:
            # Before it is used: some providers take each only once.
            await asyncio.to_thread(refresh_token.try_to_keep, file)
        except OSError as wrong:
            return [], [
                f"oauth2: {file} cannot be written ({wrong.strerror}): let mailbot write it"
            ]
        except TokenFault as wrong:
            return [], [f"oauth2: {wrong}"]
    try:
        token, _ = await asyncio.to_thread(tokens.current)
    except TokenFault as wrong:
        return [], [f"oauth2: {wrong}"]
    return [_in_words(tokens, token)], _not_kept(tokens)


def what_ends(tokens: Tokens, settings: Settings, today: date) -> tuple[list[str], list[str]]:
    """
    Warnings of what ends within thirty days, and problems with what has ended.
    """
    ends = expiring(tokens.client, settings.oauth2.secret_expires_on, today)
    return (
        [each.in_words for each in ends if each.days >= 0],
        [each.in_words for each in ends if each.days < 0],
    )


def _in_words(tokens: Tokens, token: Token) -> str:
    how = _FLOWS[tokens.client.flow]
    lasts = token.lasts
    valid = "" if lasts is None else f", valid for {max(1, round(lasts / 60))} min"
    return f"oauth2: a token by {how}{valid}"


def _not_kept(tokens: Tokens) -> list[str]:
    if not tokens.trouble:
        return []
    return [f"oauth2: {tokens.trouble}: let mailbot write there, or the next start has no token"]
