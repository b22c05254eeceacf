"""The command line of a service: `python -m services.X [COMMAND] [OPTIONS]`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from shared.audit import record_change
from shared.db.engine import Database
from shared.db.migrations import run_migrations
from shared.log.feed_client import Feed, FeedUnavailableError, HttpFeed
from shared.log.reader import Subscription
from shared.log.restoring import begin_again, renew_identity
from shared.settings import ServiceSettings

log = structlog.get_logger()

CALLER = "command line"
"""Who did it, for the trail."""

ROLES = ("api", "relay", "consumer", "jobs")


class NotRereadableError(ValueError):
    """No reader of this service can begin again at an owner's first event."""


class Command(StrEnum):
    """What a service can be told."""

    RUN = "run"
    MIGRATE = "migrate"
    NEW_LOG = "new-log"
    REREAD = "reread"


@dataclass(frozen=True)
class Options:
    """What the command line said."""

    command: Command
    roles: tuple[str, ...]
    migrate: bool
    owner: str


def parse(name: str, arguments: Sequence[str] | None) -> Options:
    """Read the command line; ends the process with 2 if it is wrong."""
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--roles", type=_roles, default=ROLES, help=",".join(ROLES))
    parser.add_argument("--migrate", action="store_true", help="migrate first, then run")
    commands = parser.add_subparsers(dest="command")
    for command, told in (
        (Command.RUN, "run the roles; what it does if nothing is said"),
        (Command.MIGRATE, "bring the database to the newest schema"),
        (Command.NEW_LOG, "begin a new log, after the database was restored"),
        (Command.REREAD, "read an owner's log again from its first event, after it was renewed"),
    ):
        commands.add_parser(command, help=told)
    commands.choices[Command.REREAD].add_argument("owner", help="whose events: orders, directory")
    found = parser.parse_args(arguments)
    return Options(
        command=Command(found.command or Command.RUN),
        roles=found.roles,
        migrate=found.migrate,
        owner=getattr(found, "owner", ""),
    )


async def obey(
    name: str,
    options: Options,
    settings: ServiceSettings,
    subscriptions: Sequence[Subscription],
    *,
    feed: Feed | None = None,
) -> int:
    """Do what is no running; return the code to leave with. `feed` is asked in place of HTTP."""
    if options.command is Command.MIGRATE:
        await run_migrations(name, settings.database_url)
        return 0
    database = Database(settings.database_url, name=name, pool=1)
    http = HttpFeed(settings.feeds, settings.internal_secret.get_secret_value())
    try:
        if options.command is Command.NEW_LOG:
            await _begin_new_log(database, name)
        else:
            await _read_again(database, feed or http, options.owner, subscriptions)
    except (NotRereadableError, FeedUnavailableError) as error:
        log.error("command_refused", command=options.command, error=str(error))  # noqa: TRY400
        return 1
    finally:
        await http.close()
        await database.close()
    return 0


async def _begin_new_log(database: Database, name: str) -> None:
    async with database.transaction() as session:
        former, log_id = await renew_identity(session)
        await record_change(
            session,
            caller=CALLER,
            action="log.renewed",
            subject=f"log:{log_id}",
            store_id=None,
            before={"log_id": former},
            after={"log_id": log_id},
        )
    log.warning("log_renewed", owner=name, log_id=str(log_id), former=str(former))


async def _read_again(
    database: Database, feed: Feed, owner: str, subscriptions: Sequence[Subscription]
) -> None:
    """Let the readers of an owner begin again, if all they read is there from its first event."""
    reading = [each for each in subscriptions if owner in each.owners]
    discards = {each.reader: each.discard for each in reading if each.discard is not None}
    if not reading:
        raise NotRereadableError(f"no reader here reads {owner}")
    if len(discards) < len(reading):
        raise NotRereadableError(f"a reader of {owner} acts on events; it cannot begin again")
    for each in {name for subscription in reading for name in subscription.owners}:
        if (await feed.heads(each)).trimmed:
            raise NotRereadableError(f"the log of {each} is trimmed: its first events are gone")
    for reader, discard in discards.items():
        async with database.transaction() as session:
            events = await begin_again(session, reader, discard)
            await record_change(
                session,
                caller=CALLER,
                action="reader.began_again",
                subject=f"reader:{reader}",
                store_id=None,
                before={"events_read": events},
                after={"events_read": 0},
            )
        log.warning("reader_begins_again", reader=reader, owner=owner, events_read=events)


def _roles(text: str) -> tuple[str, ...]:
    wanted = tuple(text.split(","))
    unknown = sorted(set(wanted) - set(ROLES))
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(ROLES)}")
    return wanted
