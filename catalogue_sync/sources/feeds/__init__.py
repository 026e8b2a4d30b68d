"""Feeds and calendars as sources."""
