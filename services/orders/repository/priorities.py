"""Which order comes first: the one rule of the lists to print and to pick, and of what is printed.

In a campaign (O-R20, O-W13) what is marked urgent goes first, then what a fast courier takes, then
what somebody noted something on, then the rest, as `orders.campaign_priority` has it; among equals
the first placed is the first served (O-R18), or the first paid, as `orders.picking_order` says.
"""


def _place_of(name: str) -> str:
    return f"""(
        SELECT place FROM jsonb_array_elements_text(stores.settings -> 'orders.campaign_priority')
             WITH ORDINALITY AS priorities (name, place) WHERE name = '{name}'
    )"""  # noqa: S608 - names of our own


_IS_FAST = """EXISTS (
    SELECT FROM
        jsonb_array_elements_text(stores.settings -> 'orders.priority_couriers') AS fast (name)
    WHERE position(lower(fast.name) IN lower(orders.courier)) > 0
)"""
_IS_NOTED = """EXISTS (
    SELECT FROM order_notes WHERE order_notes.order_id = orders.order_id AND kind <> 'checked'
)"""
_LAST = 9
RANK = f"""least(
    CASE WHEN orders.urgent_at IS NOT NULL THEN {_place_of("own_tasks")} END,
    CASE WHEN {_IS_FAST} THEN {_place_of("same_day")} END,
    CASE WHEN {_IS_NOTED} THEN {_place_of("noted")} END,
    {_place_of("fully_stocked")},
    {_LAST}
)"""
"""How far behind others an order stands; a class that a store does not name has no priority."""

MOMENT = """CASE
    WHEN stores.settings ->> 'orders.picking_order' = 'paid'
    THEN coalesce(orders.paid_at, orders.placed_at)
    ELSE orders.placed_at
END"""
"""When an order came, among orders of the same rank."""

PLACE = f"({MOMENT} + {RANK} * interval '800 years')"
"""Where an order stands as one moment, as the cursors of pages take it: a rank is 800 years."""
