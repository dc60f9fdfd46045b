"""
One question to the token endpoint, and what came back. The only user of httpx.

HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are obeyed, as everywhere.
"""

import time
from collections.abc import Mapping

import httpx

from mailbot.transport.certificates import verifying
from mailbot.transport.oauth2.answer import Reply
from mailbot.transport.oauth2.client import Client, TokenFault

#: Octets: an answer has a few thousand, and a page in its stead is of no use.
_LARGEST = 512 * 1024
#: Seconds to be connected.
_CONNECTED_WITHIN = 10.0


def post(client: Client, url: str, form: Mapping[str, str]) -> Reply:
    """
    The answer to a form that was posted; a TokenFault if none came.
    """
    ends = time.monotonic() + client.timeout
    patience = httpx.Timeout(client.timeout, connect=min(client.timeout, _CONNECTED_WITHIN))
    try:
        with (
            httpx.Client(timeout=patience, verify=verifying(client.cafile)) as line,
            line.stream(
                "POST", url, data=dict(form), headers={"Accept": "application/json"}
            ) as answer,
        ):
            body = b""
            for octets in answer.iter_bytes():
                body += octets
                if len(body) > _LARGEST or time.monotonic() > ends:
                    break
            return Reply(answer.status_code, body, answer.headers.get("retry-after", ""))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as fault:
        raise _unreachable(fault, client) from None


def _unreachable(fault: Exception, client: Client) -> TokenFault:
    """
    What kept us from an answer. Never the library's own words: they may quote the request.
    """
    where = f"the token endpoint {client.host}"
    match fault:
        case httpx.TimeoutException():
            return TokenFault(
                f"{where} does not answer within {client.timeout:g} s", "it is asked again"
            )
        case httpx.ProxyError():
            return TokenFault(f"the proxy before {where} refuses", "check HTTPS_PROXY and NO_PROXY")
        case httpx.ConnectError() if "CERTIFICATE_VERIFY_FAILED" in str(fault):
            return TokenFault(
                f"the certificate of {where} could not be verified",
                "if a proxy of yours stands before it, name its certificate in [oauth2] cafile",
            )
        case httpx.ConnectError():
            return TokenFault(
                f"{where} cannot be reached", "check the network, and HTTPS_PROXY if you need one"
            )
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return TokenFault(
                f"{where} has no address that can be asked",
                "check [oauth2] token_url and HTTPS_PROXY",
            )
        case _:
            return TokenFault(f"the connection to {where} was lost", "it is made again")
