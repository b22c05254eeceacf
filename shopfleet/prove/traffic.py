"""Known traffic: batches, single orders step by step, and everything sent again now and then."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shopfleet import calls
from shopfleet.client import AsyncClient
from shopfleet.local.supervisor import StackFailedError
from shopfleet.outcomes import BatchAnswer
from shopfleet.problems import NotFoundError, ShopfleetError
from shopfleet.prove.books import STORES, Books
from shopfleet.prove.drafts import Draft, Json, draft_order

LANES = 8
BATCH_ROWS = 25
SINGLE_SHARE = 0.06
RESENT_SHARE = 0.08
KNOWN_SECONDS = 30.0
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Story:
    """Orders that one lane sends: a batch, or a single one with its steps after it."""

    drafts: tuple[Draft, ...]
    is_batch: bool
    is_resent: bool


def plan_stories(seed: int, orders: int, now: datetime, *, first: int = 0) -> list[Story]:
    """Return the stories of a seed; together they have so many orders, numbered from `first`."""
    choose = random.Random(seed)  # noqa: S311 - repeatable on purpose
    numbers = range(first, first + orders)
    drafts = [draft_order(choose, choose.choice(STORES), number, now) for number in numbers]
    singles = round(orders * SINGLE_SHARE)
    stories = [Story((draft,), False, choose.random() < RESENT_SHARE) for draft in drafts[:singles]]
    for start in range(singles, orders, BATCH_ROWS):
        rows = tuple(drafts[start : start + BATCH_ROWS])
        stories.append(Story(rows, True, choose.random() < RESENT_SHARE))
    choose.shuffle(stories)
    return stories


@dataclass(slots=True)
class Traffic:
    """Sends stories in some lanes and enters what is acknowledged in the books."""

    client: AsyncClient
    books: Books = field(default_factory=Books)

    async def send(self, stories: Sequence[Story], *, within_seconds: float) -> None:
        """Send all, evenly over a time, and later where the API does not keep up."""
        began = time.monotonic()
        queue = iter(enumerate(stories))

        async def lane() -> None:
            for place, story in queue:
                due = began + within_seconds * place / len(stories)
                await asyncio.sleep(max(due - time.monotonic(), 0.0))
                await self._tell(story)

        async with asyncio.TaskGroup() as lanes:
            for _ in range(LANES):
                lanes.create_task(lane())

    async def _tell(self, story: Story) -> None:
        try:
            if story.is_batch:
                await self._send_batch(story)
            else:
                await self._send_single(story)
        except ShopfleetError as error:
            names = f"{story.drafts[0].external_id} and {len(story.drafts) - 1} more"
            self.books.complaints.append(f"{names}: {error}")

    async def _send_batch(self, story: Story) -> None:
        call = calls.place_orders([draft.row() for draft in story.drafts])
        self._enter(story, await self.client.send(call))
        if story.is_resent:  # the same call, then the same rows under another key
            await self._again(story, call, "created")
            await self._again(
                story, calls.place_orders([draft.row() for draft in story.drafts]), "unchanged"
            )

    def _enter(self, story: Story, answer: BatchAnswer) -> None:
        for draft, row in zip(story.drafts, answer.outcomes, strict=True):
            told = row.outcome, row.body.get("external_id")
            if self.books.expect(draft.external_id, ("created", draft.external_id), told):
                self.books.enter(draft.store, draft.all_facts())
                self.books.answers[row.outcome] += 1

    async def _again(self, story: Story, call: calls.Call[BatchAnswer], wanted: str) -> None:
        answer = await self.client.send(call)
        for draft, row in zip(story.drafts, answer.outcomes, strict=True):
            self.books.expect(f"{draft.external_id} again", wanted, row.outcome)
            self.books.answers["resent"] += 1

    async def _send_single(self, story: Story) -> None:
        (draft,) = story.drafts
        books, store = self.books, draft.store
        answer = await self.client.send(calls.place_order(draft.body))
        told = answer["outcome"], answer["order"]["total"]
        books.expect(draft.external_id, ("created", store.amount(draft.total_minor)), told)
        books.enter(store, draft.placed())
        books.answers[answer["outcome"]] += 1
        order_id = answer["order"]["order_id"]
        for payment in draft.payments:
            body = draft.payment_body(payment)
            await self._step(draft, order_id, "payments", body, is_resent=story.is_resent)
            books.enter(store, payment.facts())
        await self._refund(draft, order_id, is_resent=story.is_resent)
        if story.is_resent:
            answer = await self.client.send(calls.place_order(draft.body))
            books.expect(f"{draft.external_id} again", "unchanged", answer["outcome"])
            books.answers["resent"] += 1

    async def _refund(self, draft: Draft, order_id: str, *, is_resent: bool) -> None:
        refund = draft.refund
        if refund is None:
            return
        body = draft.refund_body(refund)
        answer = await self._step(draft, order_id, "refunds", body, is_resent=is_resent)
        self.books.enter(draft.store, refund.asked())
        path = f"refunds/{answer['order']['refunds'][0]['refund_id']}"
        for verb, at, facts in (
            ("approval", refund.approved_at, refund.approved()),
            ("payment", refund.paid_at, refund.paid()),
        ):
            await self._step(draft, order_id, f"{path}/{verb}", {"at": at.isoformat()})
            self.books.enter(draft.store, facts)

    async def _step(
        self, draft: Draft, order_id: str, part: str, body: Json, *, is_resent: bool = False
    ) -> Any:
        call = calls.extend_order(order_id, part, body)
        answer = await self.client.send(call)
        what = f"{draft.external_id} {part}"
        self.books.expect(what, "updated", answer["outcome"])
        self.books.answers["steps"] += 1
        if is_resent:
            again = await self.client.send(call)
            self.books.expect(f"{what} again", answer, again)
            other = await self.client.send(calls.extend_order(order_id, part, body))
            self.books.expect(f"{what} under another key", "unchanged", other["outcome"])
        return answer


async def open_stores(client: AsyncClient) -> None:
    """Open the stores of the proof and wait until orders and reporting have heard of them.

    Raises `StackFailedError` if they have not within 30 s.
    """
    for store in STORES:
        await client.send(calls.open_store(store.body()))
    deadline = time.monotonic() + KNOWN_SECONDS
    while not (await _orders_knows(client) and await _reporting_knows(client)):
        if time.monotonic() > deadline:
            raise StackFailedError("orders or reporting does not hear of new stores")
        await asyncio.sleep(POLL_SECONDS)


async def _orders_knows(client: AsyncClient) -> bool:
    choose, now = random.Random(0), this_moment()  # noqa: S311 - nothing is written
    rows = [draft_order(choose, store, 0, now).row() for store in STORES]
    answer = await client.send(calls.place_orders(rows, is_dry_run=True))
    return not any(outcome.is_rejected for outcome in answer.outcomes)


async def _reporting_knows(client: AsyncClient) -> bool:
    today = this_moment().date()
    period = {"from": today, "to": today + timedelta(days=1)}
    stores = [store.store_id for store in STORES]
    try:
        await client.send(calls.find_kpis(**period, stores=stores, metrics=["orders_placed"]))
    except NotFoundError:
        return False
    return True


def this_moment() -> datetime:
    """Return now, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
