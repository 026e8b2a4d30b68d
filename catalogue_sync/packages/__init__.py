"""Readers of package files: one file a format, and one place each for safe zip and XML."""
