"""How Alembic reaches the catalogue: through a connection it is handed, or by hand through LINEAGE_CATALOG."""

from __future__ import annotations

from alembic import context

from lineage.store.registry import metadata
from lineage.store.schema import by_hand, changing


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
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    with changing(by_hand()) as own:
        run(own)
