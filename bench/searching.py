"""How long searches over two million orders take, beside the look at one order."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from bench.delays import Delays
from bench.engines import Engines
from bench.load import Connection, connections, get
from bench.processes import running_service
from bench.search_data import fill
from bench.search_questions import DAYS, Question, questions
from shared.db.engine import Database
from shared.web.pages import Position, encode_cursor
from tests.support.applications import a_token

CALLERS = (1, 5, None)
"""How many stores a caller may see; None is all of them."""


@dataclass
class Searched:
    """How long a search took, each time it was asked."""

    name: str
    seconds: list[float] = field(default_factory=list)

    @property
    def delays(self) -> Delays:
        return Delays.of(self.seconds)


async def measure_searching(
    engines: Engines, *, orders: int, times: int, limit: int
) -> tuple[Delays, list[Searched]]:
    """Ask every search so many times; return them, and the plain look at an order before them."""
    async with engines.database("orders") as database:
        started = time.perf_counter()
        await fill(database, orders)
        print(f"{orders:,} orders filled in {time.perf_counter() - started:.0f} s", flush=True)
        tokens = [await _token_of(database, stores) for stores in CALLERS]
        with running_service("orders", database, engines, roles="api") as service:
            return await ask_all(service.url, tokens, orders=orders, times=times, limit=limit)


async def ask_all(
    url: str, tokens: Sequence[str], *, orders: int, times: int, limit: int
) -> tuple[Delays, list[Searched]]:
    """Ask a running service; the searches take turns, so that what disturbs disturbs all."""
    chance = random.Random(7)
    found = [(question, Searched(question.name)) for question in questions()]
    plain: list[float] = []
    async with connections(url, 1) as (connection,):
        for turn in range(times + 1):
            token = tokens[turn % len(tokens)]
            order_id = f"ord_{chance.randrange(1, orders):032x}"
            taken = await _timed(connection, get(f"/v1/orders/{order_id}", tokens[-1]))
            is_warm = turn > 0
            if is_warm:
                plain.append(taken)
            for question, searched in found:
                path = f"/v1/orders?{urlencode(_parameters(question, chance, limit))}"
                taken = await _timed(connection, get(path, token))
                if is_warm:
                    searched.seconds.append(taken)
    return Delays.of(plain), [searched for _, searched in found]


def _parameters(question: Question, chance: random.Random, limit: int) -> dict[str, str]:
    """The question, from its first page or from one far behind it."""
    asked = {**question.draw(chance), "limit": str(limit)}
    if question.has_pages and chance.random() < 0.5 and "updated_since" not in asked:
        moment = datetime.now(UTC) - timedelta(days=chance.uniform(0, DAYS))
        asked["cursor"] = encode_cursor(Position(moment, "ord_8", moment))
    if chance.random() < 0.5:
        asked["archived"] = "true"
    return asked


async def _timed(connection: Connection, request: bytes) -> float:
    began = time.perf_counter()
    await connection.send(request)
    return time.perf_counter() - began


async def _token_of(database: Database, stores: int | None) -> str:
    if stores is None:
        return await a_token(database)
    return await a_token(database, stores=[f"st{number + 1}" for number in range(stores)])
