"""The scopes that roles were last given, so that a version's new ones are granted once."""

from alembic import op

revision = "directory_0003"
down_revision = "directory_0002"
branch_labels = None
depends_on = None

KNOWN = """
    admin audit:read cs:read cs:write dead-letters:read dead-letters:write feed:read figures:repair
    inventory:read inventory:write keys:read keys:write orders:amend orders:audit orders:import
    orders:read orders:write payments:correct payments:write pii:read promotion:read
    promotion:write refunds:approve refunds:pay refunds:write reports:read roles:write
    settings:read settings:write shipments:write staff:read staff:write stores:read stores:write
    tokens:write
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE company_settings ADD COLUMN scopes text[] NOT NULL DEFAULT '{}'")
    known = ", ".join(f"'{scope}'" for scope in KNOWN.split())
    # an installation that has no roles yet will be given all of them at its first start
    op.execute(
        f"UPDATE company_settings SET scopes = ARRAY[{known}]"  # noqa: S608 - made of a constant
        " WHERE EXISTS (SELECT FROM roles)"
    )
