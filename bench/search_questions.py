"""What is searched for: every field by itself, and with status and dates; rare, usual, unknown."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench import search_data as data

Query = dict[str, str]
Draw = Callable[[random.Random], str]

STATUSES = ("placed", "paid", "shipped", "delivered", "completed", "followed_up", "cancelled")
DAYS = 730


@dataclass(frozen=True)
class Question:
    """A search by its name; `draw` gives its parameters, each time others."""

    name: str
    draw: Callable[[random.Random], Query]
    has_pages: bool = True


def _rare(count: int) -> Draw:
    """A number that is drawn as the data were: 1 most."""
    return lambda chance: str(1 + int(count * chance.random() ** 3))


def _one_of(words: tuple[str, ...]) -> Draw:
    return lambda chance: chance.choice(words)


def _number(chance: random.Random) -> str:
    return f"E-{chance.randrange(1, 2_000_000)}"


FIELDS: Mapping[str, Draw] = {
    "status": _one_of(STATUSES),
    "platform": _one_of(data.PLATFORMS),
    "payment_status": _one_of(("unpaid", "part_paid", "paid", "part_refunded", "refunded")),
    "payment_method": _one_of((*data.METHODS, "cheque")),
    "payment_channel": _one_of((*data.CHANNELS, "fax")),
    "agent": lambda chance: f"S{_rare(data.AGENTS + 5)(chance)}",
    "kind": _one_of(("normal", "presale", "cod")),
    "flag": _one_of(data.FLAGS),
    "province": _one_of((*data.PROVINCES, "台湾")),
    "sku": lambda chance: f"SKU-{_rare(data.SKUS + 500)(chance)}",
    "number": _number,
    "external_id": _number,
    "waybill": lambda chance: f"WB-{chance.randrange(1, 2_000_000)}",
    "buyer_account": lambda chance: data.account_of(int(_rare(data.ACCOUNTS + 5_000)(chance))),
    "buyer_name": lambda chance: data.name_of(int(_rare(data.NAMES + 500)(chance))),
    "buyer_phone": lambda chance: data.phone_of(int(_rare(data.ACCOUNTS + 5_000)(chance))),
}
OFTEN: Mapping[str, str] = {
    "payment_status": "paid",
    "payment_method": "alipay",
    "payment_channel": "app",
    "agent": "S1",
    "kind": "normal",
    "flag": "red",
    "province": "广东",
    "sku": "SKU-1",
    "waybill": data.SHARED_WAYBILL,
    "buyer_account": data.account_of(1),
    "buyer_name": data.name_of(1),
    "buyer_phone": data.phone_of(1),
}
"""What very many orders have."""

FEW = frozenset({"number", "external_id", "waybill"})
"""What names orders: there is no second page."""


def _moment(days_ago: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()


def dates(name: str) -> Callable[[random.Random], Query]:
    """A day, a week, a month or a year somewhere in the past."""

    def draw(chance: random.Random) -> Query:
        length = chance.choice((1, 7, 30, 365))
        start = chance.uniform(length, DAYS)
        return {f"{name}_from": _moment(start), f"{name}_to": _moment(start - length)}

    return draw


def _field(name: str) -> Callable[[random.Random], Query]:
    return lambda chance: {name: FIELDS[name](chance)}


def _often(name: str) -> Callable[[random.Random], Query]:
    return lambda _: {name: OFTEN[name]}


def _status(chance: random.Random) -> Query:
    return {"status": ",".join(chance.sample(STATUSES, chance.choice((1, 1, 2, 4))))}


def _nothing(_: random.Random) -> Query:
    return {}


def _both(*draws: Callable[[random.Random], Query]) -> Callable[[random.Random], Query]:
    return lambda chance: {key: word for draw in draws for key, word in draw(chance).items()}


def questions() -> list[Question]:
    """Every search, alone and with what it is usually asked with."""
    placed = dates("placed")
    found = [
        Question("everything", _nothing),
        Question("changes of a day", lambda _: {"updated_since": _moment(1)}),
        Question("placed", placed),
        Question("placed, status", _both(placed, _status)),
    ]
    for moment in ("paid", "shipped"):
        found += [
            Question(moment, dates(moment)),
            Question(f"{moment}, status", _both(dates(moment), _status)),
        ]
    found += [Question(name, _field(name), name not in FEW) for name in FIELDS]
    found += [Question(f"{name}, of many", _often(name)) for name in OFTEN]
    for name in FIELDS:
        if name not in {*FEW, "status"}:
            drawn = _often_or_not(name)
            found += [
                Question(f"{name}, status", _both(drawn, _status)),
                Question(f"{name}, placed", _both(drawn, placed)),
                Question(f"{name}, status, placed", _both(drawn, _status, placed)),
            ]
    return found


def _often_or_not(name: str) -> Callable[[random.Random], Query]:
    drawn = _field(name)
    return lambda chance: (
        {name: OFTEN[name]} if name in OFTEN and chance.random() < 0.5 else drawn(chance)
    )
