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
    if glibc := _glibc():
        glibc.mallopt(_TRIM_THRESHOLD, _OCTETS)


def let_go() -> None:
    """
    Give back what is free in the midst of the heaps (malloc_trim(3)); takes some milliseconds.
    Each thread has one, and what lies last in it keeps all that is free before.
    """
    if glibc := _glibc():
        glibc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    """
    None where it is another library, with ways of its own.
    """
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):
        return None
    return library if hasattr(library, "malloc_trim") else None
