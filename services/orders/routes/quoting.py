"""What freight is asked: one question, or many at once."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Request, Response, Security
from pydantic import TypeAdapter

from services.orders.schemas.quoting import QuoteBody, QuoteView
from services.orders.usecases.quoting import quote_all
from shared.web.batch import (
    BatchQuery,
    Row,
    RowOutcome,
    batch_body,
    read_rows,
    refusal_errors,
    rejection,
    run_batch,
)
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["freight"])

Reader = Annotated[Caller, Security(require("orders:read"))]

_ADAPTER = TypeAdapter(QuoteBody)
_QUOTED = "quoted"


@router.post("/v1/freight:quote")
async def quote_freight(body: QuoteBody, session: SessionDep, caller: Reader) -> QuoteView:
    """Say what freight (运费) is asked, and why; nothing is stored."""
    [quoted] = await quote_all(session, [body], caller=caller)
    if quoted.view is None:
        raise quoted.refusal or RuntimeError("neither a quote nor a refusal")
    return quoted.view


@router.post("/v1/freight:quote-batch", openapi_extra=batch_body("QuoteBody"))
async def quote_freight_of_many(
    request: Request, options: BatchQuery, session: SessionDep, caller: Reader
) -> Response:
    """Say what freight is asked for up to 1,000 parcels, with one outcome for each."""
    rows = await read_rows(request, _ADAPTER, names=("reference",))

    async def answer(good: Sequence[Row[QuoteBody]]) -> list[RowOutcome]:
        bodies = [row.value for row in good if row.value is not None]
        quoted = await quote_all(session, bodies, caller=caller)
        return [
            rejection(refusal_errors(each.refusal) if each.refusal else [], row.names)
            if each.view is None
            else RowOutcome(_QUOTED, {**row.names, "quote": each.view.model_dump()})
            for row, each in zip(good, quoted, strict=True)
        ]

    return await run_batch(request, rows, answer, session=session, options=options)
