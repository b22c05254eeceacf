"""What comes after the parcel: returns, exchanges, repairs, disputes, invoices, a follow-up."""

from datetime import datetime, timedelta
from typing import Any

from shopfleet.simulate.deeds import Deed, Step, Teller, stamp, step
from shopfleet.simulate.shops import yuan

REASON_KINDS = {"不想要了": "unwanted", "尺码不合适": "wrong_size", "质量问题": "quality"}
MOMENT = timedelta(seconds=1)
FOLLOW_UP_DAYS = 3
COMPANY = "杭州晚秋贸易有限公司"
TAX_NUMBER = "91330100MA2800000X"


def refund(
    teller: Teller, asked_at: datetime, fen: int, *, reason: str, with_return: bool = False
) -> list[Step]:
    """Return a refund: asked for, by some urgently, and approved and paid hours later."""
    request = {
        "external_id": "1",
        "amount": yuan(fen),
        "reason": reason,
        "reason_kind": REASON_KINDS.get(reason, "other"),
        "with_return": with_return,
        "requested_at": stamp(asked_at),
    }
    approved_at = teller.after(asked_at, teller.pace.regret * 2)
    paid_at = teller.after(approved_at, teller.pace.regret)
    steps = [
        Step(asked_at, Deed.ASK_REFUND, request),
        step(approved_at, Deed.APPROVE_REFUND),
        step(paid_at, Deed.PAY_REFUND),
    ]
    if teller.happens(teller.rates.urgent_refunds):
        steps.insert(1, step(asked_at + MOMENT * 5, Deed.URGE_REFUND, reason="可能给差评"))
    return steps


def send_back(teller: Teller, arrived_at: datetime, total_fen: int) -> list[Step]:
    """Return how goods come back for their money (退货退款), sometimes before the platform."""
    asked_at = teller.after(arrived_at, teller.pace.regret * 5)
    fen = max(1, total_fen // teller.choose.choice((1, 1, 2)))
    reason = teller.choose.choice(("尺码不合适", "尺码不合适", "质量问题"))
    told = refund(teller, asked_at, fen, reason=reason, with_return=True)
    asked, *urged, approved, paid = told
    opened = _opened(asked_at + MOMENT, "return", reason)
    opened.body["refund"] = {"external_id": "1", "amount": yuan(fen)}
    back = _way_back(teller, opened.at)
    received_at = back[-1].at
    approved_at = teller.after(received_at, teller.pace.regret)
    paid_at = approved_at + (paid.at - approved.at)
    steps = [
        *(asked, *urged, opened, *back),
        step(approved_at, Deed.APPROVE_REFUND),
        step(paid_at, Deed.PAY_REFUND),
        step(paid_at + MOMENT * 60, Deed.CLOSE_CASE),
    ]
    if teller.happens(teller.rates.disputes_of_returns):
        steps += _dispute(teller, asked_at + MOMENT * 2, paid_at, kind="return", fen=fen)
    return steps


def swap(teller: Teller, arrived_at: datetime, kind: str) -> list[Step]:
    """Return how goods come back and go out again, others (exchange) or mended (repair)."""
    opened = _opened(teller.after(arrived_at, teller.pace.regret * 5), kind, "质量问题")
    back = _way_back(teller, opened.at)
    sent_at = teller.after(back[-1].at, teller.pace.ship)
    closed_at = teller.after(sent_at, teller.pace.deliver)
    return [
        *(opened, *back),
        step(sent_at, Deed.REPLACE, **teller.waybill()),
        step(closed_at, Deed.CLOSE_CASE),
    ]


def complain(teller: Teller, stalled_at: datetime, arrived_at: datetime, fen: int) -> list[Step]:
    """Return the dispute over a parcel that does not come: withdrawn when it came."""
    if not teller.happens(teller.rates.disputes_of_stalled):
        return []
    opened_at = stalled_at + (arrived_at - stalled_at) / 2
    return _dispute(teller, opened_at, arrived_at, kind="not_received", fen=fen)


def register_wrong(teller: Teller, arrived_at: datetime) -> list[Step]:
    """Return the entry in the register of wrong shipments (发错), for a few."""
    if not teller.happens(teller.rates.wrong_shipments):
        return []
    body: dict[str, Any] = {
        "kind": "wrong_sku",
        "shipped": [{"line_no": 1, "sku": "OTHER", "quantity": 1}],
        "cause": "拣货看错",
        "solution": "补发并致歉",
        "responsible_staff": teller.choose.choice(teller.shop.agents),
        "cost": "12.00",
    }
    return [step(arrived_at + MOMENT * 5, Deed.REGISTER_WRONG, **body)]


def ask_invoice(teller: Teller, paid_at: datetime) -> list[Step]:
    """Return an invoice (发票): asked for, by some unclearly, and written hours later."""
    if not teller.happens(teller.rates.invoices):
        return []
    asked_at = teller.after(paid_at, teller.pace.regret * 2)
    number = f"{teller.choose.randrange(10**7, 10**8)}"
    if not teller.happens(teller.rates.unclear_invoices):
        issued_at = teller.after(asked_at, teller.pace.ship)
        return [
            step(asked_at, Deed.ASK_INVOICE, kind="personal", title="个人"),
            step(issued_at, Deed.ISSUE_INVOICE, number=number),
        ]
    cleared_at = teller.after(asked_at, teller.pace.ship * 3)
    return [
        step(asked_at, Deed.ASK_INVOICE, kind="company"),
        Step(cleared_at, Deed.CLEAR_INVOICE, {"title": COMPANY, "tax_number": TAX_NUMBER}),
        step(cleared_at + MOMENT * 60, Deed.ISSUE_INVOICE, number=number),
    ]


def follow_up(teller: Teller, arrived_at: datetime) -> list[Step]:
    """Return that some buyers are asked how they like it (回访)."""
    if not teller.happens(teller.rates.followed_up):
        return []
    days = teller.pace.deliver / 2 * FOLLOW_UP_DAYS
    return [step(arrived_at + timedelta(minutes=days), Deed.FOLLOW_UP)]


def _opened(at: datetime, kind: str, reason: str) -> Step:
    body: dict[str, Any] = {
        "external_id": "1",
        "kind": kind,
        "lines": [{"line_no": 1, "quantity": 1}],
        "reason_kind": REASON_KINDS[reason],
        "reason": reason,
        "pictures": ["https://pictures.example/1.jpg"],
        "responsible": "seller" if reason == "质量问题" else "buyer",
        "freight": "12.00",
    }
    return step(at, Deed.OPEN_CASE, **body)


def _way_back(teller: Teller, opened_at: datetime) -> list[Step]:
    agreed_at = teller.after(opened_at, teller.pace.regret * 2)
    sent_at = teller.after(agreed_at, teller.pace.deliver / 3)
    received_at = teller.after(sent_at, teller.pace.deliver)
    return [
        step(agreed_at, Deed.AGREE_CASE),
        step(sent_at, Deed.SEND_BACK, **teller.waybill()),
        step(received_at, Deed.INSPECT, condition="intact"),
    ]


def _dispute(
    teller: Teller, opened_at: datetime, closed_at: datetime, *, kind: str, fen: int
) -> list[Step]:
    ruling = "withdrawn" if kind == "not_received" else teller.choose.choice(("buyer", "settled"))
    answer_by = opened_at + timedelta(minutes=teller.pace.deliver / 2)
    body = {
        "external_id": kind,
        "kind": kind,
        "amount": yuan(fen),
        "answer_by": stamp(answer_by),
    }
    return [
        step(opened_at, Deed.DISPUTE, **body),
        step(max(closed_at, opened_at + MOMENT) + MOMENT, Deed.RULE, ruling=ruling),
    ]
