"""A Canvas site as a source, through its REST API."""
