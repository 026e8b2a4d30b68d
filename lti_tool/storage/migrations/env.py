"""Alembic's entry: upgrades the tool's tables on the connection it is handed."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="tool_migration",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
