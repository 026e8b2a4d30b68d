"""Alembic's entry: upgrades the catalogue's tables on the connection it is handed."""

import sqlalchemy as sa
from alembic import context

connection: sa.Connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    # Two nodes that start together must not both create the tables.
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(723311)"))
context.configure(
    connection=connection,
    version_table="catalogue_migration",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
