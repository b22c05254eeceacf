"""Tables of any shop or system: CSV or XLSX, read through a mapping file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shopfleet.importers.drafts import (
    Draft,
    Rejection,
    RowError,
    SourceError,
    Store,
    amount_of,
    instant_of,
)
from shopfleet.importers.mapping import FIELDS, Kind, TableMapping
from shopfleet.importers.source import Source
from shopfleet.importers.table_rows import TableRow, read_table_rows

TRUE_WORDS = frozenset({"1", "true", "yes", "y", "是"})
FALSE_WORDS = frozenset({"", "0", "false", "no", "n", "否"})
DECIMALS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Decimals of the currencies that do not have two."""


def read_table(
    source: Source, path: Path, store: Store, *, mapping: TableMapping
) -> Iterator[Draft | Rejection]:
    """Yield an order, or a rejection, for every row or group of rows.

    Where rows are lines the whole file is held in memory, because an order's rows need not follow
    each other. A row of an order that cannot be read then rejects the order: less than all of its
    lines would be a wrong amount. Raises SourceError.
    """
    currency = mapping.options.get("currency", store.currency)
    if currency != store.currency:
        raise SourceError(f"{path} is in {currency}, the store in {store.currency}")
    orders = _Orders(store, mapping, _zone_of(mapping, store))
    rows = read_table_rows(source, path, mapping)
    if mapping.has_lines:
        yield from _read_groups(rows, orders)
        return
    for row in rows:
        yield row if isinstance(row, Rejection) else orders.order_of(row.external_id, [row])


def _read_groups(
    rows: Iterator[TableRow | Rejection], orders: "_Orders"
) -> Iterator[Draft | Rejection]:
    groups: dict[str, list[TableRow]] = {}
    spoiled: dict[str, int] = {}
    latest = ""
    for row in rows:
        if isinstance(row, Rejection):
            # without a number it may have been a further line of the order before it
            spoiled[row.external_id or latest] = row.line
            yield row
        else:
            latest = row.external_id
            groups.setdefault(latest, []).append(row)
    for external_id, lines in groups.items():
        if external_id in spoiled:
            told = f"line {spoiled[external_id]}, which may belong to it, cannot be read"
            yield Rejection(lines[0].line, external_id, (told,))
        else:
            yield orders.order_of(external_id, lines)


def _zone_of(mapping: TableMapping, store: Store) -> ZoneInfo:
    name = mapping.options.get("timezone", store.timezone)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SourceError(f"{name!r} is no time zone") from error


@dataclass(frozen=True, slots=True)
class _Orders:
    """Makes orders of rows."""

    store: Store
    mapping: TableMapping
    zone: ZoneInfo

    def order_of(self, external_id: str, rows: Sequence[TableRow]) -> Draft | Rejection:
        try:
            order = self._build(rows)
        except RowError as error:
            return Rejection(rows[0].line, external_id, (str(error),))
        return Draft(rows[0].line, external_id, order)

    def _build(self, rows: Sequence[TableRow]) -> dict[str, Any]:
        order: dict[str, Any] = {"store_id": self.store.store_id, **self._agreed("order", rows)}
        for name, column in self.mapping.summed.items():
            order[name] = str(
                sum((amount_of(row.cells[column], column) for row in rows), Decimal())
            )
        if self.mapping.has_lines:
            order["lines"] = [self._line(row) for row in rows]
        else:
            order["lines"] = []
        if buyer := self._agreed("buyer", rows):
            order["buyer"] = buyer
        order["backfill"] = self.mapping.options.get("backfill", True)
        self._add_payment(order, self._agreed("payment", rows))
        self._add_shipment(order, self._agreed("shipment", rows))
        self._add_refund(order, self._agreed("refund", rows))
        return order

    def _line(self, row: TableRow) -> dict[str, Any]:
        line = self._agreed("line", [row])
        line.setdefault("quantity", 1)
        if "unit_price" not in line:
            raise RowError(f"{self.mapping.columns['line']['unit_price']} is empty")
        return line

    def _agreed(self, section: str, rows: Sequence[TableRow]) -> dict[str, Any]:
        """Read a section's fields; the rows of an order must agree where they say something."""
        found: dict[str, Any] = {}
        for name, column in self.mapping.columns.get(section, {}).items():
            values = list(dict.fromkeys(filter(None, (row.cells[column] for row in rows))))
            if len(values) > 1:
                raise RowError(f"{column} differs between rows: {' and '.join(values[:2])}")
            if values:
                found[name] = self._value(values[0], column, FIELDS[section][name])
        for name, value in self.mapping.fixed.get(section, {}).items():
            found.setdefault(
                name, self._value(value, f"fixed.{section}.{name}", FIELDS[section][name])
            )
        return found

    def _value(self, cell: str, column: str, kind: Kind) -> str | int | bool:
        if kind == "time":
            return instant_of(cell, column, self.mapping.times, self.zone)
        if kind == "money":
            return str(amount_of(cell, column))
        if kind == "count":
            if not cell.isdecimal():
                raise RowError(f"{column}: {cell!r} is no whole number")
            return int(cell)
        if kind == "truth":
            return _truth_of(cell, column)
        return cell

    def _add_payment(self, order: dict[str, Any], payment: dict[str, Any]) -> None:
        if "paid_at" in payment:
            payment.setdefault("amount", str(self._total_of(order)))
            order["payments"] = [payment]

    def _add_shipment(self, order: dict[str, Any], shipment: dict[str, Any]) -> None:
        if "shipped_at" not in shipment:
            return
        missing = [name for name in ("courier", "waybill") if name not in shipment]
        if missing:
            raise RowError(f"a shipment without {' and '.join(missing)}")
        order["shipments"] = [shipment]

    def _add_refund(self, order: dict[str, Any], refund: dict[str, Any]) -> None:
        if not Decimal(refund.get("amount", "0")):
            return
        payments = order.get("payments") or [{}]
        moments = (refund.get("paid_at"), refund.get("requested_at"), payments[0].get("paid_at"))
        moment = next(filter(None, moments), None)
        if moment is None:
            raise RowError("a refund without a time, of an order that was not paid")
        if "paid_at" not in refund and "requested_at" not in refund:
            refund.update(approved_at=moment, paid_at=moment, is_time_assumed=True)
        refund.setdefault("requested_at", moment)
        if "paid_at" in refund:
            refund.setdefault("approved_at", refund["paid_at"])
        order["refunds"] = [refund]

    def _total_of(self, order: Mapping[str, Any]) -> Decimal:
        if "total" in order:
            return Decimal(order["total"])
        lines = sum((self._amount_of_line(line) for line in order["lines"]), Decimal())
        return lines + Decimal(order.get("postage", "0")) - Decimal(order.get("discount", "0"))

    def _amount_of_line(self, line: Mapping[str, Any]) -> Decimal:
        """Round once per line, half up, as the API does."""
        unit = Decimal(1).scaleb(-DECIMALS.get(self.store.currency, 2))
        gross = Decimal(line["unit_price"]) * int(line["quantity"])
        return gross.quantize(unit, ROUND_HALF_UP) - Decimal(line.get("discount", "0"))


def _truth_of(cell: str, column: str) -> bool:
    word = cell.casefold()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise RowError(f"{column}: {cell!r} is neither yes nor no")
    return word in TRUE_WORDS
