"""Routes of figures: ask, look up how they are defined, have one explained."""

import hashlib
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response, Security
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.domain.completeness import Completeness
from services.reporting.domain.refusals import BadParameterError
from services.reporting.kpis.catalogue import FIGURES, basis_of, is_answered_within_days
from services.reporting.kpis.figures import Figure
from services.reporting.planner.answers import answer
from services.reporting.planner.explaining import explain
from services.reporting.planner.questions import Question, check, choose_figures, spans_of
from services.reporting.planner.rendering import (
    catalogue_json,
    explanation_json,
    figure_json,
    rows_json,
    standing_json,
)
from services.reporting.planner.standing import choose_stores, completeness_of, demand_stores
from services.reporting.repository.standing import version_of
from services.reporting.schemas.answering import Catalogue, Explanation, KpiAnswer, schema_of
from services.reporting.schemas.asking import KpiQuery, Scope, ScopeInTime
from shared.kernel.clock import utc_now
from shared.kernel.refusals import NotFoundError
from shared.registry.stores import Store
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["figures"])

Reading = Annotated[Caller, Security(require("reports:read"))]


class UnknownFigureError(NotFoundError):
    """There is no figure of this id."""

    kind = "unknown-figure"


@router.get("/v1/kpis", responses=schema_of(KpiAnswer))
async def ask(
    query: Annotated[KpiQuery, Query()],
    session: SessionDep,
    caller: Reading,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Answer figures of the caller's stores.

    `from` is included, `to` excluded; a date is each store's own business day. A store without
    sales has rows of zeros. With `ETag` and `If-None-Match` nothing is computed twice.
    """
    now = utc_now()
    question = await _question(session, caller, query)
    state = await completeness_of(session, question.spans.values(), now)
    version = await version_of(session, question.spans)
    tag = _tag(question, state, version, now)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if _matches(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    found = await answer(session, question, now)
    body = {
        **standing_json(question, state),
        "version": version,
        "basis": question.basis.value,
        "grain": question.grain.value,
        "left_off": found.left_off,
        "rows": rows_json(found),
    }
    return JSONResponse(body, headers=headers)


@router.get("/v1/kpis/catalog", responses=schema_of(Catalogue))
async def list_figures(caller: Reading) -> Response:
    """List every figure: names, formula, basis, rule, version, and where it can be asked for."""
    del caller
    return JSONResponse(catalogue_json())


@router.get("/v1/kpis/{metric}/explain", responses=schema_of(Explanation))
async def explain_figure(
    metric: Annotated[str, Path(description="a figure's id")],
    query: Annotated[ScopeInTime, Query()],
    session: SessionDep,
    caller: Reading,
) -> Response:
    """Explain a number: formula, the sums in it, what was counted and what was not, by reason."""
    figure = FIGURES.get(metric)
    if figure is None:
        raise UnknownFigureError(f"There is no figure {metric!r}.")
    stores = await stores_for(session, caller, query)
    spans = spans_of(stores, query.begins, query.ends)
    question = Question(stores=stores, spans=spans, figures=[figure], basis=query.basis)
    if question.is_by_hour and not is_answered_within_days(figure):
        raise BadParameterError(f"{metric} needs whole days.", parameter="from")
    state = await completeness_of(session, spans.values(), utc_now())
    body = {
        **standing_json(question, state),
        "basis": basis_of(figure, query.basis).value,
        "figure": figure_json(figure),
        "rows": explanation_json(question, figure, await explain(session, question, figure)),
    }
    return JSONResponse(body)


async def stores_for(session: AsyncSession, caller: Caller, scope: Scope) -> list[Store]:
    """Return the stores a caller asks for; all of theirs if they name none.

    Raises `StoreForbiddenError` and `UnknownStoreError`.
    """
    allowed = caller.limit(scope.stores)
    if scope.stores is None or allowed is None:
        return await choose_stores(session, allowed, scope.groups)
    return await demand_stores(session, allowed, scope.groups)


async def _question(session: AsyncSession, caller: Caller, query: KpiQuery) -> Question:
    stores = await stores_for(session, caller, query)
    spans = spans_of(stores, query.begins, query.ends)
    if not stores and query.ends <= query.begins:
        raise BadParameterError("`to` is excluded and must be after `from`.", parameter="to")
    empty = Question(stores=stores, spans=spans, figures=(), grain=query.grain)
    figures = choose_figures(query.metrics, query.group_by, is_by_hour=empty.is_by_hour)
    question = Question(
        stores=stores,
        spans=spans,
        figures=figures,
        grain=query.grain,
        group_by=query.group_by,
        basis=query.basis,
        compare=query.compare,
        sort=_sort(query, figures),
        limit=query.limit,
    )
    return check(question)


def _sort(query: KpiQuery, figures: list[Figure]) -> Figure | None:
    for name in ("sort", "limit"):
        if getattr(query, name) is not None and not query.group_by.is_divided:
            detail = "Only rows that divide a store (SKUs, provinces, reasons) are limited."
            raise BadParameterError(detail, parameter=name)
    if query.sort is None:
        return None
    for figure in figures:
        if figure.id == query.sort:
            return figure
    raise BadParameterError(f"{query.sort!r} is none of the figures asked for.", parameter="sort")


def _tag(question: Question, state: Completeness, version: int, now: datetime) -> str:
    """Name an answer by all that it depends on; a later `as_of` alone does not change it."""
    hour = now.replace(minute=0, second=0, microsecond=0) if question.compare else None
    quarter = now.minute // 15 if question.compare else None
    facts = (question, state.is_complete, state.is_open, state.parked, version, hour, quarter)
    return f'W/"{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"'


def _matches(given: str | None, tag: str) -> bool:
    if given is None:
        return False
    wanted = {name.strip().removeprefix("W/") for name in given.split(",")}
    return "*" in wanted or tag.removeprefix("W/") in wanted
