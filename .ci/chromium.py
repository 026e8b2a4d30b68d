"""Find a Chromium for the browser tests; where there is none, let Playwright fetch its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Say which browser the tests will use; none is no error: those tests skip, saying so."""
    if os.environ.get("NEEDLE_TEST_CHROMIUM"):
        return
    if any(shutil.which(name) for name in NAMES):
        return
    print("No Chromium on this machine: asking Playwright to install its own ...")
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


if __name__ == "__main__":
    main()
