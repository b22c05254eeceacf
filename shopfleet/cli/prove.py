"""`shopfleet prove`: known traffic, faults at random, and the ledger of what became of it."""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from shopfleet.cli.session import STATUS, fail
from shopfleet.local.processes import EngineStartError
from shopfleet.local.supervisor import StackFailedError
from shopfleet.prove.damage import Bug, NothingToDamageError
from shopfleet.prove.proof import Plan, Verdict, prove

DISPROVEN = 1
SHOWN_WRONGS = 20


def prove_fleet(
    seed: Annotated[
        int | None, typer.Option(help="repeats traffic and choice of faults; else random")
    ] = None,
    orders: Annotated[int, typer.Option(min=1, max=100_000, help="orders to send")] = 2000,
    kills: Annotated[
        int, typer.Option(min=0, max=100, help="SIGKILLs of each process and engine")
    ] = 5,
    seconds: Annotated[
        float, typer.Option(min=1, help="over which traffic and faults are spread")
    ] = 45.0,
    *,
    bug: Annotated[
        Bug | None, typer.Option(help="plant a bug afterwards: the proof has to fail")
    ] = None,
) -> None:
    """Prove on a stack of its own that nothing is lost, nothing counted twice.

    Leaves with 1 if anything differs.
    """
    chosen = random.randrange(10**6) if seed is None else seed  # noqa: S311 - no secret
    typer.echo(f"seed {chosen}")
    plan = Plan(seed=chosen, orders=orders, kills=kills, seconds=seconds, bug=bug)
    try:
        verdict = asyncio.run(prove(plan, _teller()))
    except ExceptionGroup as errors:  # from the lanes of traffic and faults
        fail(errors.exceptions[0])
    except (EngineStartError, StackFailedError, NothingToDamageError) as error:
        fail(error)
    _tell(verdict)
    if not verdict.stands:
        raise typer.Exit(DISPROVEN)


def _tell(verdict: Verdict) -> None:
    table = Table("owner", title="accepted = reported + parked + pending")
    table.add_column("kind", no_wrap=True)
    for name in ("accepted", "reported", "parked", "pending", ""):
        table.add_column(name, justify="right")
    for entry in verdict.entries:
        counts = (entry.accepted, entry.reported, entry.parked, entry.pending)
        sign = "even" if entry.is_even else "DIFFERS"
        table.add_row(entry.owner, entry.kind, *(f"{count:,}" for count in counts), sign)
    Console().print(table)
    answers = ", ".join(f"{count:,} {what}" for what, count in verdict.books.answers.items())
    typer.echo(f"answered: {answers}")
    for wrong in verdict.wrongs[:SHOWN_WRONGS]:
        typer.echo(f"  {wrong}")
    if len(verdict.wrongs) > SHOWN_WRONGS:
        typer.echo(f"  and {len(verdict.wrongs) - SHOWN_WRONGS:,} more")
    cells = len(verdict.books.cells)
    typer.echo(
        f"proven: {cells:,} figures of stores and days are what the client was answered"
        if verdict.stands
        else f"NOT proven: {len(verdict.wrongs):,} differences"
    )


def _teller() -> Callable[[str], None]:
    began = time.monotonic()
    return lambda remark: STATUS.print(f"{time.monotonic() - began:6.1f} s  {remark}", markup=False)
