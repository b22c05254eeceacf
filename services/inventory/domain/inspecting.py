"""Returned goods are inspected (检查商品是否完好): intact ones to stock, others to quarantine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.inventory.domain.levels import Bucket, Key
from services.inventory.domain.movements import Movement, Origin, Told


@dataclass(frozen=True, slots=True)
class Finding:
    """What came back of a line; `sku` None is goods that are not kept here."""

    line_no: int
    sku: str | None
    intact: int
    defective: int
    missing: int = 0


class Inspection(NamedTuple):
    """What was found of goods that came back; `external_id` names it at who told it."""

    inspection_id: str
    store_id: str
    external_id: str
    order_id: str
    case_id: str | None
    warehouse_id: str
    waybill: str | None
    lines: Sequence[Finding]
    is_intact: bool
    inspected_by: str
    inspected_at: datetime


def returned(
    findings: Sequence[Finding], origin: Origin, warehouse_id: str, *, restocks: bool
) -> list[Movement]:
    """Return the movements of what came back: where intact goods do not restock, all waits apart.

    `origin` names the inspection; each movement is named by its line besides (I-R12).
    """
    moved = []
    for finding in findings:
        if finding.sku is None:
            continue
        parts = (
            ("intact", finding.intact, Bucket.ON_HAND if restocks else Bucket.QUARANTINE),
            ("defective", finding.defective, Bucket.QUARANTINE),
        )
        moved += [
            Movement(
                kind=Told.RETURN,
                key=Key(warehouse_id, finding.sku),
                quantity=quantity,
                origin=Origin(
                    occurred_at=origin.occurred_at,
                    caller=origin.caller,
                    source=origin.source,
                    external_id=f"{origin.external_id}:{finding.line_no}:{what}",
                    reference=origin.reference,
                    reason=what,
                    store_id=origin.store_id,
                    order_id=origin.order_id,
                ),
                bucket=bucket,
            )
            for what, quantity, bucket in parts
            if quantity
        ]
    return moved


def is_intact(findings: Sequence[Finding]) -> bool:
    """Say whether all came back as it should."""
    return not any(finding.defective or finding.missing for finding in findings)
