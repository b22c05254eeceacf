"""Figures of buyers: people do not add up, so each period and set of stores is counted anew.

A buyer is an account's keyed hash, and that key is the company's: the same account at two stores
is one buyer where stores are put together. Two persons who share an account name on two platforms
are one too; nobody can tell them apart without personal data.
"""

from services.reporting.kpis.figures import Figure, Unit

_UNKNOWN = "No value if an order paid in the period names no buyer."

PEOPLE = (
    Figure(
        id="buyers_paid",
        zh="支付买家数",
        en="Paying buyers",
        unit=Unit.COUNT,
        numerator={"buyers": 1},
        unless="orders_without_buyer",
        rule="O-K6",
        note=f"Distinct buyers with an order paid whole in the period. {_UNKNOWN}",
    ),
    Figure(
        id="amount_per_buyer",
        zh="客单价",
        en="Amount per buyer",
        unit=Unit.MONEY,
        numerator={"paid_minor": 1},
        denominator={"buyers": 1},
        unless="orders_without_buyer",
        rule="field 5.1",
        note=f"Per buyer, not per order. {_UNKNOWN}",
    ),
    Figure(
        id="returning_buyers",
        zh="老买家数",
        en="Returning buyers",
        unit=Unit.COUNT,
        numerator={"buyers_returning": 1},
        unless="orders_without_buyer",
        rule="field 5.1",
        note=f"Of them, those who paid in the 365 days before the period too. {_UNKNOWN}",
    ),
    Figure(
        id="new_buyers",
        zh="新买家数",
        en="New buyers",
        unit=Unit.COUNT,
        numerator={"buyers": 1, "buyers_returning": -1},
        unless="orders_without_buyer",
        rule="field 5.1",
        note=f"The other paying buyers; longer periods find more of them. {_UNKNOWN}",
    ),
    Figure(
        id="returning_amount",
        zh="老买家支付金额",
        en="Amount paid by returning buyers",
        unit=Unit.MONEY,
        numerator={"returning_minor": 1},
        unless="orders_without_buyer",
        rule="O-K16",
        note=_UNKNOWN,
    ),
    Figure(
        id="repeat_purchase_rate",
        zh="重复购买率",
        en="Repeat purchase rate",
        unit=Unit.RATIO,
        numerator={"buyers_repeat": 1},
        denominator={"buyers": 1},
        unless="orders_without_buyer",
        rule="O-K15",
        note=f"Buyers with two or more orders paid in the period over all. {_UNKNOWN}",
    ),
)
