"""A database and a role for each service, on any PostgreSQL that an administrator's URL names."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

_NAME = re.compile(r"[a-z_]+")
_TAKES_CONNECTIONS = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"


async def ensure_databases(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Make what is missing of one role and one database per name, and set the roles' passwords.

    No role can connect to another's database. Safe to repeat. Raises OSError or
    asyncpg.PostgresError.
    """
    connection = await asyncpg.connect(admin_url)
    try:
        is_superuser = await connection.fetchval(_TAKES_CONNECTIONS)
        for name, password in passwords.items():
            await _ensure_role(connection, name, password, is_superuser=is_superuser)
            await _ensure_database(connection, name)
    finally:
        await connection.close()


def database_url(admin_url: str, name: str, password: str) -> str:
    """Return the URL with which a service reaches its own database on the administrator's server.

    A socket or another address of the server may stand in the query; it is kept.
    """
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    place = f"{quote(name)}:{quote(password, safe='')}@{host}"
    return urlunsplit((parts.scheme, place, f"/{name}", parts.query, ""))


async def _ensure_role(
    connection: asyncpg.Connection, name: str, password: str, *, is_superuser: bool
) -> None:
    role = _quoted(name)
    secret = await connection.fetchval("SELECT quote_literal($1::text)", password)
    known = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", name)
    verb = "ALTER" if known else "CREATE"
    await connection.execute(f"{verb} ROLE {role} LOGIN PASSWORD {secret}")
    if not is_superuser:  # who makes a database for a role must be a member of it
        await connection.execute(f"GRANT {role} TO CURRENT_USER")


async def _ensure_database(connection: asyncpg.Connection, name: str) -> None:
    if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
        await connection.execute(f"CREATE DATABASE {_quoted(name)} OWNER {_quoted(name)}")
        await connection.execute(f"REVOKE ALL ON DATABASE {_quoted(name)} FROM PUBLIC")


def _quoted(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a role")
    return f'"{name}"'
