"""Package files, and folders of them, as sources."""
