"""`shopfleet import FORMAT FILE --store ID`: orders from a file of a shop or platform."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shopfleet import calls
from shopfleet.addresses import addresses_from_environment
from shopfleet.cli.session import STATUS, open_async_client
from shopfleet.client import AsyncClient
from shopfleet.importers.drafts import Draft, Rejection, SourceError, Store
from shopfleet.importers.formats import FORMATS, format_named, read_file
from shopfleet.importers.journal import Journal, default_folder, journal_path
from shopfleet.importers.report import write_report
from shopfleet.importers.sending import REJECTED, Sending, Summary, send_rows
from shopfleet.importers.source import Source
from shopfleet.problems import NotFoundError

SHOWN_REJECTIONS = 5
ROWS_WERE_REJECTED = 1
FORMAT_HELP = "; ".join(f"{name}: {what}" for name, what in FORMATS.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    format: str
    path: Path
    store_id: str
    mapping: Path | None
    is_dry_run: bool
    state: Path | None

    def journal(self, source: Source) -> Journal | None:
        """Open the state of this import; a dry run has none."""
        if self.is_dry_run:
            return None
        mapping = self.mapping.read_text(encoding="utf-8") if self.mapping else ""
        server = json.dumps(dict(addresses_from_environment()), sort_keys=True)
        identity = (source.fingerprint(), self.format, self.store_id, mapping, server)
        return Journal(journal_path(self.state or default_folder(), identity))


def import_file(  # noqa: PLR0913 - one parameter per option of the command
    file_format: Annotated[str, typer.Argument(metavar="FORMAT", help=FORMAT_HELP)],
    file: Annotated[Path, typer.Argument(help="the file, plain or gzip")],
    store: Annotated[str, typer.Option(help="the id of the store that the orders belong to")],
    mapping: Annotated[
        Path | None, typer.Option(help="for the format table: what each column is (TOML)")
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="let the server check all rows and write nothing")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="write the rejected rows with their reasons here (CSV)")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="folder that remembers how far an import has come")
    ] = None,
) -> None:
    """Import orders from a file.

    It may be repeated at any time: rows that are there already are unchanged. An import that was
    broken off goes on where it was. Exit code 0: every row was taken; 1: some were rejected;
    2: nothing could be imported.
    """
    wish = Wish(
        format=format_named(file_format),
        path=file,
        store_id=store,
        mapping=mapping,
        is_dry_run=dry_run,
        state=state,
    )
    summary = asyncio.run(_import(wish))
    if report is not None:
        write_report(report, summary.rejections)
    _tell(wish, summary, report)
    if summary.counts[REJECTED]:
        raise typer.Exit(ROWS_WERE_REJECTED)


async def _import(wish: Wish) -> Summary:
    source = Source(wish.path)
    async with open_async_client() as client:
        store = await _find_store(client, wish.store_id)
        items = read_file(wish.format, source, wish.path, store=store, mapping=wish.mapping)
        journal = wish.journal(source)
        if journal is not None and journal.done_batches:
            STATUS.print(f"going on after {journal.done_batches} batches of an earlier run")
        summary = await _send(
            items,
            client,
            expected=source.expected_rows(),
            journal=journal,
            is_dry_run=wish.is_dry_run,
        )
    if journal is not None:
        journal.forget()
    return summary


async def _send(
    items: Iterator[Draft | Rejection],
    client: AsyncClient,
    *,
    expected: int | None,
    journal: Journal | None,
    is_dry_run: bool,
) -> Summary:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=STATUS,
        transient=True,
        disable=not STATUS.is_terminal,
    ) as progress:
        task = progress.add_task("rows", total=expected)
        sending = Sending(
            client=client,
            is_dry_run=is_dry_run,
            journal=journal,
            on_progress=lambda rows: progress.advance(task, rows),
        )
        try:
            return await send_rows(items, sending)
        finally:
            if journal is not None:
                journal.close()


async def _find_store(client: AsyncClient, store_id: str) -> Store:
    try:
        found = await client.send(calls.find_store(store_id))
    except NotFoundError as error:
        raise SourceError(
            f"there is no store {store_id}: open it first, with `shopfleet store add`"
        ) from error
    return Store(store_id, str(found["timezone"]), str(found["currency"]))


def _tell(wish: Wish, summary: Summary, report: Path | None) -> None:
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(summary.counts.items()))
    prefix = "dry run, nothing was written: " if wish.is_dry_run else ""
    typer.echo(f"{prefix}{summary.rows:,} rows: {told or 'none'}")
    for row in summary.rejections[:SHOWN_REJECTIONS]:
        number = f" (order {row.external_id})" if row.external_id else ""
        reasons = "; ".join(row.reasons).encode(errors="backslashreplace").decode()
        typer.echo(f"  line {row.line}{number}: {reasons}")
    hidden = len(summary.rejections) - SHOWN_REJECTIONS
    if hidden > 0:
        where = f"see {report}" if report else "--report FILE lists all"
        typer.echo(f"  and {hidden:,} more; {where}")
