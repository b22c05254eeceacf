"""The catalogue of thresholds, and how the layers of values make what holds in a store."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from services.directory.thresholds.cs import CS
from services.directory.thresholds.house import HOUSE
from services.directory.thresholds.inventory import INVENTORY
from services.directory.thresholds.kinds import Threshold, ThresholdError
from services.directory.thresholds.orders import ORDERS
from services.directory.thresholds.promotion import PROMOTION
from services.directory.thresholds.reporting import REPORTING

THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {each.key: each for each in (*HOUSE, *ORDERS, *PROMOTION, *CS, *INVENTORY, *REPORTING)}
)
"""Every threshold by its key. Rules with neither number nor choice are no settings."""

_RISING = (
    ("promotion.roi_pass", "promotion.roi_good"),
    ("promotion.roi_good", "promotion.roi_excellent"),
    ("cs.slow_reply_minutes", "cs.no_reply_minutes"),
    ("cs.no_reply_minutes", "cs.long_no_reply_minutes"),
    ("orders.chase_unpaid_hours", "orders.chase_open_hours"),
    ("inventory.stocktake_from_day", "inventory.stocktake_to_day"),
)


def effective(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of every threshold: the last layer that has one, else its default."""
    values = {key: threshold.default for key, threshold in THRESHOLDS.items()}
    for layer in layers:
        values.update({key: value for key, value in layer.items() if key in values})
    return values


def check_change(change: Mapping[str, Any], *, is_company: bool) -> dict[str, str]:
    """Return what is wrong with a change, by key; None as a value takes a setting back."""
    wrong: dict[str, str] = {}
    for key, value in change.items():
        threshold = THRESHOLDS.get(key)
        if threshold is None:
            wrong[key] = "There is no such setting."
        elif threshold.scope == "company" and not is_company:
            wrong[key] = "This is set for the company, not for a store."
        elif value is not None:
            try:
                threshold.check(value)
            except ThresholdError as error:
                wrong[key] = str(error)
    return wrong


def check_together(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the thresholds that lie above one which they must not exceed, by key."""
    return {
        lower: f"This is not above {upper}, which is {values[upper]}."
        for lower, upper in _RISING
        if Decimal(values[lower]) > Decimal(values[upper])
    }
