"""What random orders go through after they are placed: chases, trouble, after-sale, disputes."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from shared.contracts.orders_cases import (
    AfterSaleClosed,
    AfterSaleOpened,
    CaseLine,
    DisputeClosed,
    DisputeOpened,
    FraudCleared,
    FraudSuspected,
    ProblemClosed,
    ProblemOpened,
    ProblemOverdue,
    WrongShipmentRegistered,
)
from shared.contracts.orders_steps import (
    ChaseWon,
    FollowUpDue,
    OrderFollowedUp,
    PaymentOverdue,
    ShippingOverdue,
    TrackingStalled,
)

if TYPE_CHECKING:
    from tests.reporting.lives import Life

costs = st.sampled_from([0, 1, 99, 1000, 12_345])
reasons = st.sampled_from(["quality", "wrong_size", "other", "the moon", ""])
spans = st.sampled_from([timedelta(seconds=s) for s in (0, 0.5, 59, 86_400, 200_000)])


def chase(life: "Life") -> None:
    """Nobody pays; somebody asks, and perhaps money comes."""
    unpaid = {"lines": life.lines, "total_minor": life.pick(costs)}
    for level in life.pick(st.lists(st.sampled_from(["owner", "open", "else"]), max_size=3)):
        life.events.append(PaymentOverdue(**life.later(), level=level, **unpaid))
    if life.pick(st.booleans()):
        won = ChaseWon(
            **life.later(), chaser="A1", chased_order_id="o", level="open",
            paid_minor=life.pick(costs),
        )  # fmt: skip
        life.events.append(won)


def wait(life: "Life") -> None:
    """It is shipped late, stands still on its way, and is followed up."""
    now = life.now
    parcel: dict[str, Any] = {"shipment_id": "s", "courier": "SF", "waybill": "1"}
    life.events += [
        ShippingOverdue(**life.later(), paid_at=now, ship_by=now, status="paid"),
        TrackingStalled(**life.later(), **parcel, moved_at=now),
        FollowUpDue(**life.later(), delivered_at=now, lines=life.lines),
        OrderFollowedUp(**life.later(), previous_status="completed", previous_at=now),
    ]


def go_wrong(life: "Life") -> None:
    """A problem is found, a wrong thing sent, fraud suspected."""
    opened = life.now - life.pick(spans)
    problem: dict[str, Any] = {
        "problem_id": "p", "kind": "address", "opened_at": opened,
        "due_at": opened + timedelta(days=1),
    }  # fmt: skip
    wrong: dict[str, Any] = {"register_id": "w", "kind": "short", "shipped": [], "solution": ""}
    life.events += [
        ProblemOpened(**life.later(), **problem, lines=life.lines),
        ProblemOverdue(**life.later(), **problem),
        ProblemClosed(**life.later(), **problem, outcome="solved"),
        WrongShipmentRegistered(**life.later(), **wrong, cost_minor=life.pick(costs)),
        FraudSuspected(**life.later(), reason=""),
        FraudCleared(**life.later(), held_at=opened),
    ]


def send_back(life: "Life") -> None:
    """Goods are returned, exchanged or repaired."""
    lines = [
        CaseLine(line_no=line.line_no, sku=line.sku, quantity=line.quantity)
        for line in life.lines[:2]
    ]
    case: dict[str, Any] = {
        "case_id": "c", "kind": life.pick(st.sampled_from(["return", "exchange", "repair", "?"])),
        "lines": lines, "reason_kind": life.pick(reasons), "responsible": "seller",
        "is_quality_fault": life.pick(st.booleans()), "opened_at": life.now - life.pick(spans),
    }  # fmt: skip
    life.events += [
        AfterSaleOpened(**life.later(), **case),
        AfterSaleClosed(
            **life.later(), **case, outcome="refunded", shop_freight_minor=life.pick(costs)
        ),
    ]


def dispute(life: "Life") -> None:
    """The platform has to decide."""
    told: dict[str, Any] = {
        "dispute_id": "d", "kind": "goods", "amount_minor": life.pick(costs), "opened_at": life.now,
    }  # fmt: skip
    ruling = life.pick(st.sampled_from(["buyer", "seller", "settled", "withdrawn"]))
    life.events += [
        DisputeOpened(**life.later(), **told),
        DisputeClosed(**life.later(), **told, ruling=ruling),
    ]


STEPS = (chase, wait, go_wrong, send_back, dispute)
