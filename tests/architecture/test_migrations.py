"""The migrations of a service make the tables that its code speaks of."""

import importlib

import pytest
from sqlalchemy import MetaData

from shared.contracts.consumers import SERVICES
from shared.db.engine import Database
from shared.db.migrations import check_migrations, migration_folders
from tests.architecture.tree import ROOT, is_migration, name_of, sources
from tests.support.databases import Databases

WITH_TABLES = [
    service
    for service in SERVICES
    if (ROOT / "services" / service / "tables.py").exists()
    or (ROOT / "services" / service / "tables").is_dir()
]


def _metadata(service: str) -> MetaData:
    folder = ROOT / "services" / service / "tables"
    names = [path.stem for path in sorted(folder.glob("[a-z]*.py"))] if folder.is_dir() else []
    prefix = f"services.{service}.tables"
    modules = [
        importlib.import_module(name) for name in (prefix, *(f"{prefix}.{name}" for name in names))
    ]
    for found in (found for module in modules for found in vars(module).values()):
        metadata = found if isinstance(found, MetaData) else getattr(found, "metadata", None)
        if isinstance(metadata, MetaData) and metadata.tables:
            return metadata  # all modules are imported, so it has all tables
    raise AssertionError(f"{prefix} declares no table")


@pytest.mark.parametrize("service", WITH_TABLES)
async def test_tables_and_migrations_agree(databases: Databases, service: str) -> None:
    database = Database(await databases.create(service), name="check", pool=1)
    try:
        async with database.connect() as connection:
            await connection.run_sync(check_migrations, service, _metadata(service))
    finally:
        await database.close()


@pytest.mark.parametrize("service", SERVICES)
def test_tables_come_with_migrations(service: str) -> None:
    own = migration_folders(service)[-1]

    assert (service in WITH_TABLES) <= any(own.glob("*.py"))


def test_migrations_import_nothing_of_the_project() -> None:
    migrations = [path for path in sources("services", "shared") if is_migration(path)]
    importing = [
        name_of(path)
        for path in migrations
        if any(
            line.startswith(("from services", "from shared", "import services", "import shared"))
            for line in path.read_text(encoding="utf-8").splitlines()
        )
    ]

    assert migrations
    assert importing == []
