"""Run by Alembic: upgrades over the connection that `xapi.schema.migrate` opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"],
                  version_table="xapi_migration")
context.run_migrations()
