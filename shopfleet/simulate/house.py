"""What happens to a paid order while its goods are still in the house."""

from datetime import datetime, timedelta

from shopfleet.simulate.deeds import HOUSE, Deed, Step, Teller, stamp, step
from shopfleet.simulate.people import PROVINCES

CARDS = ("生日快乐", "新婚快乐", "妈妈辛苦了")
TIMES = ("周末送货", "工作日白天", "晚上七点以后")
TROUBLES = (("out_of_stock", "缺货"), ("address", "地址不详"), ("courier", "快递不到"))
STUCK_MINUTES = 2000.0
"""How long a problem typically lasts that is not solved within the hour: more than a day."""
CUSTOM_MINUTES = 2500.0


def work_in_house(
    teller: Teller, paid_at: datetime, shipped_at: datetime
) -> tuple[list[Step], timedelta]:
    """Return what the shop does until the parcel leaves, and by how much that comes later.

    A problem, and goods that are made to measure, hold the parcel up.
    """
    pause = (shipped_at - paid_at) / (len(HOUSE) + 1)
    steps = [step(paid_at + pause * number, deed) for number, deed in enumerate(HOUSE, start=1)]
    early, late = steps[:2], steps[2:]
    extra = _wishes(teller, paid_at, pause)
    delay = timedelta()
    if teller.happens(teller.rates.held_audits):
        extra.append(step(early[1].at - pause / 2, Deed.AUDIT, verdict="held", reason="缺货"))
    if teller.happens(teller.rates.problems):
        opened, solved = _problem(teller, early[1].at + pause / 4, pause)
        extra += opened, solved
        delay = max(delay, solved.at - opened.at)
    if teller.happens(teller.rates.custom):
        ready_at = teller.after(paid_at, teller.pace.ship / 420.0 * CUSTOM_MINUTES)
        extra.append(_agreement(teller, paid_at, ready_at))
        delay = max(delay, ready_at - paid_at)
    moved = [step(each.at + delay, each.deed) for each in late]
    return [*early, *moved, *extra], delay


def _wishes(teller: Teller, paid_at: datetime, pause: timedelta) -> list[Step]:
    """Return what the buyer wants otherwise before the order is verified."""
    told = []
    if teller.happens(teller.rates.urgent):
        told.append(step(paid_at + pause / 2, Deed.URGE, reason="买家催发货"))
    if teller.happens(teller.rates.changed):
        at = paid_at + pause * 0.75
        if teller.choose.random() < 0.3:  # noqa: PLR2004 - the share that moves
            province = teller.choose.choice(list(PROVINCES))
            city = teller.choose.choice(PROVINCES[province])
            address = f"{province}{city}新华路{teller.choose.randrange(1, 999)}号"
            where = {"province": province, "city": city, "address": address}
            told.append(step(at, Deed.REDIRECT, **where))
        elif teller.choose.random() < 0.5:  # noqa: PLR2004
            told.append(step(at, Deed.WISH, card_text=teller.choose.choice(CARDS)))
        else:
            told.append(step(at, Deed.WISH, delivery_time=teller.choose.choice(TIMES)))
    return told


def _problem(teller: Teller, opened_at: datetime, pause: timedelta) -> tuple[Step, Step]:
    kind, reason = teller.choose.choice(TROUBLES)
    solved_at = opened_at + pause / 2
    if teller.happens(teller.rates.stuck_problems):
        solved_at = teller.after(opened_at, teller.pace.ship / 420.0 * STUCK_MINUTES)
    return (
        step(opened_at, Deed.OPEN_PROBLEM, kind=kind, reason=reason),
        step(solved_at, Deed.SOLVE_PROBLEM, outcome="solved"),
    )


def _agreement(teller: Teller, agreed_at: datetime, ready_at: datetime) -> Step:
    """Return what is agreed on with the buyer: half of the time the supplier is late."""
    promised = agreed_at + (ready_at - agreed_at) * teller.choose.choice((0.4, 1.3))
    body = {"specification": "刻字", "deliver_by": stamp(promised), "lines": [1]}
    return step(agreed_at + timedelta(seconds=1), Deed.AGREE_CUSTOM, **body)
