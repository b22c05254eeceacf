"""What orders states, as tests of those who hear it need it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from shared.contracts.envelope import Event
from shared.contracts.orders import (
    OrderAmended,
    OrderCancelled,
    OrderLine,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
    PaymentCorrected,
    RefundApproved,
    RefundLine,
    ShippedLine,
)
from shared.contracts.orders_cases import (
    AfterSaleAgreed,
    AfterSaleClosed,
    CaseLine,
    ReplacementShipped,
)
from shared.contracts.orders_steps import GoodsChanged

Goods = Sequence[tuple[str | None, int]]
"""Codes and pieces of lines, in their order."""


class OrderStory:
    """The events of one order of a store; each is as whole as orders states it."""

    def __init__(self, order_id: str = "ord_1", store_id: str = "s1", **words: Any) -> None:
        self._common = {
            "store_id": store_id,
            "timezone": "Asia/Shanghai",
            "order_id": order_id,
            "external_id": f"EXT-{order_id}",
            "currency": "CNY",
            "placed_at": datetime.now(UTC),
            **words,
        }

    def _words(self, **words: Any) -> dict[str, Any]:
        return {**self._common, "occurred_at": datetime.now(UTC), **words}

    def placed(
        self, *goods: tuple[str | None, int], campaign: str | None = None, **words: Any
    ) -> Event:
        return OrderPlaced(
            **self._words(**_PRICE, lines=lines_of(goods, campaign), total_minor=100, **words)
        )

    def amended(self, *goods: tuple[str | None, int], **words: Any) -> Event:
        return OrderAmended(
            **self._words(
                **_PRICE, lines=lines_of(goods), total_minor=100, previous_lines=[],
                previous_total_minor=100, **words,
            )
        )  # fmt: skip

    def paid(self, *goods: tuple[str | None, int], **words: Any) -> Event:
        return OrderPaid(
            **self._words(
                **_PRICE, lines=lines_of(goods), total_minor=100, payment_id="pay_1",
                payment_minor=100, paid_minor=100, **words,
            )
        )  # fmt: skip

    def corrected(self, completes: int, *goods: tuple[str | None, int]) -> Event:
        return PaymentCorrected(
            **self._words(
                lines=lines_of(goods), payment_id="pay_1", paid_at=datetime.now(UTC),
                difference_minor=-100, paid_minor=0, completes=completes, reason="bounced",
            )
        )  # fmt: skip

    def goods_changed(self, *goods: tuple[str | None, int]) -> Event:
        return GoodsChanged(
            **self._words(lines=lines_of(goods), previous_lines=[], paid_at=datetime.now(UTC))
        )

    def cancelled(self, exit_: str = "cancelled") -> Event:
        return OrderCancelled(
            **self._words(reason="", was_paid=False, lines=[], total_minor=100, exit=exit_)
        )

    def shipped(self, *goods: tuple[str | None, int], **words: Any) -> Event:
        return OrderShipped(
            **self._words(
                shipment_id="shp_1",
                courier="SF",
                waybill="SF1",
                is_complete=True,
                lines=shipped_lines(goods),
            )
            | words
        )

    def refunded(self, refund_id: str, *unshipped: tuple[str | None, int]) -> Event:
        return RefundApproved(
            **self._words(
                refund_id=refund_id, amount_minor=10, postage_minor=0, reason="", with_return=False,
                lines=[
                    RefundLine(
                        line_no=place, sku=sku, quantity=number, amount_minor=10,
                        unshipped_quantity=number,
                    )
                    for place, (sku, number) in enumerate(unshipped, start=1)
                ],
            )
        )  # fmt: skip

    def exchange_agreed(self, sku: str, wanted: str | None, quantity: int = 1) -> Event:
        return AfterSaleAgreed(**self._case(sku, wanted, quantity))

    def replaced(self, sku: str, quantity: int = 1) -> Event:
        return ReplacementShipped(
            **self._case(sku, sku, quantity), shipment_id="shp_2", courier="SF", waybill="SF2",
            shipped=shipped_lines([(sku, quantity)]),
        )  # fmt: skip

    def exchange_closed(self, sku: str) -> Event:
        return AfterSaleClosed(**self._case(sku, None, 1), outcome="withdrawn")

    def _case(self, sku: str, wanted: str | None, quantity: int) -> dict[str, Any]:
        return self._words(
            case_id="asc_1", kind="exchange", reason_kind="size", responsible="buyer",
            is_quality_fault=False, opened_at=datetime.now(UTC),
            lines=[CaseLine(line_no=1, sku=sku, quantity=quantity, wanted_sku=wanted)],
        )  # fmt: skip


_PRICE = {"postage_minor": 0, "discount_minor": 0}


def lines_of(goods: Goods, campaign: str | None = None) -> list[OrderLine]:
    return [
        OrderLine(line_no=place, sku=sku, quantity=number, amount_minor=10, campaign_id=campaign)
        for place, (sku, number) in enumerate(goods, start=1)
    ]


def shipped_lines(goods: Goods) -> list[ShippedLine]:
    return [
        ShippedLine(line_no=place, sku=sku, quantity=number)
        for place, (sku, number) in enumerate(goods, start=1)
    ]
