"""The mapping file (TOML) of a table: which column fills which field of the API."""

import codecs
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from shopfleet.importers.drafts import SourceError

Kind = Literal["text", "time", "money", "count", "truth"]
FIELDS: Mapping[str, Mapping[str, Kind]] = {
    "order": {
        "external_id": "text",
        "placed_at": "time",
        "source_updated_at": "time",
        "kind": "text",
        "total": "money",
        "postage": "money",
        "discount": "money",
        "agent": "text",
        "delivered_at": "time",
        "completed_at": "time",
        "cancelled_at": "time",
        "cancel_reason": "text",
    },
    "buyer": dict.fromkeys(("account", "name", "phone", "address", "province", "city"), "text"),
    "line": {
        "sku": "text",
        "name": "text",
        "quantity": "count",
        "unit_price": "money",
        "discount": "money",
        "is_gift": "truth",
    },
    "payment": {"external_id": "text", "amount": "money", "paid_at": "time", "method": "text"},
    "shipment": {
        "external_id": "text",
        "courier": "text",
        "waybill": "text",
        "shipped_at": "time",
        "weight_grams": "count",
    },
    "refund": {
        "external_id": "text",
        "amount": "money",
        "reason": "text",
        "with_return": "truth",
        "requested_at": "time",
        "approved_at": "time",
        "paid_at": "time",
    },
}
"""The sections of a mapping, the fields each may fill, and what a cell of each holds."""

SUMMED = ("postage", "discount")
"""Amounts of an order that may be spread over its rows: the section `sum` adds them up."""

OPTIONS: Mapping[str, type] = {
    "encoding": str,
    "delimiter": str,
    "sheet": str,
    "timezone": str,
    "currency": str,
    "times": list,
    "backfill": bool,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMapping:
    """A mapping file, checked.

    `columns` and `fixed` hold, by section and field, the name of a column and a value for every
    row. With a `line` section, rows that share their external_id are the lines of one order.
    """

    columns: Mapping[str, Mapping[str, str]]
    fixed: Mapping[str, Mapping[str, str]]
    summed: Mapping[str, str]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_lines(self) -> bool:
        """Whether a row is a line of an order rather than an order."""
        return "line" in self.columns

    @property
    def times(self) -> tuple[str, ...]:
        """The formats in which times are written, beside ISO 8601."""
        return tuple(self.options.get("times", ()))

    @property
    def wanted(self) -> list[str]:
        """Every column that the mapping names."""
        named = [name for section in self.columns.values() for name in section.values()]
        return list(dict.fromkeys([*named, *self.summed.values()]))


def read_mapping(path: Path) -> TableMapping:
    """Read and check a mapping file; raises SourceError with everything that is wrong with it."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceError(f"{path}: {error}") from error
    fixed = found.pop("fixed", {})
    summed = found.pop("sum", {})
    columns = {name: found.pop(name) for name in FIELDS if name in found}
    complaints = [
        *_complaints_of_sections("", columns),
        *_complaints_of_sections("fixed.", fixed),
        *(f"sum.{name} cannot be summed" for name in summed if name not in SUMMED),
        *_complaints_of_options(found),
        *_complaints_of_need(columns),
    ]
    if complaints:
        raise SourceError(f"{path}: {'; '.join(complaints)}")
    return TableMapping(columns=columns, fixed=fixed, summed=summed, options=found)


def _complaints_of_sections(prefix: str, sections: Mapping[str, Any]) -> list[str]:
    complaints = []
    for name, fields in sections.items():
        if name not in FIELDS or not isinstance(fields, dict):
            complaints.append(f"there is no section {prefix}{name}")
            continue
        complaints += [
            f"there is no field {prefix}{name}.{key}" for key in fields if key not in FIELDS[name]
        ]
        complaints += [
            f"{prefix}{name}.{key} is no text, put it in quotes"
            for key, value in fields.items()
            if not isinstance(value, str)
        ]
    return complaints


def _complaints_of_options(options: Mapping[str, Any]) -> list[str]:
    unknown = [f"there is no option {name}" for name in options if name not in OPTIONS]
    encoding = options.get("encoding")
    if isinstance(encoding, str) and not _is_encoding(encoding):
        unknown.append(f"{encoding!r} is no encoding")
    return unknown + [
        f"{name} is no {wanted.__name__}"
        for name, wanted in OPTIONS.items()
        if name in options and not isinstance(options[name], wanted)
    ]


def _complaints_of_need(columns: Mapping[str, Mapping[str, str]]) -> list[str]:
    order = columns.get("order", {})
    needed = [f"order.{name}" for name in ("external_id", "placed_at") if name not in order]
    if "total" not in order and "unit_price" not in columns.get("line", {}):
        needed.append("order.total or line.unit_price")
    return [f"it must say which column is {name}" for name in needed]


def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True
