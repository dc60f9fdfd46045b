"""
What a worker frees goes back to the machine.
"""

import ctypes

#: mallopt(3) of glibc: how much may lie free at the end of the heap before it is given back.
_TRIM_THRESHOLD = -1
_OCTETS = 128 * 1024


def give_back_what_is_free() -> None:
    """
    Keep glibc to the threshold that it begins with. By itself it raises it whenever something
    large is freed, and a worker that prints letters grew by a quarter of a megabyte with each.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        # Another library, with ways of its own.
        return
    mallopt(_TRIM_THRESHOLD, _OCTETS)
