"""
Who made a bundle: a signature that anybody can check, and one for the firm itself. The only
user of cryptography beside `transport/oauth2/signing`.

Both come from a line of token.key, so that there is no second secret to keep, lose or
forget in a backup, and the key by which mail is signed shows in neither:

    Ed25519 seed = HKDF-SHA256(line, salt none, info "mailbot bundle Ed25519")     RFC 5869
    HMAC key     = HKDF-SHA256(line, salt none, info "mailbot bundle HMAC")

The signature is Ed25519 (RFC 8032) over the octets of manifest.json.
"""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

_FOR_ED25519, _FOR_HMAC = b"mailbot bundle Ed25519", b"mailbot bundle HMAC"


@dataclass(frozen=True)
class PublicKey:
    """
    The half that everybody may have: as PEM (RFC 8410), which openssl reads.
    """

    pem: bytes

    @property
    def fingerprint(self) -> str:
        """
        SHA-256 of the key as DER, in groups for reading out on the telephone.
        """
        digest = hashlib.sha256(_loaded(self.pem, Encoding.DER)).hexdigest()
        return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))

    def has_signed(self, octets: bytes, signature: bytes) -> bool:
        try:
            _public(self.pem).verify(signature, octets)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """
    The key of one line of token.key.
    """

    line: bytes

    @property
    def public(self) -> PublicKey:
        public = self._private.public_key()
        return PublicKey(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    def signature(self, octets: bytes) -> bytes:
        """
        64 octets, the same for the same octets.
        """
        return self._private.sign(octets)

    def mac(self, octets: bytes) -> str:
        """
        In hexadecimal.
        """
        return hmac.digest(_derived(self.line, _FOR_HMAC), octets, hashlib.sha256).hex()

    def has_made(self, octets: bytes, mac: str) -> bool:
        return hmac.compare_digest(self.mac(octets).encode(), mac.strip().encode())

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(_derived(self.line, _FOR_ED25519))


def read_public(pem: bytes) -> PublicKey | None:
    """
    The key in a file from anywhere; None if it is no Ed25519 key.
    """
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, Ed25519PublicKey):
        return None
    # As we write it, whatever stands around it in the file.
    return PublicKey(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def _public(pem: bytes) -> Ed25519PublicKey:
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError("a public key here is one of Ed25519")
    return key


def _loaded(pem: bytes, encoding: Encoding) -> bytes:
    return _public(pem).public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)


def _derived(line: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(line)
