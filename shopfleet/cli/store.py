"""`shopfleet store add` and `shopfleet store list`."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from shopfleet import calls
from shopfleet.cli.session import open_client

COMMANDS = typer.Typer(help="Stores.", no_args_is_help=True)


@COMMANDS.command("add")
def add_store(  # noqa: PLR0913 - one parameter per option of the command
    store_id: Annotated[str, typer.Argument(metavar="ID", help="the id you will use everywhere")],
    *,
    name: Annotated[str, typer.Option(help="what people call it")],
    platform: Annotated[
        str, typer.Option(help="taobao, tmall, jd_pop, jd_self, weidian, vipshop or own")
    ] = "own",
    timezone: Annotated[str, typer.Option(help="IANA time zone")] = "Asia/Shanghai",
    currency: Annotated[str, typer.Option(help="ISO 4217")] = "CNY",
    day_start: Annotated[str, typer.Option(help="when its business day begins")] = "00:00",
    group: Annotated[list[str] | None, typer.Option(help="a group; may be repeated")] = None,
) -> None:
    """Open a store; again with the same content it changes nothing."""
    store = {
        "store_id": store_id,
        "name": name,
        "platform": platform,
        "timezone": timezone,
        "currency": currency,
        "day_start": day_start,
        "groups": group or [],
    }
    with open_client() as client:
        answer = client.send(calls.open_store(store))
    typer.echo(f"{store_id} {answer.get('outcome', 'open')}")


@COMMANDS.command("list")
def list_stores() -> None:
    """List the stores that the token may see."""
    table = Table("store", "name", "platform", "time zone", "currency", "groups")
    with open_client() as client:
        for store in client.iterate(calls.get_page("directory", "/v1/stores")):
            cells = [store[key] for key in ("store_id", "name", "platform", "timezone", "currency")]
            table.add_row(*map(str, cells), ", ".join(store.get("groups", ())))
    Console().print(table)
