"""Who carries an order, and what freight was reckoned for it when it was verified."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.orders.domain.freight import Item, Quote
from services.orders.domain.parts import Line
from services.orders.domain.reaching import CourierChoice
from shared.kernel.money import format_minor
from shared.kernel.refusals import ConflictError


class PostageDiffersError(ConflictError):
    """The order's postage is not what the store's freight template asks."""

    kind = "postage-differs"


@dataclass(frozen=True, slots=True)
class Carriage:
    """What is kept of it; `due_minor` is the postage that the template asks of the buyer.

    `waived_minor` is the freight that the shop bears (免邮费): what it were if nothing were free,
    less what the buyer pays. Both are None where nothing was reckoned.
    """

    courier: str | None = None
    is_fallback: bool = False
    due_minor: int | None = None
    waived_minor: int | None = None

    def carried_by(self, courier: str | None) -> "Carriage":
        """Return this with another courier, if one is named."""
        if courier is None or courier == self.courier:
            return self
        return replace(self, courier=courier, is_fallback=False)

    def differs_from(self, postage_minor: int) -> bool:
        """Say whether the template asks another postage than this."""
        return self.due_minor is not None and self.due_minor != postage_minor


def carriage_of(choice: CourierChoice, quote: Quote | None, *, postage_minor: int) -> Carriage:
    """Return what is kept of an order's freight; `quote` is None where none could be made."""
    if quote is None:
        return Carriage(choice.courier, choice.is_fallback)
    waived = max(0, quote.full_minor - postage_minor)
    return Carriage(choice.courier, choice.is_fallback, quote.due_minor, waived)


def demand_postage(carriage: Carriage, postage_minor: int, currency: str) -> None:
    """Raise `PostageDiffersError` if the template asks another postage than this."""
    if carriage.due_minor is None or not carriage.differs_from(postage_minor):
        return
    due, given = format_minor(carriage.due_minor, currency), format_minor(postage_minor, currency)
    detail = f"The freight template asks {due} {currency}, the order's postage is {given}."
    raise PostageDiffersError(detail, expected=due, given=given)


def items_of(lines: Sequence[Line]) -> list[Item]:
    """Return what of an order is charged by a template: gifts travel with the rest."""
    return [Item(each.sku, each.quantity, each.amount_minor) for each in lines if not each.is_gift]
