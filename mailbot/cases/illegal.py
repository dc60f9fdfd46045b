"""
What must not exist as a value, and the instant that says where on earth it is.
"""

from datetime import datetime


class Illegal(ValueError):  # noqa: N818 - it names the value, as ValueError does
    """
    A value that must not exist was about to be built.
    """


def aware(instant: datetime) -> datetime:
    """
    The same instant, or Illegal if it does not say where on earth it is.
    """
    if instant.tzinfo is None:
        raise Illegal(f"a naive datetime: {instant.isoformat()}")
    return instant
