"""Catalogues on the web as sources: Microsoft Learn, schema.org, Resource Search, CASE."""
