"""An upgrade that brings measures: their tables begin empty, and a rebuild fills them."""

from services.reporting.repair.working import Repairing
from tests.reporting.rebuilding import begin, look, swap
from tests.reporting.repairing import TABLES, some_orders
from tests.reporting.test_apply import recomputed, rows_of
from tests.support.retelling import Retelling


async def test_measures_that_an_upgrade_brought_get_their_history(retold: Retelling) -> None:
    events = some_orders()
    await retold.happen(events)
    new = ("handling_day", "handling_hour", "reason_day", "return_day")
    await retold.damage(
        *(f"DELETE FROM {table}" for table in new)
    )  # as their migration leaves them

    disagreeing = await Repairing(retold.reporting, retold.feed, is_automatic=True).look()
    number = await begin(retold)
    compared = await look(retold)
    await swap(retold, number, accept=True)

    assert disagreeing == {}  # an upgrade alone sets nobody repairing
    assert [found["table"] for found in compared.differences or ()] == sorted(
        new, key=list(TABLES).index
    )
    assert await rows_of(retold.reporting) == recomputed(events)
