"""
Whose certificates are believed: the system's own authorities, and those of a file.
"""

import ssl


def verifying(cafile: str | None) -> ssl.SSLContext:
    """
    A context that verifies whom it talks to, with *cafile* beside the system's own.
    """
    context = ssl.create_default_context()
    if cafile is not None:
        context.load_verify_locations(cafile)
    return context
