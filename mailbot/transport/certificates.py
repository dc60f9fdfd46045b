"""
Whose certificates are believed: the system's own authorities, and those of a file.
"""

import ssl
from pathlib import Path

#: OpenSSL's X509_V_ERR_*, by what has to be done.
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21})
_NOT_YET_VALID, _EXPIRED = 9, 10
_OTHER_NAME = frozenset({62, 64})


def verifying(cafile: str | None) -> ssl.SSLContext:
    """
    A context that verifies whom it talks to, with *cafile* beside the system's own.
    """
    context = ssl.create_default_context()
    if cafile is not None:
        context.load_verify_locations(cafile)
    return context


def unverified(
    fault: ssl.SSLCertVerificationError, section: str, cafile: str | None
) -> tuple[str, str]:
    """
    What is wrong with a server's certificate, and what to do about it.
    """
    said = f"could not be verified: {fault.verify_message}"
    if fault.verify_code in _UNKNOWN_ISSUER:
        own = Path(cafile).name if cafile else ""
        remedy = (
            f"nor does [{section}] cafile ({own}) vouch for it: put in the certificate of the"
            " authority that signed it"
            if own
            else "if it is a private one, name the file with its authority's certificate in"
            f" [{section}] cafile; else check [{section}] host"
        )
        return said, remedy
    if fault.verify_code == _NOT_YET_VALID:
        return (
            said,
            "put this machine's clock right; if it is, have the server's certificate mended",
        )
    if fault.verify_code == _EXPIRED:
        return said, "have the server's certificate renewed, and see that our clock is right"
    if fault.verify_code in _OTHER_NAME:
        return said, f"set [{section}] host to a name that stands in the certificate"
    return said, f"check [{section}] host, or have the server's certificate renewed"
