"""Tables of figures agree with each other after any history, and damage to any of them shows."""

from datetime import date, timedelta

import pytest
from hypothesis import given

from services.reporting.repair.working import Repairing
from services.reporting.repository.agreement import disagreeing_days
from services.reporting.repository.repairs import Outcome
from shared.contracts.envelope import Event
from shared.db.engine import Database
from tests.reporting.clearing import clear
from tests.reporting.lives import histories
from tests.reporting.repairing import MOMENT, TABLES, damage_to, some_orders
from tests.reporting.test_apply import apply, on_database, recomputed, rows_of
from tests.support.retelling import Retelling

EVER = date(2000, 1, 1)


async def disagreeing(database: Database, since: date = EVER) -> dict[str, int]:
    async with database.reading() as session:
        return await disagreeing_days(session, since)


@on_database
@given(events=histories())
async def test_tables_agree_after_any_history(
    reporting_database: Database, events: list[Event]
) -> None:
    await clear(reporting_database)

    await apply(reporting_database, events)

    assert await disagreeing(reporting_database) == {}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM {table} WHERE store_id = 'york'",
        "UPDATE {table} SET {first} = 9, {second} = 9 WHERE store_id = 'york'",
    ],
)
async def test_damage_to_any_table_shows_and_is_repaired_unasked(
    retold: Retelling, table: str, damage: str
) -> None:
    events = some_orders()
    await retold.happen(events)
    await retold.damage(damage_to(table, damage))

    found = await disagreeing(retold.reporting)
    outcomes = await Repairing(retold.reporting, retold.feed, is_automatic=True).look()

    assert set(found) == {"york"}
    assert outcomes == {Outcome.REPAIRED: 1}
    assert await disagreeing(retold.reporting) == {}
    assert await rows_of(retold.reporting) == recomputed(events)


async def test_only_the_days_asked_for_are_looked_at(retold: Retelling) -> None:
    await retold.happen(some_orders())
    await retold.damage("DELETE FROM store_day")

    after = (MOMENT + timedelta(days=5)).date()

    assert await disagreeing(retold.reporting, after) == {}
