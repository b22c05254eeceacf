"""Parcels of an order, and what couriers report of them until they are with the buyer."""

from datetime import datetime, timedelta

from shopfleet.simulate.deeds import Deed, Json, Step, Teller, stamp

FAILED = 0.05
"""The share that nobody opened the door to at first."""
STALLED_MINUTES = 6000.0
"""How long a parcel typically stands still that does: four days."""
ON_THE_WAY = (
    (0.05, "collected", "已揽收"),
    (0.35, "in_transit", "运输中"),
    (0.65, "in_transit", "到达转运中心"),
    (0.92, "out_for_delivery", "派送中"),
)
"""At which part of the way a courier reports what."""


def send_parcels(teller: Teller, order: Json, ready_at: datetime) -> list[Step]:
    """Return the parcel of an order, or its two."""
    lines = [
        {"line_no": number, "quantity": line["quantity"]}
        for number, line in enumerate(order["lines"], start=1)
    ]
    is_split = len(lines) > 1 and teller.happens(teller.rates.split_parcels)
    contents = [lines[:1], lines[1:]] if is_split else [lines]
    steps, at = [], ready_at
    for number, content in enumerate(contents, start=1):
        at = teller.after(at, teller.pace.ship)
        parcel = {
            "external_id": str(number),
            **teller.waybill(),
            "shipped_at": stamp(at),
            "lines": content,
            "weight_grams": teller.choose.randrange(80, 3000),
        }
        steps.append(Step(at, Deed.SHIP, parcel))
    return steps


def follow_parcels(teller: Teller, parcels: list[Step]) -> tuple[list[Step], datetime | None]:
    """Return what couriers report of parcels, the last time that they were delivered.

    And since when they stood still, if they did.
    """
    sent_at = parcels[-1].at
    way = teller.after(sent_at, teller.pace.deliver) - sent_at
    stood_still, stalled_at = timedelta(), None
    if teller.happens(teller.rates.stalled):
        minutes = teller.pace.deliver / 2880.0 * STALLED_MINUTES
        stalled_at = sent_at + way * ON_THE_WAY[1][0]
        stood_still = teller.after(sent_at, minutes) - sent_at
    told = []
    for place, (part, state, text) in enumerate(ON_THE_WAY):
        at = sent_at + way * part + (stood_still if place > 1 else timedelta())
        told.append(_report(parcels, at, state, text))
    arrived_at = sent_at + way + stood_still
    if teller.happens(FAILED):
        told.append(_report(parcels, arrived_at - way * 0.04, "failed", "无人签收"))
        told.append(_report(parcels, arrived_at - way * 0.02, "out_for_delivery", "再次派送"))
    told.append(_report(parcels, arrived_at, "delivered", "已签收"))
    return told, stalled_at


def _report(parcels: list[Step], at: datetime, state: str, text: str) -> Step:
    rows = [
        {
            "courier": parcel.body["courier"],
            "waybill": parcel.body["waybill"],
            "state": state,
            "at": stamp(at),
            "text": text,
        }
        for parcel in parcels
    ]
    return Step(at, Deed.TRACK, {"rows": rows})
