"""Runs the migrations of one service over the connection that `shared.db.migrations` opened."""

from alembic import context

metadata = context.config.attributes.get("metadata")


def include_name(name, kind, parents):  # noqa: ANN001, ANN201, ARG001, D103 - alembic's own
    # the plumbing's tables are no service's metadata
    return kind != "table" or metadata is None or name in metadata.tables


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=include_name,
    compare_server_default=False,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
