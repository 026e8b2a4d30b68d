"""Migrations of the catalogue's tables, run by `catalogue_sync.schema.migrate`."""
