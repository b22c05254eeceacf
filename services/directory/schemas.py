"""Bodies of directory's requests and answers."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from shared.web.bodies import Body, Currency, Instant, Name, StoreId, TimeZone
from shared.web.pages import ChangesQuery, PageQuery

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Scope = Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,40}(:[a-z-]{1,40})?$")]
Group = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
StaffNumber = Annotated[str, StringConstraints(pattern=r"^\w[\w.@-]{0,63}$")]
DayStart = Annotated[
    str,
    StringConstraints(pattern=r"^([01]\d|2[0-3]):00$"),
    Field(description="wall-clock hour at which the business day starts", examples=["04:00"]),
]
Stores = Annotated[list[StoreId], Field(max_length=2000)]
Scopes = Annotated[list[Scope], Field(max_length=100)]
Roles = Annotated[list[Code], Field(max_length=50)]
Groups = Annotated[list[Group], Field(max_length=50)]


class NewStore(Body):
    """A store to open; without `day_start` the company's holds."""

    store_id: StoreId
    name: Name
    platform: Code
    timezone: TimeZone
    currency: Currency
    day_start: DayStart | None = None
    groups: Groups = Field(default_factory=list)


class StoreChange(Body):
    """What changes of a store; platform and currency never do."""

    name: Name | None = None
    timezone: TimeZone | None = None
    day_start: DayStart | None = None
    groups: Groups | None = None
    is_open: bool | None = None


class StoreView(BaseModel):
    """A store; `version` is its ETag."""

    store_id: str
    name: str
    platform: str
    timezone: str
    day_start: str
    currency: str
    groups: list[str]
    is_open: bool
    version: int
    created_at: datetime
    updated_at: datetime


class OpenedStore(StoreView):
    """A store that was opened, or was there already with this content."""

    outcome: Literal["created", "unchanged"]


class StoreQuery(ChangesQuery):
    """Which stores are listed."""

    platform: str | None = None
    group: str | None = None


class SettingValue(BaseModel):
    """What holds, and where it comes from; `source` names the rule in the requirements."""

    value: Any
    default: Any
    set_by: Literal["default", "company", "store"]
    unit: str
    source: str


class SettingsView(BaseModel):
    """Every setting of a store; `version` is its ETag."""

    store_id: str
    version: int
    values: dict[str, SettingValue]


class ThresholdView(BaseModel):
    """A setting: what it means, what it takes, what holds for the company."""

    key: str
    value: Any
    default: Any
    unit: str
    kind: str
    scope: Literal["store", "company"]
    low: int | None
    high: int | None
    choices: list[str]
    names: dict[str, str]
    source: str


class CompanySettingsView(BaseModel):
    """Every setting of the company; `version` is its ETag."""

    version: int
    settings: list[ThresholdView]


class NewStaff(Body):
    """An account to make; `stores` null means all of them."""

    staff_number: StaffNumber
    name: Name
    roles: Roles
    stores: Stores | None


class StaffChange(Body):
    """What changes of an account; a field that is not there stays."""

    name: Name | None = None
    roles: Roles | None = None
    stores: Stores | None = None
    is_enabled: bool | None = None


class StaffView(BaseModel):
    """An account; `stores` null means all of them, `version` is its ETag."""

    staff_number: str
    name: str
    roles: list[str]
    stores: list[str] | None
    is_enabled: bool
    version: int
    created_at: datetime
    updated_at: datetime


class EnteredStaff(StaffView):
    """An account that was made, or was there already with this content."""

    outcome: Literal["created", "unchanged"]


class StaffQuery(PageQuery):
    """Which accounts are listed."""

    role: str | None = None
    is_enabled: bool | None = None


class RoleNames(Body):
    """A role's names."""

    zh: Name
    en: Name


class RoleGrant(Body):
    """A role: its names and what it allows, whole."""

    names: RoleNames
    scopes: Scopes


class RoleView(BaseModel):
    """A role; `version` is its ETag."""

    role: str
    names: dict[str, str]
    scopes: list[str]
    version: int


class NewApiKey(Body):
    """An API key to issue; `stores` null means all of them, no expiry means it never ends."""

    name: Name
    scopes: Annotated[Scopes, Field(min_length=1)]
    stores: Stores | None
    expires_at: Instant | None = None


class ApiKeyView(BaseModel):
    """An API key; `last_used_at` is its last use at directory, within a minute."""

    key_id: str
    name: str
    scopes: list[str]
    stores: list[str] | None
    expires_at: datetime | None
    is_revoked: bool
    created_by: str
    created_at: datetime
    last_used_at: datetime | None = None


class IssuedApiKey(ApiKeyView):
    """An API key with its credential, which is shown this once."""

    key: str


class NewToken(Body):
    """A token to issue; without scopes or stores, what its bearer has when it is used."""

    staff_number: StaffNumber
    scopes: Scopes | None = None
    stores: Stores | None = None
    expires_in: Annotated[
        int, Field(ge=60, le=31 * 86_400, description="seconds; twelve hours if not given")
    ] = 43_200


class IssuedToken(BaseModel):
    """A token."""

    token: str
    expires_at: datetime


class KeyRotation(Body):
    """A new signing key; the old ones' tokens hold until they end, or end at once."""

    withdraw_old: bool = False


class SigningKeyView(BaseModel):
    """The key that signs from here on."""

    kid: str
