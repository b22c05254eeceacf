"""The program `shopfleet`."""

import typer

from shopfleet.cli import dead_letters, store
from shopfleet.cli.import_file import import_file
from shopfleet.cli.issue_token import issue_token
from shopfleet.cli.prove import prove_fleet
from shopfleet.cli.rebuild import rebuild
from shopfleet.cli.session import EXPECTED_ERRORS, fail
from shopfleet.cli.simulate import simulate
from shopfleet.cli.up import up

APP = typer.Typer(
    name="shopfleet",
    help="Run a fleet of online shops as one business.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
APP.command("import")(import_file)
APP.command("up")(up)
APP.command("token")(issue_token)
APP.command("simulate")(simulate)
APP.command("prove")(prove_fleet)
APP.command("rebuild")(rebuild)
APP.add_typer(store.COMMANDS, name="store")
APP.add_typer(dead_letters.COMMANDS, name="dead-letters")


def main() -> None:
    """Run the command of this process's arguments, and leave with its exit code."""
    try:
        APP()
    except EXPECTED_ERRORS as error:
        fail(error)


if __name__ == "__main__":
    main()
