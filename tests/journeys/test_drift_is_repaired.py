"""A row that somebody changed is found by the owner's digest, and made again unasked."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.orders.usecases.digesting import state_digest
from services.reporting.reconcile import reconcile
from services.reporting.repair.working import Repairing
from services.reporting.repository.digests import drift
from services.reporting.repository.repairs import Outcome
from services.reporting.routes.reconciliation import router
from services.reporting.tables import FIGURES
from shared.log.positions import save_passed
from tests.reporting.test_apply import rows_of
from tests.support.applications import an_application, open_store
from tests.support.orders import a_payment, a_refund, an_order, orders_client
from tests.support.retelling import Retelling

LOG_ID = UUID("0195727e-6c00-7c3a-9d41-5f0b1e2a7c88")
BACK = {"approved_at": "2026-11-22T11:00:00+08:00", "paid_at": "2026-11-22T12:00:00+08:00"}
LOSS = "DELETE FROM store_hour WHERE orders_placed > 0"


@pytest.fixture
async def client(retold: Retelling) -> AsyncIterator[httpx.AsyncClient]:
    await open_store(retold.reporting, "s1")
    async with orders_client(retold.orders) as client:
        for number, values in (
            ("A-1", {"payments": [a_payment()], "refunds": [a_refund("10.00", **BACK)]}),
            ("A-2", {"payments": [a_payment()], "placed_at": "2026-11-20T19:10:00+08:00"}),
            ("A-3", {}),
        ):
            answer = await client.post("/v1/orders", json=an_order(number, **values))
            assert answer.status_code == 201, answer.text
        yield client


async def digest(retold: Retelling) -> dict[tuple[str, str], int]:
    """Let orders tell its tables, reporting hear it and look; return what drifts."""
    async with retold.orders.transaction() as session:
        await state_digest(session)
    await retold.happen([])
    async with retold.reporting.transaction() as session:
        await save_passed(session, "reporting", "orders", LOG_ID, datetime.now(UTC) + _SOON)
        return await reconcile(session, is_whole=True)


_SOON = timedelta(seconds=1)


async def let_time_pass(retold: Retelling) -> None:
    """Make what is suspected, and what was changed in orders, minutes old."""
    await retold.damage(
        "UPDATE digest_line SET suspected_at = suspected_at - interval '5 minutes'",
        "UPDATE figure_repair SET finished_at = finished_at - interval '5 minutes'",
    )
    async with retold.orders.transaction() as session:
        await session.execute(
            text("UPDATE orders SET updated_at = updated_at - interval '5 minutes'")
        )


async def drift_for_certain(retold: Retelling, *damage: str) -> dict[tuple[str, str], int]:
    await retold.damage(*damage)
    await digest(retold)
    await let_time_pass(retold)
    return await digest(retold)


async def look(retold: Retelling, *, is_automatic: bool = True) -> Mapping[Outcome, int]:
    return await Repairing(retold.reporting, retold.feed, is_automatic=is_automatic).look()


async def shown(retold: Retelling) -> dict[str, Any]:
    async with an_application("reporting", retold.reporting, (router,)) as client:
        answer: dict[str, Any] = (await client.get("/v1/reconciliation")).json()
        return answer


@pytest.mark.usefixtures("client")
async def test_what_drifts_is_repaired_and_drifts_no_longer(retold: Retelling) -> None:
    await digest(retold)
    whole = await rows_of(retold.reporting)

    drifting = await drift_for_certain(retold, LOSS, "DELETE FROM buyer_store")
    outcomes = await look(retold)
    async with retold.reporting.reading() as session:
        drifting_at_once = await drift(session)
    drifting_after = await digest(retold)

    told = await shown(retold)
    assert drifting[("orders", "placed")] == 2
    assert outcomes == {Outcome.REPAIRED: 1}
    assert drifting_at_once == drifting_after == {}
    assert await rows_of(retold.reporting) == whole
    assert [(one["store_id"], one["asked_by"], one["outcome"]) for one in told["repairs"]] == [
        ("s1", "system", "repaired")
    ]
    assert told["differences"] == []


@pytest.mark.usefixtures("client")
async def test_nothing_is_repaired_unasked_where_that_is_switched_off(retold: Retelling) -> None:
    await digest(retold)
    await drift_for_certain(retold, LOSS)

    assert await look(retold, is_automatic=False) == {}
    assert (await shown(retold))["differences"] != []


@pytest.mark.usefixtures("client")
async def test_what_is_only_suspected_is_not_repaired(retold: Retelling) -> None:
    await digest(retold)
    await retold.damage(*(f"DELETE FROM {table.name}" for table in FIGURES))  # they agree
    await digest(retold)

    assert await look(retold) == {}


@pytest.mark.usefixtures("client")
async def test_a_store_that_drifts_again_and_again_is_repaired_once_an_hour(
    retold: Retelling,
) -> None:
    await digest(retold)
    outcomes = []
    for _ in range(2):
        assert await drift_for_certain(retold, LOSS) != {}
        outcomes += [await look(retold), await look(retold)]
    await retold.damage("UPDATE figure_repair SET finished_at = finished_at - interval '1 hour'")
    outcomes.append(await look(retold))

    once = {Outcome.REPAIRED: 1}
    assert outcomes == [once, {}, {}, {}, once]


async def test_what_the_log_does_not_explain_is_left_and_told(
    retold: Retelling, client: httpx.AsyncClient
) -> None:
    await digest(retold)
    whole = await rows_of(retold.reporting)
    async with retold.orders.transaction() as session:
        await session.execute(
            text("UPDATE orders SET total_minor = total_minor + 1, updated_at = now()")
        )

    drifting = await drift_for_certain(retold)

    assert drifting[("orders", "placed")] == 2
    assert await look(retold) == {Outcome.UNCHANGED: 1}
    assert await rows_of(retold.reporting) == whole
    told = await shown(retold)
    assert told["repairs"][0]["outcome"] == "unchanged"
    assert len(told["differences"]) == 2
