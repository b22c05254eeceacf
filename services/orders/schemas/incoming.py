"""From bodies to what the rules understand: amounts in minor units, buyers as hashes."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from services.orders.domain.order import Incoming
from services.orders.domain.parts import (
    Buyer,
    Line,
    Payment,
    Refund,
    RefundLine,
    Shipment,
    ShippedLine,
)
from services.orders.domain.refusals import (
    AmountInvalidError,
    CurrencyMismatchError,
    DiscountTooLargeError,
)
from services.orders.domain.totals import total_of
from services.orders.schemas.new_order import (
    NewBuyer,
    NewLine,
    NewOrder,
    NewPayment,
    NewRefund,
    NewRefundLine,
    NewShipment,
    NewShippedLine,
)
from shared.crypto import PersonalData
from shared.kernel.money import MAX_MINOR, MoneyError, line_amount, to_minor

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Money:
    """Reads amounts of one currency."""

    currency: str

    def minor(self, amount: Decimal | None, pointer: str) -> int:
        """Return minor units, 0 where nothing is given; raises `AmountInvalidError`."""
        if amount is None:
            return 0
        try:
            return to_minor(amount, self.currency)
        except MoneyError as error:
            raise AmountInvalidError(str(error), pointer=pointer) from None

    def amount(self, unit_price: Decimal, quantity: int, pointer: str) -> int:
        """Return quantity times unit price, rounded once; raises `AmountInvalidError`."""
        is_fitting = unit_price <= MAX_MINOR  # else its digits overflow the arithmetic
        amount = line_amount(unit_price, quantity, self.currency) if is_fitting else 0
        if not is_fitting or amount > MAX_MINOR:
            raise AmountInvalidError("The line's amount is out of range.", pointer=pointer)
        return amount

    def line(self, line: NewLine, place: int) -> Line:
        """Return a line with its amount."""
        amount = self.amount(line.unit_price, line.quantity, f"/lines/{place}/unit_price")
        discount = self.minor(line.discount, f"/lines/{place}/discount") if line.discount else 0
        if discount > amount:
            detail = "The discount is more than the line."
            raise DiscountTooLargeError(detail, pointer=f"/lines/{place}/discount")
        return Line(
            line_no=place + 1,
            sku=line.sku,
            name=line.name,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount_minor=discount,
            amount_minor=amount - discount,
            is_gift=line.is_gift,
        )

    def payment(self, payment: NewPayment, external_id: str, pointer: str = "") -> Payment:
        """Return a payment under its natural key."""
        amount = self.minor(payment.amount, f"{pointer}/amount")
        return Payment(
            external_id=payment.external_id or external_id,
            amount_minor=amount,
            stated_minor=amount,
            paid_at=payment.paid_at,
            method=payment.method,
            channel=payment.channel,
            instalments=payment.instalments,
        )

    def refund(self, refund: NewRefund, external_id: str, pointer: str = "") -> Refund:
        """Return a refund under its natural key."""
        return Refund(
            external_id=refund.external_id or external_id,
            amount_minor=self.minor(refund.amount, f"{pointer}/amount"),
            postage_minor=self.minor(refund.postage, f"{pointer}/postage"),
            lines=self.refund_lines(refund.lines, pointer),
            reason=refund.reason,
            with_return=refund.with_return,
            requested_at=refund.requested_at,
            approved_at=refund.approved_at,
            paid_at=refund.paid_at,
            is_time_assumed=refund.is_time_assumed,
            reason_kind=refund.cause[0],
            is_quality_fault=refund.cause[1],
        )

    def refund_lines(self, lines: list[NewRefundLine], pointer: str) -> tuple[RefundLine, ...]:
        """Return the lines of a refund."""
        return tuple(
            RefundLine(
                part.line_no,
                part.quantity,
                self.minor(part.amount, f"{pointer}/lines/{place}/amount"),
            )
            for place, part in enumerate(lines)
        )


def shipped_lines(lines: list[NewShippedLine] | None) -> tuple[ShippedLine, ...] | None:
    """Return the lines of a parcel, None where the source does not tell them."""
    if lines is None:
        return None
    return tuple(ShippedLine(part.line_no, part.quantity) for part in lines)


def shipment_of(shipment: NewShipment, external_id: str) -> Shipment:
    """Return a parcel under its natural key."""
    return Shipment(
        external_id=shipment.external_id or external_id,
        courier=shipment.courier,
        waybill=shipment.waybill,
        shipped_at=shipment.shipped_at,
        lines=shipped_lines(shipment.lines),
        weight_grams=shipment.weight_grams,
    )


def incoming_of(row: NewOrder, currency: str, personal: PersonalData) -> Incoming:
    """Return an order as its source states it, in the currency of its store.

    Raises `CurrencyMismatchError`, `AmountInvalidError`, `DiscountTooLargeError`,
    `TotalMismatchError`, `TotalMissingError`.
    """
    if row.currency is not None and row.currency != currency:
        detail = f"The store's currency is {currency}."
        raise CurrencyMismatchError(detail, pointer="/currency", expected=currency)
    money = Money(currency)
    lines, sums = _priced(row, money)
    return Incoming(
        store_id=row.store_id,
        external_id=row.external_id,
        kind=row.kind,
        currency=currency,
        placed_at=row.placed_at,
        lines=lines,
        postage_minor=sums[0],
        discount_minor=sums[1],
        total_minor=sums[2],
        buyer=_buyer(row.buyer, personal) if row.buyer else Buyer(),
        agent=row.agent,
        payments=[
            money.payment(entry, str(place + 1), f"/payments/{place}")
            for place, entry in enumerate(row.payments)
        ],
        shipments=[shipment_of(entry, str(place + 1)) for place, entry in enumerate(row.shipments)],
        refunds=[
            money.refund(entry, str(place + 1), f"/refunds/{place}")
            for place, entry in enumerate(row.refunds)
        ],
        delivered_at=row.delivered_at,
        completed_at=row.completed_at,
        cancelled_at=row.cancelled_at,
        cancel_reason=row.cancel_reason,
        is_backfill=row.backfill,
        source_updated_at=row.source_updated_at,
    )


def _priced(row: NewOrder, money: Money) -> tuple[list[Line], tuple[int, int, int]]:
    lines = [money.line(line, place) for place, line in enumerate(row.lines)]
    postage = money.minor(row.postage, "/postage")
    discount = money.minor(row.discount, "/discount")
    total = total_of(
        lines,
        postage_minor=postage,
        discount_minor=discount,
        given_minor=None if row.total is None else money.minor(row.total, "/total"),
        currency=money.currency,
    )
    return lines, (postage, discount, total)


def _buyer(buyer: NewBuyer, personal: PersonalData) -> Buyer:
    return Buyer(
        account=personal.hash(buyer.account) if buyer.account else None,
        name=personal.hash(buyer.name) if buyer.name else None,
        phone=personal.hash(buyer.phone) if buyer.phone else None,
        address=personal.hash(buyer.address) if buyer.address else None,
        province=buyer.province,
        city=buyer.city,
    )


def content_hash(incoming: Incoming) -> bytes:
    """Return a hash that is equal for rows that say the same, whenever their source said it."""
    told, incoming.source_updated_at = incoming.source_updated_at, None
    content = _encoder.encode(incoming)
    incoming.source_updated_at = told
    return hashlib.blake2b(content, digest_size=16).digest()
