"""`shopfleet simulate`: demo stores, a day of orders, and live traffic."""

import asyncio
import contextlib
import random
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from shopfleet.cli.session import STATUS, open_async_client
from shopfleet.client import AsyncClient
from shopfleet.simulate.agenda import Agenda
from shopfleet.simulate.day import DAY, MAX_ORDERS, earlier_days, simulated_day
from shopfleet.simulate.opening import open_shops
from shopfleet.simulate.past import catch_up, play_past
from shopfleet.simulate.shops import DEMO_SHOPS, Shop
from shopfleet.simulate.traffic import Traffic


def simulate(
    stores: Annotated[
        int, typer.Option(min=1, max=len(DEMO_SHOPS), help="how many demo stores")
    ] = len(DEMO_SHOPS),
    orders: Annotated[
        int, typer.Option(min=0, max=MAX_ORDERS, help="orders of the past 24 hours")
    ] = 1000,
    rate: Annotated[
        float, typer.Option(min=0, help="live orders a minute of all stores; 0 for none")
    ] = 20.0,
    seconds: Annotated[
        float | None, typer.Option(min=0, help="end the live traffic; without it: at Ctrl-C")
    ] = None,
    seed: Annotated[int, typer.Option(help="another one gives another day")] = 1,
) -> None:
    """Play believable orders: a day up to this moment, a few of the days before, then live ones."""
    shops = DEMO_SHOPS[:stores]
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_simulate(shops, orders, rate, seconds=seconds, seed=seed))


async def _simulate(
    shops: tuple[Shop, ...], orders: int, rate: float, *, seconds: float | None, seed: int
) -> None:
    agenda = Agenda()
    async with open_async_client() as client:
        await open_shops(client, shops)
        await _play_day(client, shops, orders, seed=seed, agenda=agenda)
        if rate <= 0:
            return
        STATUS.print(f"live: {rate:g} orders a minute, Ctrl-C ends it")
        traffic = Traffic(
            client=client,
            shops=shops,
            orders_a_minute=rate,
            agenda=agenda,
            choose=random.Random(),  # noqa: S311 - live orders differ each time
        )
        try:
            async with asyncio.timeout(seconds):
                await traffic.run()
        except TimeoutError:
            pass
        finally:
            told = ", ".join(f"{count:,} {deed}" for deed, count in sorted(agenda.done.items()))
            typer.echo(f"live: {told or 'nothing'}")
            if agenda.latest_error:
                STATUS.print(f"latest refusal: {agenda.latest_error}")


async def _play_day(
    client: AsyncClient, shops: tuple[Shop, ...], orders: int, *, seed: int, agenda: Agenda
) -> None:
    until = datetime.now(UTC)
    stories = [
        *earlier_days(until - DAY, seed, orders, shops=shops),
        *simulated_day(until, seed, orders, shops=shops),
    ]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=STATUS, disable=not STATUS.is_terminal) as progress:
        task = progress.add_task("a simulated day", total=len(stories))
        outcomes = await play_past(
            client,
            stories,
            until,
            agenda=agenda,
            on_progress=lambda rows: progress.advance(task, rows),
        )
        await catch_up(client, agenda, until)
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items()))
    earlier = len(stories) - orders
    typer.echo(
        f"a simulated day of {orders:,} orders and {earlier:,} of the days before: {told or 'none'}"
    )
    if agenda.latest_error:
        STATUS.print(f"a refusal: {agenda.latest_error}")
