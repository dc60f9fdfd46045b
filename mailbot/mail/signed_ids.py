"""
Ids and tokens that we can recognise as ours.

A Message-ID of ours reads `<c.4217.NONCE.KID.MAC@domain>`: what it is, the
case's serial, chance, the key that signed it, and the signature. A reply token
is the same idea in few characters, because it must fit a local part. Both carry
an HMAC-SHA256 of 80 bits; one that does not verify is no evidence of anything.

Everything is lower-case, so that a relay that folds case does no harm.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

_MAC_OCTETS = 10  # 80 bits, 16 characters of base32
_MAC = "[a-z2-7]{16}"
_KID = "[a-z2-7]{4}"
_NONCE = "[a-z2-7]{8,16}"
_SECRET = f"{_KID}{_MAC}{_NONCE}"

#: The shape of a relayed id that may be put into a header field of ours.
_MSG_ID = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
_LONGEST_ID = 250

#: Ways to write the characters of a secret, or to break it: quoted-printable (RFC 2045
#: §6.7), links (RFC 3986 §2.1, twice too), HTML, UTF-16.
_SPELT = (
    *((b"\x00", b""), (b"=\r\n", b""), (b"=\n", b""), (b"=2B", b"+"), (b"=40", b"@")),
    *((b"%25", b"%"), (b"%2B", b"+"), (b"%2b", b"+"), (b"%40", b"@")),
    *((b"&#43;", b"+"), (b"&#x2b;", b"+"), (b"&#x2B;", b"+"), (b"&plus;", b"+")),
    *((b"&#64;", b"@"), (b"&#x40;", b"@"), (b"&commat;", b"@"), (b"\xc2\xad", b"")),
    *((b"\xe2\x80\x8b", b""),),
)
_TAG = re.compile(rb"<[^<>]{0,2000}>")

#: The same in a text, and what a client may have set between two letters of an address.
_PLUS = r"(?:\+|=2B|%(?:25)?2B|&#43;|&#x2B;|&plus;)"
_AT = r"(?:@|=40|%(?:25)?40|&#64;|&#x40;|&commat;)"
_UNSEEN = "[\u00ad\u200b-\u200d\u2060\ufeff]*"
_SECRET_TEXT = rf"(?:[a-z2-7]{_UNSEEN}){{28,36}}"
_STAFF_TOKEN = re.compile(
    rf"(?i:{_PLUS}{_UNSEEN}s){_UNSEEN}(?:{_SECRET_TEXT}(?![a-z2-7])|(?i:{_SECRET_TEXT}(?={_AT})))"
)
#: What stands in every such token, in small letters, and in every id: most text has neither.
_IN_A_TOKEN = ("+", "2b", "&#43;", "&plu")
_IN_AN_ID = re.compile(r"\.\d{1,12}\.")
_HEAD = 4096  # octets in which a file that is marked up shows it

#: An id in the shape of ours, at whatever domain and with whatever signature.
_LIKE_OURS = re.compile(
    rf"(?<![\w.-])[csab]\.\d{{1,12}}\.{_NONCE}\.{_KID}\.{_MAC}@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)

_ANSWERS = {"y": "yes", "n": "no"}


class Thread(StrEnum):
    """
    Whom an id of ours was issued to, and whether it is a mail or the anchor of a thread.
    """

    CUSTOMER = "c"
    STAFF = "s"
    CUSTOMER_ANCHOR = "a"
    STAFF_ANCHOR = "b"

    @property
    def is_staff(self) -> bool:
        return self in {Thread.STAFF, Thread.STAFF_ANCHOR}


@dataclass(frozen=True)
class SignedId:
    """
    What a verified Message-ID of ours says. Serial 0 is mail that has no case.
    """

    thread: Thread
    serial: int
    nonce: str


@dataclass(frozen=True)
class SignedToken:
    """
    What a verified reply token says: for a customer or for staff, and which one.
    *answer* is "yes" or "no" in the two addresses of an outcome, else "".
    """

    for_staff: bool
    nonce: str
    answer: str = ""


def canonical(message_id: str) -> str:
    """
    The id for comparing: without `<>` and white space, lower-case.
    """
    return message_id.strip().strip("<>").strip().lower()


def is_relayable(message_id: str) -> bool:
    """
    Whether a foreign id is well-formed and short enough for our own References
    (RFC 5322 §3.6.4, without its obsolete forms).
    """
    return len(message_id) <= _LONGEST_ID and bool(_MSG_ID.fullmatch(message_id))


def ids_like_ours(text: str) -> list[str]:
    """
    What in *text* has the shape of our ids; whether one is ours only its signature tells.
    """
    return _LIKE_OURS.findall(text) if _IN_AN_ID.search(text) else []


class Keyring:
    """
    The keys of token.key: the first signs, all of them verify.
    """

    def __init__(self, keys: Sequence[bytes], domain: str) -> None:
        if not keys:
            raise ValueError("a keyring needs at least one key")
        self._keys = {_key_id(key): key for key in reversed(keys)}
        self.signing_id = _key_id(keys[0])
        self.domain = domain.lower()
        self._id = re.compile(
            rf"(?P<thread>[csab])\.(?P<serial>\d{{1,12}})\.(?P<nonce>{_NONCE})"
            rf"\.(?P<kid>{_KID})\.(?P<mac>{_MAC})@{re.escape(self.domain)}"
        )
        self._staff_id = re.compile(
            rf"[sb]\.\d{{1,12}}\.{_NONCE}\.{_KID}\.{_MAC}(?:@{re.escape(self.domain)})?",
            re.IGNORECASE,
        )
        # A secret without our domain is one still: the domain is known to everybody.
        self._in_octets = (
            re.compile(rf"\+[sS](?:{_SECRET}(?![a-z2-7])|(?i:{_SECRET}@))".encode()),
            re.compile(rf"[sSbB]\.\d{{1,12}}\.(?i:{_NONCE}\.{_KID}\.{_MAC})".encode()),
        )
        self._token_shape = re.compile(
            rf"(?P<audience>[csyn])(?P<kid>{_KID})(?P<mac>{_MAC})(?P<nonce>{_NONCE})"
        )

    def missing(self, key_ids: Iterable[str]) -> list[str]:
        """
        Those of *key_ids* that no key of ours has.
        """
        return sorted(set(key_ids) - set(self._keys))

    def message_id(self, thread: Thread, serial: int, nonce: str) -> str:
        """
        A new id of ours, without `<>`. *nonce* is 8 to 16 characters of base32.
        """
        body = f"{thread}.{serial}.{nonce}"
        mac = self._mac(self.signing_id, f"id.{body}")
        return f"{body}.{self.signing_id}.{mac}@{self.domain}"

    def read_id(self, message_id: str) -> SignedId | None:
        """
        What an id of ours says, or None if it is not ours or does not verify.
        """
        found = self._id.fullmatch(canonical(message_id))
        if found is None:
            return None
        body = f"{found['thread']}.{found['serial']}.{found['nonce']}"
        if not self._verifies(found["kid"], f"id.{body}", found["mac"]):
            return None
        return SignedId(Thread(found["thread"]), int(found["serial"]), found["nonce"])

    def token(self, nonce: str, *, for_staff: bool) -> str:
        """
        A new reply token, for the part of the address after `+`.
        """
        return self._token_for("s" if for_staff else "c", nonce)

    def answer_token(self, nonce: str, *, yes: bool) -> str:
        """
        One of the two tokens with which a customer answers the outcome of that nonce.
        """
        return self._token_for("y" if yes else "n", nonce)

    def _token_for(self, audience: str, nonce: str) -> str:
        mac = self._mac(self.signing_id, f"token.{audience}.{nonce}")
        return f"{audience}{self.signing_id}{mac}{nonce}"

    def read_token(self, token: str) -> SignedToken | None:
        found = self._token_shape.fullmatch(token.lower())
        if found is None:
            return None
        signed = f"token.{found['audience']}.{found['nonce']}"
        if not self._verifies(found["kid"], signed, found["mac"]):
            return None
        answer = _ANSWERS.get(found["audience"], "")
        return SignedToken(found["audience"] == "s", found["nonce"], answer)

    def without_staff_secrets(self, text: str) -> str:
        """
        *text* without anything that was issued to staff: reply tokens and ids, however
        spelt, with a valid signature or not. A customer who had one could try to be a
        handler.
        """
        small = text.lower()
        if any(each in small for each in _IN_A_TOKEN):
            text = _STAFF_TOKEN.sub("", text)
        return self._staff_id.sub("[…]", text) if _IN_AN_ID.search(text) else text

    def names_staff(self, octets: bytes) -> bool:
        """
        Whether anything that was issued to staff stands in the octets: as it is, as
        mail, HTML and links spell it, in UTF-16, or with tags in between.
        """
        for spelt, plain in _SPELT:
            octets = octets.replace(spelt, plain)
        if any(each.search(octets) for each in self._in_octets):
            return True
        if b"<" not in octets[:_HEAD]:
            return False
        without_tags = _TAG.sub(b"", octets)
        return any(each.search(without_tags) for each in self._in_octets)

    def _verifies(self, key_id: str, text: str, mac: str) -> bool:
        if key_id not in self._keys:
            return False
        return hmac.compare_digest(self._mac(key_id, text), mac)

    def _mac(self, key_id: str, text: str) -> str:
        digest = hmac.digest(self._keys[key_id], text.encode(), hashlib.sha256)
        return base32(digest[:_MAC_OCTETS])


def base32(octets: bytes) -> str:
    """
    Lower-case and without padding (RFC 4648 §6).
    """
    return base64.b32encode(octets).decode().rstrip("=").lower()


def readers_nonce(address: str) -> str:
    """
    The nonce in the anchor of a mail to staff: the same for one reader at every time,
    and it tells nobody the address.
    """
    return base32(hashlib.sha256(address.lower().encode()).digest())[:16]


def plus_token(address: str, service_address: str) -> str | None:
    """
    The part after `+` where *address* is *service_address* with one (RFC 5233), else None.
    """
    local, _, domain = address.strip().lower().rpartition("@")
    own_local, _, own_domain = service_address.lower().rpartition("@")
    base, plus, token = local.partition("+")
    return token if plus and base == own_local and domain == own_domain else None


def with_token(service_address: str, token: str) -> str:
    """
    The address that answers with *token* come to.
    """
    local, _, domain = service_address.rpartition("@")
    return f"{local}+{token}@{domain}"


def _key_id(key: bytes) -> str:
    return base32(hashlib.sha256(b"mailbot key id" + key).digest())[:4]
