"""
Who types: recorded with what they order.
"""

import getpass
import os


def operator() -> str:
    """
    The name under which somebody is logged in; the number of a user without one, as a
    container may run by.
    """
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
