"""A database and a role per service, none of which sees another's."""

from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from shopfleet.local.databases import database_url, ensure_databases

NAMES = ("testshop_one", "testshop_two")


def test_a_services_url_keeps_where_the_server_is() -> None:
    socket = database_url("postgresql://postgres@/postgres?host=/run/x", "orders", "s/cr:t")
    remote = database_url("postgresql://root:pw@db.example:6432/postgres", "orders", "x")

    assert socket == "postgresql://orders:s%2Fcr%3At@/orders?host=/run/x"
    assert remote == "postgresql://orders:x@db.example:6432/orders"


async def test_databases_are_made_once_and_belong_to_their_roles(postgres: str) -> None:
    await ensure_databases(postgres, dict.fromkeys(NAMES, "first"))
    await ensure_databases(postgres, dict.fromkeys(NAMES, "se'cond"))

    try:
        for name in NAMES:
            own = await asyncpg.connect(database_url(postgres, name, "se'cond"))
            await own.execute("CREATE TABLE IF NOT EXISTS mine (id int)")
            assert await own.fetchval("SELECT current_user") == name
            await own.close()
        one = urlsplit(database_url(postgres, NAMES[0], "se'cond"))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(urlunsplit(one._replace(path=f"/{NAMES[1]}")))
    finally:
        admin = await asyncpg.connect(postgres)
        for name in NAMES:
            await admin.execute(f"DROP DATABASE IF EXISTS {name}")
            await admin.execute(f"DROP ROLE IF EXISTS {name}")
        await admin.close()
