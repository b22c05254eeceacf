"""The page of figures, docs/figures.md, as Markdown."""

from collections.abc import Iterator

from services.reporting.domain.reasons import REASONS
from services.reporting.kpis.catalogue import (
    DIVIDED,
    SECTIONS,
    is_answered_by,
    is_answered_within_days,
)
from services.reporting.kpis.figures import Figure

_HEAD = f"""# Figures

Written by `make docs` from their declarations; a test compares them.

* A ratio is a ratio of sums, over any stores and any period. Nothing over nothing is no value.
* The day is the store's own: its time zone and the hour at which its day starts.
* `basis=event` counts payments and refunds on their own day, `basis=order` on that of their order.
  A figure with a basis in the table keeps it, whatever is asked for.
* Money has the currency of its store; amounts of different currencies are not added up.
* A buyer is an account's keyed hash. Where stores are put together, the same account at two of them
  is one buyer. Buyers of two days are not the sum of the buyers of each.
* By SKU, what stands on no product (postage, discounts of whole orders, deposits before their order
  is paid whole) is a row of its own with `sku` null: products add up to orders. Likewise provinces:
  a thing counts for the province that was known when it happened.
* Another model sent for one that was sold (换款) moves pieces and money from SKU to SKU, on the
  days on which they count.
* By reason, the kinds are {", ".join(REASONS)}; what a source calls otherwise is `other`. By
  `sku_reason` a row is a SKU and a reason. A case or refund of two SKUs counts once for each, its
  pieces and money once.
* Times are from one moment to the other, in hours, around the clock; their mean is over what ended
  in the period.
* What is `open` is counted by order: of the orders placed in the period, what has not ended by now.
* A measure that a version of Shopfleet adds begins at its upgrade; `shopfleet rebuild` gives it its
  history from the owners' logs (docs/runbook.md).
* `previous_day_same_time` compares whole hours: both days up to the last full hour of today.
"""


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _HEAD
    for title, figures in SECTIONS.items():
        yield f"## {title}\n"
        yield "| id | 中文 | English | unit | formula | by | basis | rule | version | note |"
        yield "|---|---|---|---|---|---|---|---|---|---|"
        for figure in figures:
            yield _line(figure)
        yield ""


def _line(figure: Figure) -> str:
    ways = [name for name in DIVIDED if is_answered_by(figure, name)]
    ways += ["hour"] if is_answered_within_days(figure) else []
    cells = (
        f"`{figure.id}`",
        figure.zh,
        figure.en,
        figure.unit.value,
        f"`{figure.formula}`",
        ", ".join(ways) or "-",
        "-" if figure.basis is None else figure.basis.value,
        figure.rule,
        str(figure.version),
        figure.note or "-",
    )
    return f"| {' | '.join(cells)} |"
