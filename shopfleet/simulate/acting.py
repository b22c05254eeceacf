"""Telling the API of one step of an order, by the numbers that it gave to the order's cases."""

from dataclasses import dataclass, field

from shopfleet import calls
from shopfleet.client import AsyncClient
from shopfleet.problems import ShopfleetError
from shopfleet.simulate.deeds import Deed, Json, Step, stamp

NOUNS = ("problem", "case", "dispute", "invoice")
KEYED = frozenset(
    {
        Deed.CHASE,
        Deed.URGE,
        Deed.WISH,
        Deed.REDIRECT,
        Deed.AGREE_CUSTOM,
        Deed.OPEN_PROBLEM,
        Deed.REGISTER_WRONG,
        Deed.OPEN_CASE,
        Deed.AGREE_CASE,
        Deed.SEND_BACK,
        Deed.INSPECT,
        Deed.REPLACE,
        Deed.CLOSE_CASE,
        Deed.DISPUTE,
        Deed.RULE,
        Deed.URGE_REFUND,
        Deed.ASK_INVOICE,
        Deed.CLEAR_INVOICE,
        Deed.ISSUE_INVOICE,
        Deed.FOLLOW_UP,
    }
)
"""What has no key of its own, and may be told again when a past is played again."""


@dataclass(slots=True)
class Order:
    """An order that goes on: its number, and those of its cases as far as they are known."""

    order_id: str
    numbers: dict[str, str] = field(default_factory=dict)

    def note(self, answer: Json) -> None:
        """Note the numbers that an answer names."""
        for noun in NOUNS:
            if noun in answer:
                self.numbers[noun] = str(answer[noun][f"{noun}_id"])
        for refund in answer.get("order", answer).get("refunds", ()):
            self.numbers["refund"] = str(refund["refund_id"])

    def path_of(self, deed: Deed) -> str:
        """Return the path that tells of a deed; raises KeyError for a case that is not known."""
        return "/v1/" + deed.value.format_map({"order": self.order_id, **self.numbers})


async def go_on(client: AsyncClient, order: Order, step: Step) -> None:
    """Tell one step of an order. Raises ShopfleetError, and KeyError for a case nobody opened."""
    if step.deed is Deed.TRACK:
        answer = await client.send(calls.track_parcels(step.body["rows"]))
        for row in answer.outcomes:
            if row.is_rejected:
                raise ShopfleetError("; ".join(error.detail for error in row.errors))
        return
    if "{refund}" in step.deed and "refund" not in order.numbers:
        order.note(await client.send(calls.find_order(order.order_id)))
    key = None
    if step.deed in KEYED:
        key = f"{order.order_id}-{step.deed.name}-{stamp(step.at)}"
    path = order.path_of(step.deed)
    order.note(await client.send(calls.post("orders", path, step.body, idempotency_key=key)))
