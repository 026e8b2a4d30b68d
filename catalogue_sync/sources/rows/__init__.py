"""Files of rows as sources: tables and JSON Lines."""
