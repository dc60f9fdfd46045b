"""
PostgreSQL: a connection that goes back to the pool as it is.
"""

import asyncpg  # type: ignore[import-untyped]


class Connection(asyncpg.Connection):  # type: ignore[misc] # it has no types
    """
    Whoever had it leaves nothing behind that the next one would have to clear away: locks,
    settings and cursors of ours end with their transaction. An open transaction is ended
    all the same.
    """

    def get_reset_query(self) -> str:
        """
        None: a trip to the server after every statement would be as long as the statement.
        """
        return ""
