"""
Pictures that a page has within it: nothing of it is fetched.
"""

from base64 import b64encode
from collections.abc import Mapping


def address_of(content_type: str, octets: bytes) -> str:
    """
    An address that is the picture itself (RFC 2397).
    """
    return f"data:{content_type};base64,{b64encode(octets).decode()}"


def with_pictures(html: str, pictures: Mapping[str, str]) -> str:
    """
    The HTML of a mail with what lies beside it in it: by Content-ID (RFC 2392), the address of
    each picture.
    """
    for content_id, address in pictures.items():
        html = html.replace(f'"cid:{content_id}"', f'"{address}"')
    return html
