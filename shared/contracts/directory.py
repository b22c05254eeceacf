"""What directory states: who we are and by which rules."""

from typing import Any, ClassVar

from shared.contracts.envelope import Event, Moment


class StoreStated(Event, frozen=True, kw_only=True):
    """A store was opened or changed: the store whole, with its settings whole.

    `version` grows by one with each change of the store or its settings. `platform` is one of
    taobao, tmall, jd_pop, jd_self, weidian, vipshop, own, or one added by setting.
    """

    type: ClassVar[str] = "directory.store_stated.v1"

    store_id: str
    name: str
    platform: str
    timezone: str
    day_start: int
    currency: str
    groups: list[str]
    is_open: bool
    settings: dict[str, Any]
    version: int

    def key(self) -> str:
        """Order matters per store."""
        return self.store_id

    def store(self) -> str | None:
        """Return the store it concerns."""
        return self.store_id


class StaffStated(Event, frozen=True, kw_only=True):
    """A member of staff was entered, changed or disabled: the account whole.

    `stores` None means all of them. `name` is the staff member's, never a buyer's.
    """

    type: ClassVar[str] = "directory.staff_stated.v1"

    staff_number: str
    name: str
    roles: list[str]
    stores: list[str] | None
    is_enabled: bool
    version: int

    def key(self) -> str:
        """Order matters per staff number."""
        return f"staff:{self.staff_number}"


class RoleStated(Event, frozen=True, kw_only=True):
    """A role was set: the scopes it grants, whole."""

    type: ClassVar[str] = "directory.role_stated.v1"

    role: str
    names: dict[str, str]
    scopes: list[str]
    version: int

    def key(self) -> str:
        """Order matters per role."""
        return f"role:{self.role}"


class ApiKeyStated(Event, frozen=True, kw_only=True):
    """An API key was issued, changed or revoked; `secret_hash` is SHA-256, hexadecimal.

    `stores` None means all of them.
    """

    type: ClassVar[str] = "directory.api_key_stated.v1"

    key_id: str
    name: str
    secret_hash: str
    scopes: list[str]
    stores: list[str] | None
    expires_at: Moment | None
    is_revoked: bool
    version: int

    def key(self) -> str:
        """Order matters per API key."""
        return f"key:{self.key_id}"


class SigningKeyStated(Event, frozen=True, kw_only=True):
    """A public key that signs issued tokens was published or withdrawn; `jwk` is RFC 7517."""

    type: ClassVar[str] = "directory.signing_key_stated.v1"

    kid: str
    jwk: dict[str, str]
    is_revoked: bool

    def key(self) -> str:
        """Order matters per signing key."""
        return f"signing:{self.kid}"


EVENTS: tuple[type[Event], ...] = (
    StoreStated,
    StaffStated,
    RoleStated,
    ApiKeyStated,
    SigningKeyStated,
)
