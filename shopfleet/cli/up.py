"""`shopfleet up`: the whole fleet on this machine, with demo stores, until Ctrl-C."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from shopfleet.addresses import STATE_FOLDER
from shopfleet.cli.session import STATUS
from shopfleet.local.demo import Demo
from shopfleet.local.stack import Stack
from shopfleet.local.state import State
from shopfleet.problems import ShopfleetError
from shopfleet.simulate.day import MAX_ORDERS

STOPPED_EARLY = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    has_demo: bool
    first_orders: int
    orders_a_minute: float


def up(
    folder: Annotated[
        Path, typer.Option("--state", help="where data, secrets and logs are kept")
    ] = Path(STATE_FOLDER),
    *,
    demo: Annotated[bool, typer.Option(help="demo stores with simulated orders")] = True,
    orders: Annotated[
        int, typer.Option(min=0, max=MAX_ORDERS, help="orders of the first two days")
    ] = 3000,
    rate: Annotated[float, typer.Option(min=0, help="live demo orders a minute")] = 15.0,
) -> None:
    """Start the fleet: PostgreSQL, a Kafka broker, six services, the managers' board.

    Ctrl-C stops all of it; the next start goes on with the same data. SHOPFLEET_DATABASE_URL and
    SHOPFLEET_KAFKA name servers to use instead of the embedded ones.
    """
    wish = Wish(has_demo=demo, first_orders=orders, orders_a_minute=rate)
    with State(folder) as state:
        code = asyncio.run(_run(state, wish))
    raise typer.Exit(code)


async def _run(state: State, wish: Wish) -> int:
    stack = Stack(state, _say)
    is_wanted = _stop_at_signals(stack.hurry)
    try:
        await _start_and_stay(state, stack, wish)
    except asyncio.CancelledError:
        if is_wanted():
            return 0
        raise
    except ExceptionGroup as errors:
        _say("\n".join(str(error) for error in errors.exceptions))
        return STOPPED_EARLY
    except (RuntimeError, ShopfleetError) as error:  # something does not come up
        _say(str(error))
        return STOPPED_EARLY
    finally:
        _say("stopping ...")
        await stack.stop()
        _say("stopped; the data stays, `shopfleet up` goes on with it")
    return 0


async def _start_and_stay(state: State, stack: Stack, wish: Wish) -> None:
    with STATUS.status("starting PostgreSQL, the broker and six services"):
        await stack.start()
    async with stack.client() as client, asyncio.TaskGroup() as group:
        group.create_task(stack.look_after())
        demo = Demo(
            state=state,
            client=client,
            first_orders=wish.first_orders,
            orders_a_minute=wish.orders_a_minute,
        )
        is_playing = wish.has_demo and await _play_past(demo)
        _tell(stack)
        if is_playing:
            try:
                await demo.go_on()
            finally:
                _say(f"live demo orders: {demo.told or 'none'}")


async def _play_past(demo: Demo) -> bool:
    """Open the demo stores and send what is due; False, and told, if that cannot be done."""
    try:
        await demo.open_stores()
        stretch = demo.stretch(datetime.now(UTC))
        if stretch is None:
            return True
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=STATUS, disable=not STATUS.is_terminal) as progress:
            task = progress.add_task("demo orders", total=stretch.orders)
            outcomes = await demo.send(stretch, lambda rows: progress.advance(task, rows))
    except ShopfleetError as error:
        _say(f"no demo: {error}")
        return False
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items()))
    since = stretch.since.astimezone()
    _say(f"demo orders since {since:%Y-%m-%d %H:%M}: {told or 'none'}")
    if outcomes["rejected"]:
        _say(f"one was rejected: {demo.agenda.latest_error}")
    return True


def _tell(stack: Stack) -> None:
    for name, url in stack.addresses.items():
        sys.stdout.write(f"{name} {url}\n")
    sys.stdout.write(f"board {stack.addresses['reporting']}/board\n")
    sys.stdout.write(f"token: {stack.token}\n")
    sys.stdout.flush()
    _say("Ctrl-C stops everything")


def _say(remark: str) -> None:
    STATUS.print(remark, markup=False, highlight=False)


def _stop_at_signals(hurry: Callable[[], None]) -> Callable[[], bool]:
    """Cancel this task at the first signal and hurry at the next; say whether one has come."""
    running = asyncio.current_task()
    received: list[int] = []

    def receive(number: int) -> None:
        received.append(number)
        if len(received) > 1:
            hurry()
        elif running is not None:
            running.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, receive, number)
    return lambda: bool(received)
