"""The story of one order: what was bought, and what happens to it at which moment."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shopfleet.simulate import aftermath
from shopfleet.simulate.basket import fill_basket
from shopfleet.simulate.deeds import Deed, Json, Pace, Step, Story, Teller, stamp, step
from shopfleet.simulate.house import work_in_house
from shopfleet.simulate.parcels import follow_parcels, send_parcels
from shopfleet.simulate.people import pick_buyer
from shopfleet.simulate.rates import PLAUSIBLE, Rates
from shopfleet.simulate.shops import Shop, yuan

AUTOMATIC_CLOSE = timedelta(hours=24)
LATE_CLOSE = timedelta(hours=72)


def tell_story(
    choose: random.Random,
    shop: Shop,
    placed_at: datetime,
    *,
    pace: Pace,
    rates: Rates = PLAUSIBLE,
) -> Story:
    """Make up one order of a shop; the same random numbers give the same story."""
    moment = placed_at.astimezone(UTC).replace(microsecond=0)
    basket, total = fill_basket(choose, shop)
    number = f"{shop.number_prefix}{int(moment.timestamp())}{choose.randrange(10**7):07d}"
    order = {
        "store_id": shop.store_id,
        "external_id": number,
        "placed_at": stamp(moment),
        "buyer": pick_buyer(choose, shop.store_id),
        **basket,
    }
    teller = Teller(choose, shop, pace, rates)
    if teller.happens(rates.notes_agent):
        order["agent"] = choose.choice(shop.agents)
    telling = _Telling(teller, order, total)
    if teller.happens(shop.pays):
        steps = telling.of_paid_order(moment)
    elif "agent" not in order and teller.happens(rates.chased / (1 - shop.pays)):
        steps = telling.of_chased_order(moment)
    else:
        steps = _of_unpaid_order(teller, moment)
    return Story(moment, order, total, tuple(sorted(steps, key=lambda each: each.at)))


def _of_unpaid_order(teller: Teller, placed_at: datetime) -> list[Step]:
    if teller.happens(0.3):  # the share that says so instead of walking away
        at = placed_at + timedelta(minutes=teller.choose.uniform(2, 60))
        return [step(at, Deed.CANCEL, reason="买家取消")]
    stays = teller.happens(teller.rates.stays_unpaid)
    at = placed_at + (LATE_CLOSE if stays else AUTOMATIC_CLOSE)
    return [step(at, Deed.CANCEL, reason="超时未付款")]


@dataclass(frozen=True, slots=True)
class _Telling:
    """Tells what happens to an order that is paid."""

    teller: Teller
    order: Json
    total_fen: int

    def of_chased_order(self, placed_at: datetime) -> list[Step]:
        """Let an agent ask the buyer to pay (催付), who does."""
        chased_at = self.teller.after(placed_at, self.teller.pace.chase)
        return [step(chased_at, Deed.CHASE), *self.of_paid_order(chased_at)]

    def of_paid_order(self, placed_at: datetime) -> list[Step]:
        teller, pace = self.teller, self.teller.pace
        paid_at = teller.after(placed_at, pace.pay)
        payment = {
            "external_id": "1",
            "amount": yuan(self.total_fen),
            "paid_at": stamp(paid_at),
            "method": teller.choose.choice(teller.shop.methods),
        }
        steps = [Step(paid_at, Deed.PAY, payment)]
        if teller.happens(teller.shop.returns_early):
            return [*steps, *self._regret(paid_at)]
        is_adjusted = teller.happens(teller.rates.small_refunds)
        if is_adjusted:
            fen = max(1, int(self.total_fen * teller.choose.uniform(0.03, 0.2)))
            asked_at = teller.after(paid_at, pace.regret)
            steps += aftermath.refund(teller, asked_at, fen, reason="补差价")
        return [*steps, *self._journey(paid_at, may_return=not is_adjusted)]

    def _regret(self, paid_at: datetime) -> list[Step]:
        """Before it is shipped, the buyer no longer wants it: all goes back, and it is closed."""
        asked_at = self.teller.after(paid_at, self.teller.pace.regret)
        steps = aftermath.refund(self.teller, asked_at, self.total_fen, reason="不想要了")
        closed_at = steps[-1].at + timedelta(seconds=2)
        return [*steps, step(closed_at, Deed.CANCEL, reason="发货前退款")]

    def _journey(self, paid_at: datetime, *, may_return: bool) -> list[Step]:
        teller = self.teller
        parcels = send_parcels(teller, self.order, paid_at)
        work, delay = work_in_house(teller, paid_at, parcels[0].at)
        parcels = [_later(parcel, delay) for parcel in parcels]
        reports, stalled_at = follow_parcels(teller, parcels)
        arrived_at = reports[-1].at
        steps = [*work, *parcels, *reports, *aftermath.register_wrong(teller, arrived_at)]
        if stalled_at is not None:
            steps += aftermath.complain(teller, stalled_at, arrived_at, self.total_fen)
        if may_return and teller.happens(teller.rates.returns):
            return [*steps, *aftermath.send_back(teller, arrived_at, self.total_fen)]
        for kind, rate in (("exchange", teller.rates.exchanges), ("repair", teller.rates.repairs)):
            if teller.happens(rate):
                return [*steps, *aftermath.swap(teller, arrived_at, kind)]
        done_at = teller.after(arrived_at, teller.pace.deliver)
        return [
            *steps,
            *(aftermath.ask_invoice(teller, paid_at) if may_return else ()),
            *aftermath.follow_up(teller, arrived_at),
            step(done_at, Deed.COMPLETE),
        ]


def _later(parcel: Step, delay: timedelta) -> Step:
    at = parcel.at + delay
    return Step(at, parcel.deed, {**parcel.body, "shipped_at": stamp(at)})
