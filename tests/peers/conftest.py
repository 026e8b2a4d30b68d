"""The browser's fixtures, for every peer test."""

from tests.peers.browser import chromium, open_page, page

__all__ = ["chromium", "open_page", "page"]
