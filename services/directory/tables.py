"""Rows of directory."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Index, SmallInteger, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.db.engine import new_metadata


class Row(DeclarativeBase):
    """A row; what the database stamps is read back when it is written."""

    metadata = new_metadata()
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        int: BigInteger,
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
        datetime: DateTime(timezone=True),
    }
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - so SQLAlchemy declares it


class StoreRow(Row):
    """A store; `settings` holds only what is set for this store."""

    __tablename__ = "stores"
    __table_args__ = (Index(None, "updated_at", "store_id"),)

    store_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    platform: Mapped[str]
    timezone: Mapped[str]
    day_start: Mapped[int] = mapped_column(SmallInteger)
    currency: Mapped[str]
    groups: Mapped[list[str]]
    is_open: Mapped[bool]
    settings: Mapped[dict[str, Any]]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class CompanySettingsRow(Row):
    """What is set for all stores, and what an earlier start has seen to; one row.

    `defaults` are those that stores were last stated with, `scopes` those that roles were given.
    """

    __tablename__ = "company_settings"

    is_only: Mapped[bool] = mapped_column(primary_key=True)
    settings: Mapped[dict[str, Any]]
    version: Mapped[int]
    defaults: Mapped[dict[str, Any]]
    scopes: Mapped[list[str]]


class StaffRow(Row):
    """A member of staff; `stores` None means all of them."""

    __tablename__ = "staff"
    __table_args__ = (Index(None, "updated_at", "staff_number"),)

    staff_number: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    roles: Mapped[list[str]]
    stores: Mapped[list[str] | None]
    is_enabled: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class RoleRow(Row):
    """A role and the scopes it grants."""

    __tablename__ = "roles"

    role: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, Any]]
    scopes: Mapped[list[str]]
    version: Mapped[int]


class ApiKeyRow(Row):
    """An API key; its secret is kept as SHA-256 only."""

    __tablename__ = "api_keys"
    __table_args__ = (Index(None, "updated_at", "key_id"),)

    key_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret_hash: Mapped[str]
    scopes: Mapped[list[str]]
    stores: Mapped[list[str] | None]
    expires_at: Mapped[datetime | None]
    is_revoked: Mapped[bool]
    created_by: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class SigningKeyRow(Row):
    """A key that signs tokens; the private part is sealed."""

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(primary_key=True)
    jwk: Mapped[dict[str, Any]]
    sealed_private: Mapped[bytes]
    is_revoked: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
