"""Bodies of what a buyer wants otherwise."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from services.orders.schemas.new_order import Happened, Prose, Word

Text = Annotated[Prose, StringConstraints(min_length=1)]


class DeliveryBody(Happened):
    """Where the goods are to go instead; what is not named stays."""

    name: Word | None = None
    phone: Word | None = None
    address: Text | None = None
    province: Word | None = None
    city: Word | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not (self.name or self.phone or self.address or self.province or self.city):
            raise ValueError("Name what changes: name, phone, address, province or city.")
        return self


class GoodsBody(Happened):
    """Which model of a line is to be sent instead, at the same price."""

    line_no: Annotated[int, Field(ge=1)]
    sku: Word
    name: Word | None = None


class WishBody(Happened):
    """Special requests (特殊要求); what is not named stays."""

    courier: Word | None = None
    delivery_time: Word | None = None
    invoice_title: Word | None = None
    card_text: Text | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.told():
            raise ValueError("Name a request: courier, delivery_time, invoice_title or card_text.")
        return self

    def told(self, *, is_masked: bool = False) -> list[str]:
        """Return what is asked for, as notes say it; masked without the buyer's own words."""
        named = (
            ("快递", self.courier),
            ("送货时间", self.delivery_time),
            ("发票抬头", self.invoice_title and ("***" if is_masked else self.invoice_title)),
            ("贺卡内容", self.card_text and ("***" if is_masked else self.card_text)),
        )
        return [f"{name}:{text}" for name, text in named if text]


class ClaimBody(Happened):
    """The chased order in whose place this one was placed."""

    chased_order_id: Annotated[str, StringConstraints(pattern=r"^\w+$", max_length=64)]
