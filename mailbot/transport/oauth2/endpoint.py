"""
One question to the token endpoint, and what came back. The only user of httpx.

HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are obeyed, as everywhere.
"""

import ssl
import time
from collections.abc import Mapping
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from mailbot.transport.certificates import verifying
from mailbot.transport.oauth2.answer import Reply, proxy_wants_a_login
from mailbot.transport.oauth2.client import Client, TokenFault

#: Octets: an answer has a few thousand, and a page in its stead is of no use.
_LARGEST = 512 * 1024
#: Seconds to be connected.
_CONNECTED_WITHIN = 10.0

_HEADERS = {
    "Accept": "application/json",
    # What is packed can be a thousand times as large as what is counted.
    "Accept-Encoding": "identity",
}


def post(client: Client, url: str, form: Mapping[str, str]) -> Reply:
    """
    The answer to a form that was posted; a TokenFault if none came.
    """
    ends = time.monotonic() + client.timeout
    believed = _believed(client)
    proxy = _proxy(url)
    try:
        with (
            httpx.Client(
                timeout=httpx.Timeout(
                    client.timeout, connect=min(client.timeout, _CONNECTED_WITHIN)
                ),
                verify=believed,
                proxy=_named(proxy, believed),
                # httpx does not take every NO_PROXY that others take ("[::1]", "fe80::/10").
                trust_env=False,
            ) as line,
            line.stream("POST", url, data=dict(form), headers=_HEADERS) as answer,
        ):
            body = b""
            for octets in answer.iter_raw():
                body += octets
                if len(body) > _LARGEST:
                    break
                if time.monotonic() > ends:
                    raise httpx.ReadTimeout("")
            said = answer.headers
            return Reply(
                answer.status_code, body, said.get("retry-after", ""), said.get("date", "")
            )
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError) as fault:
        raise _unreachable(fault, client, through_a_proxy=bool(proxy)) from None


def _believed(client: Client) -> ssl.SSLContext:
    try:
        return verifying(client.cafile)
    except OSError:
        raise TokenFault(
            f"there is no certificate to be read in {client.cafile}",
            "check [oauth2] cafile: a certificate as PEM, which mailbot may read",
            needs_a_person=True,
        ) from None


def _proxy(url: str) -> str:
    """
    The proxy through which that address is asked; "" = none.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if any(proxy_bypass(each) for each in (host, f"[{host}]")):
        return ""
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    return proxy if "://" in proxy or not proxy else f"http://{proxy}"


def _named(proxy: str, believed: ssl.SSLContext) -> httpx.Proxy | None:
    if not proxy:
        return None
    is_over_tls = proxy.startswith("https:")
    return httpx.Proxy(proxy, ssl_context=believed if is_over_tls else None)


def _unreachable(fault: Exception, client: Client, *, through_a_proxy: bool) -> TokenFault:
    """
    What kept us from an answer. Never the library's own words: they may quote the request.
    """
    where = f"the token endpoint {client.host}"
    match fault:
        case httpx.TimeoutException():
            return TokenFault(
                f"{where} does not answer within {client.timeout:g} s", "it is asked again"
            )
        # CONNECT has no other way to say it than the text of its status.
        case httpx.ProxyError() if str(fault).startswith("407"):
            return proxy_wants_a_login()
        case httpx.ProxyError():
            return TokenFault(f"the proxy before {where} refuses", "check HTTPS_PROXY and NO_PROXY")
        case httpx.ConnectError() if "CERTIFICATE_VERIFY_FAILED" in str(fault):
            return TokenFault(
                f"the certificate of {where} could not be verified",
                "if it has one of its own making, or a proxy of yours stands before it, name that"
                " certificate in [oauth2] cafile",
            )
        case httpx.ConnectError() if through_a_proxy:
            return TokenFault(
                f"the proxy before {where} cannot be reached", "check HTTPS_PROXY and NO_PROXY"
            )
        case httpx.ConnectError():
            return TokenFault(
                f"{where} cannot be reached", "check the network, and HTTPS_PROXY if you need one"
            )
        # A proxy of a kind that httpx does not speak is an ImportError, or a ValueError.
        case httpx.InvalidURL() | httpx.UnsupportedProtocol() | ImportError() | ValueError():
            return TokenFault(
                f"{where} has no address that can be asked",
                "check [oauth2] token_url, and that HTTPS_PROXY and ALL_PROXY, where set, name an HTTP proxy",
            )
        case _:
            return TokenFault(f"the connection to {where} was lost", "it is made again")
