"""A Moodle site as a source, through its web services."""
