"""
What a PostgreSQL is, and what we may do there.
"""

from dataclasses import dataclass

from tortoise import connections

_ASKED = """
SELECT current_setting('server_version') AS version,
       current_setting('server_version_num')::INTEGER / 10000 AS major,
       pg_encoding_to_char(encoding) AS encoding,
       has_schema_privilege(current_schema(), 'CREATE') AS may_make_tables,
       (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS is_encrypted,
       current_setting('fsync') = 'on'
           AND current_setting('synchronous_commit') <> 'off' AS is_durable
FROM pg_database WHERE datname = current_database()
"""


@dataclass(frozen=True, kw_only=True)
class ServerFacts:
    version: str
    major: int
    encoding: str
    may_make_tables: bool
    #: None where it does not tell.
    is_encrypted: bool | None
    #: Whether a commit has reached the disk when it is answered.
    is_durable: bool


async def server_facts() -> ServerFacts | None:
    """
    Of the open database; None of a file.
    """
    connection = connections.get("default")
    if connection.capabilities.dialect == "sqlite":
        return None
    [row] = await connection.execute_query_dict(_ASKED)
    return ServerFacts(**row)
