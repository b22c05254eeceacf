"""A whole proof: traffic and faults side by side, quiet, the ledger and what differs."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from shopfleet.local.broker import EmbeddedBroker
from shopfleet.local.postgres import EmbeddedPostgres
from shopfleet.local.state import State
from shopfleet.prove.books import Books
from shopfleet.prove.damage import BUGS, Bug
from shopfleet.prove.faults import Faults
from shopfleet.prove.fleet import Fleet
from shopfleet.prove.ledger import (
    Entry,
    accepted_by_kind,
    differences,
    entries_of,
    parked_by_kind,
    read_figures,
    wait_for_quiet,
)
from shopfleet.prove.traffic import Traffic, open_stores, plan_stories, this_moment

QUIET_SECONDS = 90.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be proven, and against which bug."""

    seed: int
    orders: int
    kills: int
    seconds: float
    bug: Bug | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the proof found; it stands if nothing is wrong."""

    entries: list[Entry]
    books: Books
    faults: Counter[str]
    wrongs: list[str] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        """Whether accepted, reported and acknowledged are the same."""
        return not self.wrongs


async def prove(plan: Plan, say: Say) -> Verdict:
    """Start a stack in a temporary folder, prove, stop it and remove the folder.

    Raises what a fleet raises that does not come up, and NothingToDamageError.
    """
    with tempfile.TemporaryDirectory(prefix="shopfleet-prove-") as name:
        folder = Path(name)
        with State(folder / "fleet") as state:
            postgres = EmbeddedPostgres(folder / "postgres")
            fleet = Fleet(state, postgres, EmbeddedBroker(folder / "broker", port=None))
            try:
                say("starting PostgreSQL, a broker and a process for each role")
                await fleet.start()
                return await _prove_with(fleet, plan, say)
            finally:
                await fleet.stop()


async def _prove_with(fleet: Fleet, plan: Plan, say: Say) -> Verdict:
    async with fleet.client() as client:
        await open_stores(client)
        traffic = Traffic(client)
        faults = Faults(fleet, plan.seed, plan.kills, say)
        stories = plan_stories(plan.seed, plan.orders, this_moment())
        say(f"sending {plan.orders:,} orders")
        async with asyncio.TaskGroup() as both:
            both.create_task(traffic.send(stories, within_seconds=plan.seconds))
            both.create_task(faults.inject(within_seconds=plan.seconds))
        told = ", ".join(f"{count:,} {what}" for what, count in sorted(faults.done.items()))
        say(f"all is sent; {told or 'no faults'}")
        await wait_for_quiet(client, within_seconds=QUIET_SECONDS)
        if plan.bug is not None:
            say(f"planting the bug {plan.bug}")
            await BUGS[plan.bug](fleet, traffic)
        return await judge(traffic, faults.done)


async def judge(traffic: Traffic, faults: Counter[str]) -> Verdict:
    """Wait for quiet and hold the owner's log, the figures and the books against each other."""
    client, books = traffic.client, traffic.books
    standing = await wait_for_quiet(client, within_seconds=QUIET_SECONDS)
    reported = await read_figures(client, books.days)
    parked = await parked_by_kind(client)
    entries = entries_of(await accepted_by_kind(client, standing.heads), parked, reported, standing)
    wrongs = [*books.complaints, *differences(books, reported)]
    if not standing.is_quiet:
        wrongs.append(f"not quiet within {QUIET_SECONDS:g} s: {standing}")
    wrongs += [
        f"{entry.owner} {entry.kind}: {entry.accepted} accepted, {entry.reported} reported, "
        f"{entry.parked} parked, {entry.pending} pending"
        for entry in entries
        if not entry.is_even
    ]
    wrongs += [f"{count} {kind} parked" for kind, count in parked.items()]
    return Verdict(entries, books, faults, wrongs)
