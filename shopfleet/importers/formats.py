"""The formats that can be imported, by name."""

from collections.abc import Iterator
from pathlib import Path

from shopfleet.importers.drafts import Draft, Rejection, SourceError, Store
from shopfleet.importers.mapping import read_mapping
from shopfleet.importers.source import Source
from shopfleet.importers.table import read_table
from shopfleet.importers.tmall_orders import read_tmall_orders

FORMATS = {
    "tmall_orders": "Tmall's order export (订单报表), CSV or CSV.gz, UTF-8 or GBK",
    "table": "any CSV or XLSX table, with a mapping file (--mapping)",
}


ALIASES = {"tmall": "tmall_orders"}


def format_named(name: str) -> str:
    """Return the proper name of a format; dashes may stand for underscores. Raises SourceError."""
    proper = name.strip().lower().replace("-", "_")
    proper = ALIASES.get(proper, proper)
    if proper not in FORMATS:
        raise SourceError(f"there is no format {name!r}; there are {', '.join(FORMATS)}")
    return proper


def read_file(
    name: str, source: Source, path: Path, *, store: Store, mapping: Path | None
) -> Iterator[Draft | Rejection]:
    """Open a file in a format of FORMATS; raises SourceError, also while it is read."""
    if name == "tmall_orders":
        return read_tmall_orders(source, store)
    if mapping is None:
        raise SourceError("the format table needs --mapping FILE, which says what each column is")
    return read_table(source, path, store, mapping=read_mapping(mapping))
