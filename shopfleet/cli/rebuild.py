"""`shopfleet rebuild`: all figures once more from the logs, compared, and swapped in."""

import time
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from shopfleet import calls
from shopfleet.cli.session import FAILED, STATUS, open_client
from shopfleet.client import Client

SERVICE = "reporting"
PATH = "/v1/rebuilds"
DIFFERENT = 1
POLL_SECONDS = 0.5
SHOWN_ROWS = 3


def rebuild(
    *,
    compare_only: Annotated[
        bool, typer.Option("--compare-only", help="leave the figures that serve as they are")
    ] = False,
    accept_differences: Annotated[
        bool, typer.Option("--accept-differences", help="swap although the figures differ")
    ] = False,
    drop: Annotated[
        bool,
        typer.Option("--drop", help="throw away the open rebuild, or what the last one replaced"),
    ] = False,
) -> None:
    """Build all figures once more from the owners' logs while those that are there serve.

    Joins a rebuild that is under way; stopping this command stops no rebuild. Without differences
    the rebuilt figures are swapped in. Leaves with 1 if they differ and are not swapped, with 2 if
    nothing can be built.
    """
    with open_client() as client:
        if drop:
            _drop(client)
            return
        found = _open_one(client) or client.send(calls.post(SERVICE, PATH))
        found = _wait(client, found, "building")
        _demand(found, "compared")
        _tell(found)
        differs = bool(found["rows_differing"])
        if compare_only or (differs and not accept_differences):
            STATUS.print("not swapped; `shopfleet rebuild --drop` throws the rebuild away")
            raise typer.Exit(DIFFERENT if differs else 0)
        body = {"accept_differences": accept_differences}
        client.send(calls.post(SERVICE, f"{PATH}/{found['id']}/swap", body))
        _demand(_wait(client, found, "compared"), "swapped")
    typer.echo(f"rebuild {found['id']} serves; `shopfleet rebuild --drop` drops what it replaced")


def _open_one(client: Client) -> calls.Json | None:
    items = client.send(calls.get(SERVICE, PATH))["items"]
    return next((item for item in items if item["finished_at"] is None), None)


def _wait(client: Client, found: calls.Json, state: str) -> calls.Json:
    """Wait until the rebuild is in another state, and show how far it is."""
    path = f"{PATH}/{found['id']}"
    with Progress(console=STATUS, transient=True) as progress:
        task = progress.add_task(f"rebuild {found['id']}", total=None)
        while found["state"] == state:
            time.sleep(POLL_SECONDS)
            found = client.send(calls.get(SERVICE, path))
            progress.update(task, completed=found["events_read"], total=found["events"])
    return found


def _demand(found: calls.Json, state: str) -> None:
    """Leave with 2 unless the rebuild is in this state."""
    if found["state"] != state:
        STATUS.print(f"rebuild {found['id']} is {found['state']}: {found['detail'] or ''}")
        raise typer.Exit(FAILED)


def _tell(found: calls.Json) -> None:
    if not found["rows_differing"]:
        typer.echo(f"rebuild {found['id']}: {found['events']:,} events, nothing differs")
        return
    table = Table("table", "rows that differ", "such as, now", "such as, rebuilt")
    for each in found["differences"]:
        held, rebuilt = (
            "\n".join(map(str, each[side][:SHOWN_ROWS])) for side in ("held", "rebuilt")
        )
        table.add_row(each["table"], f"{each['rows']:,}", held, rebuilt)
    Console().print(table)


def _drop(client: Client) -> None:
    items = client.send(calls.get(SERVICE, PATH))["items"]
    if not items:
        typer.echo("there is no rebuild")
        return
    found = items[0]
    client.send(calls.post(SERVICE, f"{PATH}/{found['id']}/drop"))
    while found["finished_at"] is None:
        time.sleep(POLL_SECONDS)
        found = client.send(calls.get(SERVICE, f"{PATH}/{found['id']}"))
    what = "what it replaced is dropped" if found["state"] == "swapped" else found["state"]
    typer.echo(f"rebuild {found['id']}: {what}")
