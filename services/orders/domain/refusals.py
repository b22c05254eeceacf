"""What the rules of an order forbid; every `kind` is stable and documented in docs/orders.md."""

from shared.kernel.refusals import ConflictError, InvalidError, NotFoundError


class OrderUnknownError(NotFoundError):
    """There is no such order among the caller's stores."""

    kind = "order-unknown"


class CurrencyMismatchError(InvalidError):
    """The order's currency is not its store's."""

    kind = "currency-mismatch"


class AmountInvalidError(InvalidError):
    """A text that is no amount of the currency, such as one with too many decimals."""

    kind = "amount-invalid"


class TotalMismatchError(InvalidError):
    """The total given is not lines + postage - discount."""

    kind = "total-mismatch"


class TotalMissingError(InvalidError):
    """An order without lines says no total."""

    kind = "total-missing"


class DiscountTooLargeError(InvalidError):
    """More is taken off than there is."""

    kind = "discount-too-large"


class DuplicateExternalIdError(InvalidError):
    """Two entries of one list carry the same external_id."""

    kind = "duplicate-external-id"


class FactDiffersError(ConflictError):
    """What was stated once is stated otherwise; facts are corrected, never restated."""

    kind = "fact-differs"


class IllegalMoveError(ConflictError):
    """The life cycle has no such move."""

    kind = "illegal-move"


class OrderHeldError(ConflictError):
    """The order is held, for its audit, for fraud or a problem; nothing of it goes on."""

    kind = "order-held"


class NotHeldError(ConflictError):
    """The order is not held for what it is to be released from."""

    kind = "not-held"


class AmendAfterPaymentError(ConflictError):
    """Lines, price or postage change only before money came in."""

    kind = "amend-after-payment"


class AlreadyPaidError(ConflictError):
    """The order is paid whole."""

    kind = "already-paid"


class PaymentMismatchError(ConflictError):
    """The payment is not what the order costs; only finance corrects a payment."""

    kind = "payment-mismatch"


class PaymentUnknownError(NotFoundError):
    """The order has no such payment."""

    kind = "payment-unknown"


class CorrectionRefusedError(ConflictError):
    """The corrected payment would not cover what is refunded, or exceed what the order costs."""

    kind = "correction-refused"


class LineUnknownError(InvalidError):
    """The order has no line of that number."""

    kind = "line-unknown"


class DuplicateLineError(InvalidError):
    """A parcel or refund names a line twice."""

    kind = "duplicate-line"


class ShipmentExceedsOrderError(ConflictError):
    """The parcel holds more pieces of a line than remain to be sent."""

    kind = "shipment-exceeds-order"


class RefundOfUnpaidError(ConflictError):
    """No money came in, so none can go back."""

    kind = "refund-of-unpaid"


class RefundExceedsPaidError(ConflictError):
    """All refunds together would be more than was paid."""

    kind = "refund-exceeds-paid"


class RefundExceedsLineError(ConflictError):
    """All refunds of a line, or of the postage, would be more than it cost or held."""

    kind = "refund-exceeds-line"


class RefundTotalMismatchError(InvalidError):
    """The refund's amount is not its lines + postage."""

    kind = "refund-total-mismatch"


class ReturnExceedsShippedError(ConflictError):
    """The cases of a line together would be of more pieces than the buyer was sent."""

    kind = "return-exceeds-shipped"


class PicturesMissingError(InvalidError):
    """The store demands pictures of the goods for a return or exchange."""

    kind = "pictures-missing"


class RefundUnfitError(ConflictError):
    """The refund is rejected, of another kind, or another case's."""

    kind = "refund-unfit"


class NothingShippedError(ConflictError):
    """Nothing of the order left, so nothing wrong did."""

    kind = "nothing-shipped"


class ShipmentUnknownError(InvalidError):
    """The order has no parcel of that number."""

    kind = "shipment-unknown"


class PeriodInvalidError(InvalidError):
    """The period ends before it begins, or has more days than an answer may."""

    kind = "period-invalid"


class RulingWithoutRefundError(ConflictError):
    """A dispute that the buyer did not win or settle has no refund that stands."""

    kind = "ruling-without-refund"


class RefundNotPaidError(ConflictError):
    """The case is closed when its refund is paid."""

    kind = "refund-not-paid"


class RefundUnknownError(NotFoundError):
    """The order has no such refund."""

    kind = "refund-unknown"


class GoodsShippedError(ConflictError):
    """Pieces of the line have left, so it keeps its model."""

    kind = "goods-shipped"


class ChaseRefusedError(ConflictError):
    """The order is another's to chase, or was not chased by whoever claims it."""

    kind = "chase-refused"


class SettlementInvalidError(InvalidError):
    """The bill contradicts itself: its days, or what arrived and gross less fees."""

    kind = "settlement-invalid"


class SettlementUnknownError(NotFoundError):
    """There is no such settlement among the caller's stores."""

    kind = "settlement-unknown"


class NothingToInvoiceError(ConflictError):
    """Nothing that was paid is left to be invoiced."""

    kind = "nothing-to-invoice"


class InvoiceUnknownError(NotFoundError):
    """The order has no such invoice."""

    kind = "invoice-unknown"


class InvoiceClosedError(ConflictError):
    """The invoice is issued or withdrawn."""

    kind = "invoice-closed"


class InvoiceUnclearError(ConflictError):
    """The request for an invoice is unclear; finance clears it before it is issued."""

    kind = "invoice-unclear"


class InvoiceExceedsPaidError(ConflictError):
    """All invoices together would be more than was paid and not refunded."""

    kind = "invoice-exceeds-paid"


class DeliveryPastError(InvalidError):
    """A delivery date that is not after the agreement on it."""

    kind = "delivery-past"


class OrderOpenError(ConflictError):
    """Something of the order is still open, so that it does not go into the archive."""

    kind = "order-open"
