"""The tables of reporting: a key and the measures of a subject, minor units as bigint."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.reporting.domain.measures import (
    BRIDGE_MEASURES,
    BUYER_MEASURES,
    HANDLING_MEASURES,
    REASON_MEASURES,
    REGION_MEASURES,
    RETURN_MEASURES,
    SKU_MEASURES,
    STORE_MEASURES,
)
from shared.db.engine import new_metadata

METADATA = new_metadata()


def _measures(names: tuple[str, ...]) -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=False) for name in names]


# The date is in the key because a store may change its calendar: what was counted stays.
STORE_HOUR = Table(
    "store_hour",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("hour", DateTime(timezone=True), primary_key=True),
    Column("business_date", Date, primary_key=True),
    *_measures(STORE_MEASURES),
    Index("ix_store_hour_store_id_business_date", "store_id", "business_date"),
)

STORE_DAY = Table(
    "store_day",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    *_measures(STORE_MEASURES),
)

SKU_DAY = Table(
    "sku_day",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("sku", Text, primary_key=True),
    *_measures(SKU_MEASURES),
)

REGION_DAY = Table(
    "region_day",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("province", Text, primary_key=True),
    *_measures(REGION_MEASURES),
)

BRIDGE_DAY = Table(
    "bridge_day",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("order_date", Date, primary_key=True),
    Column("event_date", Date, primary_key=True),
    *_measures(BRIDGE_MEASURES),
    Index("ix_bridge_day_store_id_event_date", "store_id", "event_date"),
)

# Rows of one buyer and day are added up when they are read: nearly every row is alone, and a
# unique index would cost more than all other tables together.
BUYER_STORE = Table(
    "buyer_store",
    METADATA,
    Column("store_id", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("buyer", Uuid, nullable=False),
    *(
        Column(name, BigInteger if "minor" in name else Integer, nullable=False)
        for name in BUYER_MEASURES
    ),
    Index("ix_buyer_store_store_id_business_date", "store_id", "business_date"),
)

# What becomes of orders later, in rows of their own: most events add to `store_hour` only.
HANDLING_HOUR = Table(
    "handling_hour",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("hour", DateTime(timezone=True), primary_key=True),
    Column("business_date", Date, primary_key=True),
    *_measures(HANDLING_MEASURES),
    Index("ix_handling_hour_store_id_business_date", "store_id", "business_date"),
)

HANDLING_DAY = Table(
    "handling_day",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    *_measures(HANDLING_MEASURES),
)

REASON_DAY = Table(
    "reason_day",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("reason", Text, primary_key=True),
    *_measures(REASON_MEASURES),
)

RETURN_DAY = Table(
    "return_day",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    *_measures(RETURN_MEASURES),
)

FIGURES = (
    STORE_HOUR,
    STORE_DAY,
    SKU_DAY,
    REGION_DAY,
    BRIDGE_DAY,
    BUYER_STORE,
    HANDLING_HOUR,
    HANDLING_DAY,
    REASON_DAY,
    RETURN_DAY,
)
"""What events make: every row belongs to one store and is a sum over its events."""

STORE_VERSION = Table(
    "store_version",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

# What owners said of their own tables; a line is suspected while the sums here differ from it.
DIGEST_LINE = Table(
    "digest_line",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("store_id", Text, primary_key=True),
    Column("hour", DateTime(timezone=True), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("sum_minor", BigInteger, nullable=False),
    Column("stated_at", DateTime(timezone=True), nullable=False),
    Column("suspected_at", DateTime(timezone=True)),
    Index(
        "ix_digest_line_owner_suspected_at",
        "owner",
        "suspected_at",
        postgresql_where=text("suspected_at IS NOT NULL"),
    ),
)

DIGEST_HEARD = Table(
    "digest_heard",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("stated_at", DateTime(timezone=True), nullable=False),
)

# Stores whose figures were, or are to be, made again from the owner's log.
FIGURE_REPAIR = Table(
    "figure_repair",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("store_id", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("outcome", Text),
    Column("rows_changed", BigInteger),
    Column("detail", Text),
    CheckConstraint("outcome IN ('repaired', 'unchanged', 'trimmed', 'failed')", name="outcome"),
    Index(
        "uq_figure_repair_open",
        "owner",
        "store_id",
        unique=True,
        postgresql_where=text("finished_at IS NULL"),
    ),
    Index("ix_figure_repair_store_id_id", "store_id", "id"),
)

# Second sets of all figures; one at a time is open.
FIGURE_REBUILD = Table(
    "figure_rebuild",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("state", Text, nullable=False, server_default=text("'building'")),
    Column("wish", Text),
    Column("wished_by", Text),
    Column("compared_at", DateTime(timezone=True)),
    Column("rows_differing", BigInteger),
    Column("differences", JSONB),
    Column("finished_at", DateTime(timezone=True)),
    Column("detail", Text),
    CheckConstraint(
        "state IN ('building', 'compared', 'swapped', 'dropped', 'failed')", name="state"
    ),
    CheckConstraint("wish IN ('swap', 'drop')", name="wish"),
    Index(
        "uq_figure_rebuild_open",
        text("(true)"),
        unique=True,
        postgresql_where=text("finished_at IS NULL"),
    ),
)
