"""Check that each package imports alone, and without what it must not need."""

from __future__ import annotations

import subprocess
import sys

WITHOUT_FLASK = (
    "xapi",
    "xapi.outbox",
    "xapi.delivery",
    "catalogue_sync",
    "catalogue_sync.sync",
    "catalogue_sync.sources",
    "lti_tool.recommender",
    "lti_tool.domain.need",
    "lti_tool.storage.migrate",
    "lti_tool.lti.launch",
    "lti_tool.actions.asking",
)
"""Each is imported in a process of its own, which must not have loaded Flask."""

ALONE = {
    "xapi": ("lti_tool", "catalogue_sync", "flask", "tantivy", "pylti1p3", "cryptography"),
    "catalogue_sync": ("lti_tool", "xapi", "flask", "tantivy", "pylti1p3", "tincan"),
    "examples.mini_lms": ("lti_tool", "xapi", "catalogue_sync"),
    "examples.lrs": ("lti_tool", "xapi", "catalogue_sync"),
}
"""What a package, with every module in it, must not load."""


def _loaded(code: str) -> set[str]:
    program = f"{code}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    if run.returncode:
        sys.exit(f"cannot be imported alone: {code}\n{run.stderr}")
    return {name.split(".")[0] for name in run.stdout.split()}


def _whole(package: str) -> str:
    return (
        "import importlib, pkgutil\n"
        f"root = importlib.import_module({package!r})\n"
        "for m in pkgutil.walk_packages(root.__path__, root.__name__ + '.'):\n"
        "    if '.migrations' not in m.name and not m.name.endswith('__main__'):\n"
        "        importlib.import_module(m.name)"
    )


def main() -> None:
    """Exit with a message at the first package that loads too much."""
    for name in WITHOUT_FLASK:
        if "flask" in _loaded(f"import {name}"):
            sys.exit(f"{name} loads Flask")
    for package, forbidden in ALONE.items():
        found = _loaded(_whole(package)) & set(forbidden)
        if found:
            sys.exit(f"{package} loads {', '.join(sorted(found))}")
    print(f"{len(WITHOUT_FLASK) + len(ALONE)} imports alone: fine")


if __name__ == "__main__":
    main()
