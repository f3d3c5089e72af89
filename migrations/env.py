"""How Alembic reaches the catalogue: through a connection it is handed, or by hand through LINEAGE_CATALOG."""

from __future__ import annotations

from alembic import context

from lineage.store import guards
from lineage.store.registry import metadata
from lineage.store.schema import HEAD, by_hand, changing, revision_of


def run(connection) -> None:
    """Run within the transaction of ``connection``: all migrations or none, on SQLite too."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,
        transaction_per_migration=False,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    guards.drop(connection)
    with context.begin_transaction():
        context.run_migrations()
        # Guards name columns that only the newest tables have.
        if revision_of(connection) == HEAD:
            guards.install(connection)


handed = context.config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    with changing(by_hand()) as own:
        run(own)
