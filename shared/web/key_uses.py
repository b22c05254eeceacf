"""When each API key was last used at this service, within a minute."""

import time
from datetime import datetime

import structlog
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import Database
from shared.web.callers import Caller

_EVERY_SECONDS = 60.0

_NOTE = text("""
    INSERT INTO api_key_uses (key_id, last_used_at) VALUES (:key_id, now())
    ON CONFLICT (key_id) DO UPDATE SET last_used_at = EXCLUDED.last_used_at
""")
_FIND = text("""
    SELECT u.key_id, u.last_used_at
    FROM api_key_uses u JOIN registry_api_keys k USING (key_id)
    WHERE CAST(:stores AS text[]) IS NULL OR k.stores <@ :stores
    ORDER BY u.key_id
""")

log = structlog.get_logger()


class KeyUseView(BaseModel):
    """The last use of a key at one service."""

    key_id: str
    last_used_at: datetime


class KeyUses:
    """Notes the use of keys, at most once a minute each, outside of the requests' transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[str, float] = {}

    async def note(self, key_id: str) -> None:
        """Note that a key is used; a failure is logged, the request goes on."""
        moment = time.monotonic()
        if moment - self._noted.get(key_id, -_EVERY_SECONDS) < _EVERY_SECONDS:
            return
        self._noted[key_id] = moment
        try:
            async with self._database.transaction() as session:
                await session.execute(_NOTE, {"key_id": key_id})
        except (SQLAlchemyError, OSError) as error:
            log.warning("key_use_not_noted", key_id=key_id, error=repr(error))


async def find_key_uses(session: AsyncSession, caller: Caller) -> list[KeyUseView]:
    """Return the last use of the keys whose stores are all the caller's."""
    rows = await session.execute(_FIND, {"stores": caller.limit(None)})
    return [KeyUseView(**row) for row in rows.mappings()]
