"""Who pays the freight of returned goods: the rule of responsibility (O-R22, O-R23, H3)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

BUYER, SELLER = "buyer", "seller"
RETURN, EXCHANGE, REPAIR = "return", "exchange", "repair"


@dataclass(frozen=True, slots=True)
class FreightRule:
    """What a store has set: who pays, for a quality fault and otherwise; the buyer's share."""

    quality: str
    other: str
    exchange_buyer_ratio: Decimal


def split_freight(
    freight_minor: int, rule: FreightRule, *, kind: str, is_shops_fault: bool
) -> tuple[int, int]:
    """Return what shop and buyer pay of a freight, in minor units; together it is the freight.

    For the fault of the goods or of whoever served the shop, `quality` pays. Otherwise `other` pays
    a return; an exchange or a repair, whose goods travel twice, is shared: the buyer's part is
    rounded half up.
    """
    if is_shops_fault or kind == RETURN:
        payer = rule.quality if is_shops_fault else rule.other
        buyer = freight_minor if payer == BUYER else 0
    else:
        share = freight_minor * rule.exchange_buyer_ratio
        buyer = int(share.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return freight_minor - buyer, buyer
