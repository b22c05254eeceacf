"""`shopfleet dead-letters`: events that a service could not apply, and what to do with them."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from shopfleet import calls
from shopfleet.cli.session import open_client

COMMANDS = typer.Typer(help="Events that a service has parked.", no_args_is_help=True)
SHOWN = ("id", "reason", "owner", "type", "key", "attempts", "parked_at")

Service = Annotated[str, typer.Option(help="the service that parked them, such as reporting")]
Letter = Annotated[str, typer.Argument(metavar="ID", help="the id that `list` shows")]


@COMMANDS.command("list")
def list_letters(service: Service) -> None:
    """List what is parked, oldest first."""
    table = Table(*SHOWN)
    with open_client() as client:
        for letter in client.iterate(calls.get_page(service, _path(service))):
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
    _decide(service, letter, "replay", {})


@COMMANDS.command("discard")
def discard_letter(
    letter: Letter, service: Service, reason: Annotated[str, typer.Option(help="for the audit")]
) -> None:
    """Give it up for good; those held behind it go on."""
    _decide(service, letter, "discard", {"reason": reason})


def _decide(service: str, letter: str, decision: str, body: dict[str, str]) -> None:
    with open_client() as client:
        answer = client.send(calls.post(service, f"{_path(service)}/{letter}/{decision}", body))
    typer.echo(json.dumps(answer, ensure_ascii=False))


def _path(service: str) -> str:
    return f"/v1/dead-letters/{service}"
