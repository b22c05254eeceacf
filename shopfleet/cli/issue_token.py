"""`shopfleet token`: issue a token for a member of staff, printed alone on its line."""

import os
from typing import Annotated

import typer

from shopfleet import calls
from shopfleet.addresses import addresses_from_environment, state_folder, token_from_environment
from shopfleet.client import Client
from shopfleet.local.secret_files import BOOTSTRAP_SECRET, read_secret

HOUR_SECONDS = 3600
DEFAULT_HOURS = 12.0


def issue_token(
    staff_number: Annotated[
        str, typer.Option("--staff", help="the staff number that the token stands for")
    ] = "admin",
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", help="limit it to scopes; may be repeated")
    ] = None,
    stores: Annotated[
        list[str] | None, typer.Option("--store", help="limit it to stores; may be repeated")
    ] = None,
    hours: Annotated[float, typer.Option(help="how long it is good for")] = DEFAULT_HOURS,
) -> None:
    """Issue a token.

    The right to do so comes from SHOPFLEET_BOOTSTRAP_SECRET, else from the secret that the local
    stack keeps in `.shopfleet`, else from SHOPFLEET_TOKEN with the scope tokens:write.
    """
    credential = _bootstrap_secret() or token_from_environment()
    call = calls.issue_token(
        staff_number,
        expires_in=int(hours * HOUR_SECONDS),
        scopes=scopes or (),
        stores=stores or (),
    )
    with Client(addresses_from_environment(), token=credential) as client:
        typer.echo(client.send(call)["token"])


def _bootstrap_secret() -> str | None:
    told = os.environ.get("SHOPFLEET_BOOTSTRAP_SECRET", "").strip()
    folder = state_folder()
    return told or (read_secret(folder, BOOTSTRAP_SECRET) if folder else None)
