"""What a buyer puts into an order: articles by popularity, discounts, gifts, postage."""

import random
from typing import Any

from shopfleet.simulate.shops import Shop, yuan

POPULARITY = 1.1
"""The exponent of Zipf's law: the most popular article sells about twice as often as the next."""

BASKET_SIZES = (1, 2, 3, 4)
BASKET_WEIGHTS = (0.66, 0.22, 0.09, 0.03)
COUPONS = 0.25


def fill_basket(choose: random.Random, shop: Shop) -> tuple[dict[str, Any], int]:
    """Return lines, postage and discount as the API takes them, and the order's total in fen."""
    weights = [1 / rank**POPULARITY for rank in range(1, len(shop.skus) + 1)]
    size = choose.choices(BASKET_SIZES, BASKET_WEIGHTS)[0]
    articles = dict.fromkeys(choose.choices(shop.skus, weights, k=size))
    lines, goods = [], 0
    for sku in articles:
        quantity = choose.choices((1, 2, 3), (0.88, 0.09, 0.03))[0]
        gross = sku.price_fen * quantity
        discount = gross * choose.choice((5, 8, 10)) // 100 if choose.random() < COUPONS else 0
        line = {
            "sku": sku.code,
            "name": sku.name,
            "quantity": quantity,
            "unit_price": yuan(sku.price_fen),
        }
        if discount:
            line["discount"] = yuan(discount)
        lines.append(line)
        goods += gross - discount
    if choose.random() < shop.sends_gifts:
        gift = shop.skus[-1]
        name = f"赠品 {gift.name}"
        lines.append(
            {"sku": gift.code, "name": name, "quantity": 1, "unit_price": "0", "is_gift": True}
        )
    threshold, reduction = shop.reduction
    discount = reduction if goods >= threshold else 0
    postage = 0 if goods >= shop.free_postage_fen else shop.postage_fen
    total = goods + postage - discount
    basket = {"lines": lines, "postage": yuan(postage), "discount": yuan(discount)}
    return {**basket, "total": yuan(total)}, total
