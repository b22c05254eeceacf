"""What the rules of stock forbid."""

from shared.kernel.refusals import ConflictError, InvalidError, NotFoundError


class WarehouseUnknownError(NotFoundError):
    """There is no such warehouse among the caller's."""

    kind = "warehouse-unknown"


class WarehouseInvalidError(InvalidError):
    """A warehouse that breaks a rule: one of JD's is a store's, a default one is nobody's own."""

    kind = "warehouse-invalid"


class SkuUnknownError(NotFoundError):
    """There is no such SKU."""

    kind = "sku-unknown"


class BundleInvalidError(InvalidError):
    """A bundle that holds itself, another bundle, a SKU twice or one that is not known."""

    kind = "bundle-invalid"


class BundleHasNoStockError(InvalidError):
    """A bundle is no goods of its own: move its components."""

    kind = "bundle-has-no-stock"


class BarcodeTakenError(ConflictError):
    """Another SKU has this barcode."""

    kind = "barcode-taken"


class StockShortError(ConflictError):
    """There is less than is to be taken away or set aside."""

    kind = "insufficient-stock"


class MovementInvalidError(InvalidError):
    """A movement that its kind does not allow."""

    kind = "movement-invalid"


class MovementUnknownError(NotFoundError):
    """There is no such movement in the caller's warehouses."""

    kind = "movement-unknown"


class AlreadyCorrectedError(ConflictError):
    """The movement was corrected before, or is a correction itself."""

    kind = "already-corrected"


class ListingUnknownError(NotFoundError):
    """There is no such listing among the caller's stores."""

    kind = "listing-unknown"


class PriceInvalidError(InvalidError):
    """A price with more decimals than its currency has, or a SKU that an item names twice."""

    kind = "price-invalid"


class ReservationUnknownError(NotFoundError):
    """There is no such reservation among the caller's stores."""

    kind = "reservation-unknown"


class ReservationOverError(ConflictError):
    """The reservation expired, was freed, or left: what is over is neither confirmed nor freed."""

    kind = "reservation-over"


class ReservationDiffersError(ConflictError):
    """A reservation is known under this number with other lines."""

    kind = "reservation-differs"


class ReturnUnknownError(InvalidError):
    """Nothing is expected back of this case."""

    kind = "return-unknown"


class InspectionDiffersError(ConflictError):
    """An inspection is known under this number with other findings."""

    kind = "inspection-differs"


class MovementDiffersError(ConflictError):
    """A fact is known under this natural key with other content; facts are not restated."""

    kind = "fact-differs"


class StockBusyError(ConflictError):
    """Others write the same rows; the same request may be repeated."""

    kind = "busy"
