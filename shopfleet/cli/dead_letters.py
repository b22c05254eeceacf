"""`shopfleet dead-letters`: events that a service could not apply, and what to do with them."""

import json
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from shopfleet import calls
from shopfleet.cli.session import open_client
from shopfleet.client import Client

COMMANDS = typer.Typer(help="Events that a service has parked.", no_args_is_help=True)
SHOWN = ("id", "reason", "reader", "owner", "type", "key", "attempts", "parked_at", "detail")

Service = Annotated[str, typer.Option(help="the service that parked them, such as reporting")]
Letter = Annotated[str, typer.Argument(metavar="ID", help="the id that `list` shows")]


@COMMANDS.command("list")
def list_letters(service: Service) -> None:
    """List what is parked, oldest first."""
    table = Table(*SHOWN)
    with open_client() as client:
        for letter in _letters(client, service):
            table.add_row(*(str(letter.get(name, "")) for name in SHOWN))
    Console().print(table if table.row_count else f"{service} has parked nothing")


@COMMANDS.command("inspect")
def inspect_letter(letter: Letter, service: Service) -> None:
    """Show one with its event and the error."""
    with open_client() as client:
        found = client.send(calls.get(service, f"{_path(service)}/{letter}"))
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


@COMMANDS.command("replay")
def replay_letter(letter: Letter, service: Service) -> None:
    """Apply it again, and those held behind it in their order."""
    _decide(service, letter, "replay")


@COMMANDS.command("discard")
def discard_letter(letter: Letter, service: Service) -> None:
    """Give it up for good; what is held behind it waits until it is replayed."""
    _decide(service, letter, "discard")


def _letters(client: Client, service: str) -> Iterator[calls.Json]:
    after: int | None = 0
    while after is not None:
        page = client.send(calls.get(service, _path(service), after=after))
        yield from page["items"]
        after = page["next_after"]


def _decide(service: str, letter: str, decision: str) -> None:
    with open_client() as client:
        answer = client.send(calls.post(service, f"{_path(service)}/{letter}/{decision}"))
    typer.echo(json.dumps(answer, ensure_ascii=False))


def _path(service: str) -> str:
    return f"/v1/dead-letters/{service}"
