"""`ETag` and `If-Match`: who changes something names the version that was seen."""

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from shared.kernel.refusals import Refusal

_ETAG = re.compile(r'"(\d{1,18})"')


class VersionMissingError(Refusal):
    """A change without `If-Match`."""

    kind = "if-match-missing"
    status = 428


class VersionMalformedError(Refusal):
    """An `If-Match` that no answer gave as `ETag`."""

    kind = "if-match-malformed"
    status = 400


class VersionStaleError(Refusal):
    """It was changed since the caller saw it."""

    kind = "version-stale"
    status = 412


def etag_of(version: int) -> str:
    """Return the strong ETag of a version."""
    return f'"{version}"'


def tell_version(response: Response, version: int) -> None:
    """Set the answer's `ETag`."""
    response.headers["ETag"] = etag_of(version)


def seen_version(if_match: Annotated[str | None, Header(alias="If-Match")] = None) -> int | None:
    """Return the version of `If-Match`, None without one; raises `VersionMalformedError`."""
    if if_match is None:
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise VersionMalformedError('If-Match is the ETag of an earlier answer, as "3".')
    return int(found[1])


def demand_version(seen: int | None, current: int) -> None:
    """Raise `VersionMissingError` or `VersionStaleError` unless the current version was seen.

    Ask when the row is locked.
    """
    if seen is None:
        raise VersionMissingError("Send If-Match with the ETag of what you change.")
    if seen != current:
        raise VersionStaleError(
            "This was changed meanwhile; read it again.", current_version=current
        )


SeenVersion = Annotated[int | None, Depends(seen_version)]
"""The version a changing route was shown; hand it to `demand_version`."""
