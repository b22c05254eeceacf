"""What the routes share: who calls, and orders as the caller may see them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request, Response
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.order import Order
from services.orders.repository.buyers import Buyer, BuyerCount, count_orders_of
from services.orders.repository.receipts import receipt_of
from services.orders.repository.stock import stock_of
from services.orders.repository.stored import StoredOrder
from services.orders.schemas.parts import mask, wishes_fields
from services.orders.schemas.views import (
    FoundOrderView,
    OrderAnswer,
    OrderView,
    order_fields,
)
from services.orders.usecases.changing import Changed
from services.orders.usecases.searching import PII
from shared.crypto import PersonalData
from shared.web.callers import Caller
from shared.web.idempotency import HEADER, KeyMissingError
from shared.web.transactional import SessionDep


async def personal_of(request: Request) -> PersonalData:
    """Return what seals and hashes buyers' data."""
    personal: PersonalData | None = request.app.state.personal
    if personal is None:  # the service refuses to start without the key
        raise RuntimeError("no key for personal data")
    return personal


Personal = Annotated[PersonalData, Depends(personal_of)]


def view_for(stored: StoredOrder, caller: Caller, personal: PersonalData) -> OrderView:
    """Return an order as this caller may see it."""
    return OrderView(**_fields_for(stored, caller, personal))


def _fields_for(stored: StoredOrder, caller: Caller, personal: PersonalData) -> dict[str, Any]:
    is_clear = caller.may(PII)

    def shown(*names: str) -> dict[str, str | None]:
        found = {}
        for name in names:
            sealed: bytes | None = getattr(stored.sealed, name)
            text = None if sealed is None else personal.open(sealed)
            found[name] = text if text is None or is_clear else mask(name, text)
        return found

    buyer = stored.order.buyer
    return order_fields(
        stored.order,
        {
            **shown("account", "name", "phone", "address"),
            "province": buyer.province,
            "city": buyer.city,
            "is_masked": not is_clear,
        },
        wishes_fields(stored.order.wishes, shown("invoice_title", "card_text")),
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )


async def found_view(
    session: AsyncSession, stored: StoredOrder, caller: Caller, personal: PersonalData
) -> FoundOrderView:
    """Return an order as this caller may see it, with what else its buyer has ordered."""
    [fields] = await _found_fields(session, [stored], caller, personal)
    return FoundOrderView(**fields)


async def page_of_orders(
    session: AsyncSession,
    found: Sequence[StoredOrder],
    caller: Caller,
    personal: PersonalData,
    **rest: object,
) -> Response:
    """Return a page of `FoundOrderView`s, with the rest of its fields.

    It is written from the fields as they are: to make its hundreds of views first, only to write
    them, would take longer than to find it.
    """
    items = await _found_fields(session, found, caller, personal)
    page = msgspec.json.encode({"items": items, **rest})
    return Response(page, media_type="application/json")


async def _found_fields(
    session: AsyncSession, found: Sequence[StoredOrder], caller: Caller, personal: PersonalData
) -> list[dict[str, Any]]:
    buyers = [_buyer_of(stored.order) for stored in found]
    counts = await count_orders_of(session, filter(None, buyers), caller.limit(None))
    stock = await stock_of(session, [stored.order.order_id for stored in found])
    return [
        {
            **_fields_for(stored, caller, personal),
            "buyer_orders": _buyer_orders(buyer, counts),
            "stock": _stock(stock.get(stored.order.order_id)),
        }
        for stored, buyer in zip(found, buyers, strict=True)
    ]


def _stock(row: RowMapping | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "state": row["state"],
        "reason": row["reason"],
        "short": row["short"],
        "expires_at": row["expires_at"],
        "stated_at": row["stated_at"],
    }


def _buyer_of(order: Order) -> Buyer | None:
    account = order.buyer.account
    return None if account is None else (account, order.store_id)


def _buyer_orders(
    buyer: Buyer | None, counts: Mapping[Buyer, BuyerCount]
) -> dict[str, dict[str, int]] | None:
    if buyer is None:
        return None
    return {name: count._asdict() for name, count in counts[buyer]._asdict().items()}


def answer_for(changed: Changed, caller: Caller, personal: PersonalData) -> OrderAnswer:
    """Return what a change made of an order."""
    return OrderAnswer(
        order=view_for(changed.stored, caller, personal),
        outcome=changed.outcome,
        receipt=receipt_of(changed.stored.order.order_id, changed.event_id),
    )


def tag(response: Response, stored: StoredOrder) -> None:
    """Name the version of the order that is shown."""
    response.headers["ETag"] = f'"{stored.order.version}"'


class Answering:
    """What changes orders for a caller: the request at hand, and the answer to it."""

    def __init__(
        self, request: Request, response: Response, session: SessionDep, personal: Personal
    ) -> None:
        self._request = request
        self._response = response
        self._session = session
        self._personal = personal

    def demand_key(self, external_id: str | None = None) -> None:
        """Refuse a body without a natural key in a request without a key of its own.

        Raises `KeyMissingError`.
        """
        if external_id is None and HEADER not in self._request.headers:
            detail = f"Send the header {HEADER}, or an external_id where the body has one."
            raise KeyMissingError(detail)

    def answer(self, changed: Changed, caller: Caller) -> OrderAnswer:
        """Return what became of an order, and name its version in the header."""
        tag(self._response, changed.stored)
        return answer_for(changed, caller, self._personal)
