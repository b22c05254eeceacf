"""What directory allows: who may grant what, and which contents are the same."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.kernel.refusals import ConflictError, ForbiddenError, InvalidError

ADMIN = "admin"


class GrantForbiddenError(ForbiddenError):
    """Somebody would grant more than they may do themselves."""

    kind = "grant-forbidden"


class PlatformUnknownError(InvalidError):
    """A platform that is neither known nor added by setting."""

    kind = "platform-unknown"


class RoleUnknownError(InvalidError):
    """A role that is not there."""

    kind = "role-unknown"


class ScopeUnknownError(InvalidError):
    """A scope that is not there."""

    kind = "scope-unknown"


class AlreadyThereError(ConflictError):
    """The natural key is taken, with other content."""

    kind = "already-there"


class StaffUnknownError(InvalidError):
    """A staff number that is not there, or not the caller's to see."""

    kind = "staff-unknown"


class StaffDisabledError(ConflictError):
    """The account is disabled."""

    kind = "staff-disabled"


@dataclass(frozen=True, slots=True)
class Authority:
    """What a caller may do, and where; `stores` None means everywhere."""

    scopes: frozenset[str]
    stores: frozenset[str] | None

    def demand_scopes(self, scopes: Iterable[str]) -> None:
        """Raise `GrantForbiddenError` unless the caller may do all of it."""
        lacking = set() if ADMIN in self.scopes else set(scopes) - self.scopes
        if lacking:
            raise GrantForbiddenError(
                "You can't grant what you may not do yourself.", scopes=sorted(lacking)
            )

    def demand_stores(self, stores: Collection[str] | None) -> None:
        """Raise `GrantForbiddenError` unless all the stores are the caller's; None is all."""
        if self.stores is None:
            return
        if stores is None:
            raise GrantForbiddenError("You can't grant all stores, because not all are yours.")
        foreign = set(stores) - self.stores
        if foreign:
            raise GrantForbiddenError(
                "You can't grant stores that are not yours.", stores=sorted(foreign)
            )

    def sees(self, stores: Collection[str] | None) -> bool:
        """Say whether an account with these stores is the caller's to see."""
        return self.stores is None or (stores is not None and self.stores >= set(stores))


def demand_known(
    wanted: Iterable[str], known: Collection[str], error: type[InvalidError], pointer: str
) -> None:
    """Raise the error for the first that is not known, pointing at its place in a list."""
    for place, each in enumerate(wanted):
        if each not in known:
            raise error(f"{each} is not known.", pointer=f"{pointer}/{place}")


def demand_platform(platform: str, known: Collection[str]) -> None:
    """Raise `PlatformUnknownError` unless the platform is known."""
    if platform not in known:
        raise PlatformUnknownError(
            f"Platform {platform} is not known; known are {', '.join(known)}.", pointer="/platform"
        )


def demand_same(given: Mapping[str, Any], kept: Mapping[str, Any], what: str) -> None:
    """Raise `AlreadyThereError` unless what is kept has the given content."""
    other = sorted(name for name, value in given.items() if kept[name] != value)
    if other:
        raise AlreadyThereError(f"{what} is there already, with other content.", differs=other)


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """What a token may do; None: whatever its bearer's roles and stores are when it is used."""

    scopes: list[str] | None
    stores: list[str] | None


def grant_token(
    issuer: Authority,
    bearer: Authority,
    scopes: Collection[str] | None,
    stores: Collection[str] | None,
) -> TokenGrant:
    """Return what a token grants: no more than asked for, and than the issuer may do.

    Raises `GrantForbiddenError` when more is asked for by name than issuer or bearer have.
    """
    if scopes is not None:
        bearer.demand_scopes(scopes)
        issuer.demand_scopes(scopes)
    if stores is not None:
        bearer.demand_stores(stores)
        issuer.demand_stores(stores)
    granted: Collection[str] | None = scopes
    if scopes is None and ADMIN not in issuer.scopes:
        granted = issuer.scopes if ADMIN in bearer.scopes else bearer.scopes & issuer.scopes
    where: Collection[str] | None = stores
    if stores is None and issuer.stores is not None:
        where = issuer.stores if bearer.stores is None else bearer.stores & issuer.stores
    return TokenGrant(_sorted(granted), _sorted(where))


def _sorted(names: Collection[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)
