"""Bodies of the routes over webhook endpoints."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.web.bodies import Body, Moment, StoreId
from shared.web.pages import PageQuery
from shared.webhooks.addresses import MAX_URL

Url = Annotated[
    str,
    Field(min_length=1, max_length=MAX_URL, examples=["https://example.com/shopfleet"]),
]
Types = Annotated[
    list[Annotated[str, Field(max_length=100)]],
    Field(min_length=1, max_length=200, description="event types; null: all the service offers"),
]
Stores = Annotated[
    list[StoreId],
    Field(min_length=1, max_length=2000, description="null: all the caller may see"),
]
Description = Annotated[str, Field(max_length=200)]


class NewEndpoint(Body):
    """A receiver to register; it begins at the present."""

    url: Url
    types: Types | None = None
    stores: Stores | None = None
    description: Description = ""


class EndpointChange(Body):
    """What changes of an endpoint; a field that is not there stays, null means all."""

    url: Url | None = None
    types: Types | None = None
    stores: Stores | None = None
    description: Description | None = None
    enabled: bool | None = None

    @model_validator(mode="after")
    def _demand_values(self) -> Self:
        for name in ("url", "description", "enabled"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise PydanticCustomError(
                    "value_missing", "{name} is not null; leave it out.", {"name": name}
                )
        return self


class Replay(Body):
    """What is sent once more: events by id, what was accepted in a period, or all that failed."""

    event_ids: Annotated[
        list[Annotated[str, Field(max_length=100)]] | None, Field(min_length=1, max_length=1000)
    ] = None
    since: Moment | None = None
    until: Moment | None = None
    failed: Literal[True] | None = None

    @model_validator(mode="after")
    def _demand_one(self) -> Self:
        is_period = self.since is not None and self.until is not None
        ways = [self.event_ids is not None, is_period, self.failed is not None]
        is_half = (self.since is None) != (self.until is None)
        if sum(ways) != 1 or is_half:
            detail = "Name event_ids, or since and until, or failed, and one of them only."
            raise PydanticCustomError("replay_unclear", detail)
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise PydanticCustomError("period_invalid", "The period ends before it begins.")
        return self


class EndpointView(BaseModel):
    """An endpoint; `version` is its ETag, `stores` null means all there are or will be.

    `disabled_for`: caller (somebody paused it), gone (it answered 410), failing (for too long),
    secret-unreadable (rotate its secret). `missed` counts events trimmed away while it was
    disabled; `waiting` and `failed` what is to be sent, and what was given up and can be replayed.
    """

    endpoint_id: str
    url: str
    description: str
    types: list[str] | None
    stores: list[str] | None
    enabled: bool
    disabled_for: str | None
    disabled_at: datetime | None
    failing_since: datetime | None
    former_secret_until: datetime | None
    waiting: int
    failed: int
    missed: int
    version: int
    created_by: str
    created_at: datetime
    updated_at: datetime


class EndpointWithSecret(EndpointView):
    """An endpoint and its secret, which is shown this once."""

    secret: str


class ReplayedView(BaseModel):
    """How many messages are queued; they are sent within seconds unless the endpoint rests."""

    queued: int


class QueuedTest(BaseModel):
    """The id of the test event; its attempts stand in the log of deliveries under it."""

    event_id: str


class DeliveriesQuery(PageQuery):
    """Which attempts are asked for: those that failed, those of an event, those since a moment."""

    failed: bool = False
    event_id: Annotated[str | None, Field(max_length=100)] = None
    since: Moment | None = None


class DeliveryView(BaseModel):
    """An attempt; `outcome` is delivered, retrying, failed (the last one) or gone (410).

    `event_id` is the `webhook-id`. `excerpt` is the beginning of a refusal's body. `next_at` is
    when the next attempt was due to be.
    """

    id: int
    event_id: str
    type: str
    attempt: int
    attempted_at: AwareDatetime
    milliseconds: int
    outcome: str
    status: int | None
    error: str | None
    excerpt: str | None
    next_at: AwareDatetime | None


def endpoint_view(endpoint: Any, now: datetime) -> EndpointView:
    """Return an endpoint as it is shown."""
    is_former = endpoint.former_until is not None and endpoint.former_until > now
    return EndpointView(
        enabled=endpoint.is_enabled,
        former_secret_until=endpoint.former_until if is_former else None,
        **{
            name: getattr(endpoint, name)
            for name in EndpointView.model_fields
            if name not in {"enabled", "former_secret_until"}
        },
    )
