"""What PostgreSQL alone does with the statements that a request really executes, by pgbench.

They are taken from the server's own log, with their parameters, and become a script for pgbench in
which every order gets a key of its own.
"""

import os
import re
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bench.engines import Engines
from shared.db.engine import Database
from shopfleet.local.postgres import wheel_root
from tests.support.databases import ROLE

MARKS = ("ord_", "EXT-")
"""How keys begin that no two rows may share."""

_ENTRY = re.compile(r"^\d{4}-\d\d-\d\d \S+ UTC \[\d+\] \S+ (LOG|DETAIL):  ", re.MULTILINE)
_EXECUTED = re.compile(r"(?:execute [^:]*|statement): (.*)", re.DOTALL)
_PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')", re.DOTALL)
_PLACE = re.compile(r"\$(\d+)")


@dataclass(frozen=True)
class Plain:
    """What pgbench did: transactions a second, of so many statements."""

    transactions: float
    statements: int


async def captured(
    engines: Engines, database: Database, request: Callable[[], Awaitable[object]]
) -> list[str]:
    """Return the statements that a request makes the server execute, as pgbench takes them."""
    await _log_statements(engines, "all")
    await database.close()  # the setting is read when a session begins
    await request()
    before = engines.postgres.log.stat().st_size
    await request()
    with engines.postgres.log.open("rb") as log:
        log.seek(before)
        text = log.read().decode()
    await _log_statements(engines, "none")
    await database.close()
    return _transaction(_statements(text))


def _transaction(statements: list[str]) -> list[str]:
    """Leave the transaction that commits; who calls is read in others, and kept for a while."""
    end = statements.index("COMMIT")
    begin = max(place for place in range(end) if statements[place].startswith("BEGIN"))
    return statements[begin : end + 1]


async def _log_statements(engines: Engines, which: str) -> None:
    connection = await asyncpg.connect(engines.postgres.url)
    try:
        await connection.execute(f"ALTER ROLE {ROLE} SET log_statement = '{which}'")
    finally:
        await connection.close()


def _statements(log: str) -> list[str]:
    """Read the log: what was executed, and in the entry behind it with which parameters."""
    found: list[str] = []
    parts = _ENTRY.split(log)[1:]
    for kind, text in zip(parts[::2], parts[1::2], strict=True):
        executed = _EXECUTED.match(text)
        if kind == "LOG" and executed:
            found.append(executed[1].strip().rstrip(";"))
        elif kind == "DETAIL" and found:
            found[-1] = _filled(found[-1], dict(_PARAMETER.findall(text)))
    return [statement for statement in found if statement]


def _filled(statement: str, parameters: dict[str, str]) -> str:
    return _PLACE.sub(lambda place: _literal(parameters[place[1]]), statement)


def _literal(value: str) -> str:
    """Write a parameter so that pgbench sees no variable in it but the key."""
    if value == "NULL":
        return value
    literal = "U&" + value.replace("\\", "\\\\").replace(":", "\\003A").replace("\n", "\\000A")
    for mark in MARKS:
        if mark in value:
            literal = f"replace({literal}, '{mark}', '{mark}' || :id || '_')"
    return f"({literal})"


def pgbench(
    engines: Engines, database: Database, statements: list[str], *, clients: int, seconds: int
) -> Plain:
    """Run the statements as one transaction, again and again, with statements prepared once."""
    script = engines.folder / "statements.sql"
    lines = [" ".join(statement.split()) + ";" for statement in statements]
    script.write_text("\n".join(["\\set id random(1, 1000000000000000)", *lines, ""]))
    return Plain(_run(script, database, clients, seconds), len(statements))


def _run(script: Path, database: Database, clients: int, seconds: int) -> float:
    options = ["-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(seconds)]
    done = subprocess.run(
        [str(wheel_root() / "bin" / "pgbench"), *options, "-f", str(script), _name(database)],
        env={
            **os.environ,
            "PGHOST": str(database.url.query["host"]),
            "PGPORT": str(database.url.query.get("port") or database.url.port or 5432),
            "PGUSER": str(database.url.username),
            "PGPASSWORD": str(database.url.password),
        },
        check=False,
        capture_output=True,
        text=True,
        timeout=seconds + 60,
    )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode != 0 or found is None:
        raise RuntimeError(f"pgbench failed:\n{done.stdout}\n{done.stderr[:2000]}")
    return float(found[1])


def _name(database: Database) -> str:
    return str(database.url.database)
