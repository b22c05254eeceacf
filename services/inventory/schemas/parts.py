"""What bodies and views of stock share."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.web.bodies import StoreId

_STORABLE = r"^[^\x00]*$"  # PostgreSQL keeps no NUL; half a surrogate pair is no text for pydantic

Word = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_STORABLE),
]
"""A name, number or code."""

Prose = Annotated[str, StringConstraints(max_length=1000, pattern=_STORABLE)]
"""A text that people wrote."""

WarehouseId = Annotated[StoreId, Field(examples=["main"])]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
SignedQuantity = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
Units = Annotated[int, Field(ge=0, le=1_000_000_000)]

Shown = Annotated[datetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
"""A moment, shown in UTC, whatever offset it was told with."""

Codes = Annotated[str, Field(max_length=8000, description="codes with commas between")]


class StockBody(BaseModel):
    """The base of bodies here: an unknown field is refused, nothing is converted.

    Texts are checked by pattern, because rows come by the thousand.
    """

    model_config = ConfigDict(extra="forbid", strict=True)


def codes_of(text: str | None) -> list[str] | None:
    """Return the codes of a parameter, None without it."""
    return None if text is None else [code for code in text.split(",") if code]


def names_of(row: StockBody, *names: str) -> dict[str, Any]:
    """Return members of a row by name."""
    return {name: getattr(row, name) for name in names}
