"""Repairs as they are asked for and run: one runner, an end that is told, nothing half done."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from services.reporting.repair.remaking import remake
from services.reporting.repair.working import Repairing
from services.reporting.repository.repairs import Outcome, Repair, ask_for, claim, latest
from services.reporting.routes.reconciliation import router
from shared.log.feed_client import FeedUnavailableError
from tests.reporting.facts import an_order
from tests.reporting.repairing import HookedFeed, repair, some_orders
from tests.reporting.test_apply import recomputed, rows_of
from tests.support.applications import an_application, open_store
from tests.support.retelling import Retelling


async def test_a_log_that_was_trimmed_cannot_repair_and_says_so(retold: Retelling) -> None:
    await retold.happen(some_orders())
    await retold.damage("DELETE FROM store_day WHERE store_id = 'york'")
    held = await rows_of(retold.reporting)
    async with retold.orders.transaction() as session:
        await session.execute(
            text("UPDATE log_lanes SET trimmed_sequence = 1 WHERE last_sequence > 0")
        )

    ((_, outcome, _),) = await repair(retold, "york")

    async with retold.reporting.reading() as session:
        (told,) = await latest(session, ["york"], 1)
    assert outcome == Outcome.TRIMMED
    assert "no longer begins at its first event" in str(told.detail)
    assert await rows_of(retold.reporting) == held


async def test_repairing_again_changes_nothing(retold: Retelling) -> None:
    events = some_orders()
    await retold.happen(events)
    await retold.damage("DELETE FROM sku_day")

    first = await repair(retold, "tokyo")
    second = await repair(retold, "tokyo")

    assert first[0][1] == Outcome.REPAIRED
    assert second == [("tokyo", Outcome.UNCHANGED, 0)]


async def test_two_repairs_at_once_do_it_once(retold: Retelling) -> None:
    events = some_orders()
    await retold.happen(events)
    await retold.damage("DELETE FROM store_day", "UPDATE store_hour SET paid_minor = 1")
    async with retold.reporting.transaction() as session:
        await ask_for(session, "orders", "tokyo", "S-1")
        await ask_for(session, "orders", "york", "S-1")
        claimed = await claim(session, 9)

    both = await asyncio.gather(*(_remake(retold, claimed) for _ in range(2)))

    assert sorted(sum(changed.values()) > 0 for changed in both) == [False, True]
    assert await rows_of(retold.reporting) == recomputed(events)
    async with retold.reporting.reading() as session:
        told = await latest(session, ["tokyo", "york"], 9)
        trail = text("SELECT count(*) FROM audit_trail WHERE action = 'figures.repaired'")
        assert (await session.execute(trail)).scalar_one() == 2
    assert {one.outcome for one in told} == {Outcome.REPAIRED}


async def _remake(retold: Retelling, claimed: Sequence[Repair]) -> dict[str, int]:
    return await remake(retold.reporting, retold.feed, claimed)


async def test_a_store_is_given_to_one_runner(retold: Retelling) -> None:
    async with retold.reporting.transaction() as session:
        await ask_for(session, "orders", "tokyo", "S-1")
        first = await claim(session, 9)
    async with retold.reporting.transaction() as session:
        second = await claim(session, 9)

    assert [one.store_id for one in first] == ["tokyo"]
    assert second == []


async def test_the_trail_holds_what_was_and_what_is(retold: Retelling) -> None:
    await retold.happen(an_order("tokyo", 1))
    await retold.damage("UPDATE store_day SET orders_paid = 3", "DELETE FROM buyer_store")

    await repair(retold, "tokyo")

    async with retold.reporting.reading() as session:
        trail = text(
            "SELECT caller, store_id, before, after FROM audit_trail"
            " WHERE action = 'figures.repaired'"
        )
        ((caller, store_id, before, after),) = (await session.execute(trail)).all()
    assert (caller, store_id) == ("S-1", "tokyo")
    assert before["store_day"][0]["orders_paid"] == 3
    assert after["store_day"][0]["orders_paid"] == 1
    assert after["rows_changed"] == {"store_day": 1, "buyer_store": 1}


async def test_an_owner_that_does_not_answer_changes_nothing(retold: Retelling) -> None:
    await retold.happen(some_orders())
    await retold.damage("DELETE FROM store_day")
    held = await rows_of(retold.reporting)

    async def fail() -> None:
        raise FeedUnavailableError("orders: 503")

    ((_, outcome, _),) = await repair(retold, "tokyo", feed=HookedFeed(retold.orders, fail))

    assert outcome == Outcome.FAILED
    assert await rows_of(retold.reporting) == held


async def test_another_log_than_the_one_that_was_read_changes_nothing(retold: Retelling) -> None:
    await retold.happen(some_orders())
    await retold.damage("DELETE FROM store_day")
    held = await rows_of(retold.reporting)
    await retold.damage("UPDATE log_positions SET log_id = gen_random_uuid()")

    ((_, outcome, _),) = await repair(retold, "tokyo")

    assert outcome == Outcome.FAILED
    assert await rows_of(retold.reporting) == held


@pytest.mark.parametrize("near", [0, 500])
async def test_a_repair_whose_connection_breaks_never_writes_beside_its_own_tables(
    retold: Retelling, monkeypatch: pytest.MonkeyPatch, near: int
) -> None:
    monkeypatch.setattr("services.reporting.repair.remaking.NEAR_EVENTS", near)
    await retold.happen(some_orders())
    await retold.damage("DELETE FROM store_day")
    held = await rows_of(retold.reporting)

    async def cut() -> None:
        await retold.damage(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name LIKE '%-repair'"
        )

    ((_, outcome, _),) = await repair(retold, "tokyo", feed=HookedFeed(retold.orders, cut))

    assert outcome == Outcome.FAILED
    assert await rows_of(retold.reporting) == held


async def test_a_stop_gives_up_what_is_under_way(retold: Retelling) -> None:
    await retold.happen(some_orders())
    async with retold.reporting.transaction() as session:
        await ask_for(session, "orders", "tokyo", "S-1")
    stop, never = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        stop.set()
        await never.wait()

    async with asyncio.timeout(20):
        feed = HookedFeed(retold.orders, hang)
        await Repairing(retold.reporting, feed, is_automatic=False).run(stop)

    async with retold.reporting.reading() as session:
        (told,) = await latest(session, ["tokyo"], 1)
    assert told.finished_at is None


async def test_a_repair_is_asked_for_once_by_who_may(retold: Retelling) -> None:
    await open_store(retold.reporting, "tokyo")
    await retold.happen(some_orders())
    path = "/v1/reconciliation/repairs"
    answers: list[Any] = []
    for scopes in (["figures:repair"], ["figures:repair"], ["reports:read"]):
        async with an_application(
            "reporting", retold.reporting, (router,), scopes=scopes
        ) as client:
            answers.append(await client.post(path, json={"store_id": "tokyo"}))
    async with an_application("reporting", retold.reporting, (router,), stores=["x"]) as client:
        answers.append(await client.post(path, json={"store_id": "tokyo"}))

    assert [answer.status_code for answer in answers] == [202, 202, 403, 403]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    await Repairing(retold.reporting, retold.feed, is_automatic=False).look()
    async with an_application("reporting", retold.reporting, (router,)) as client:
        shown = (await client.get("/v1/reconciliation")).json()["repairs"]
    assert [(one["store_id"], one["outcome"]) for one in shown] == [("tokyo", "unchanged")]
