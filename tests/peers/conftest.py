"""The browser's fixtures, for every peer test."""

from tests.peers.browser import chromium, open_page, page, playwright_started, strict_chromium

__all__ = ["chromium", "open_page", "page", "playwright_started", "strict_chromium"]
