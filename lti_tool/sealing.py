"""Secrets at rest: sealed with a key made from NEEDLE_SECRET_KEY."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import secrets
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from lti_tool.errors import ConfigError


class SealedElsewhere(ConfigError, ValueError):
    """A secret in the database was sealed with another key."""

    code = "sealed-with-another-key"


class Sealer:
    """Seals and opens short secrets (private keys, tokens, passwords) with Fernet.

    `open` raises `SealedElsewhere` when the secret was sealed with another key.
    """

    def __init__(self, secret_key: str) -> None:
        key = hashlib.sha256(b"needle sealing\0" + secret_key.encode("utf-8")).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, plain: str) -> str:
        """The secret as text that is safe in the database."""
        return self._fernet.encrypt(plain.encode("utf-8")).decode("ascii")

    def open(self, sealed: str) -> str:
        """The secret that `seal` was given."""
        try:
            return self._fernet.decrypt(sealed.encode("ascii")).decode("utf-8")
        except InvalidToken as error:
            raise SealedElsewhere(
                "A secret in the database was sealed with another NEEDLE_SECRET_KEY.",
                mend="Set NEEDLE_SECRET_KEY to the value it had, or enter the secret again.",
            ) from error


def secret_key_beside(database_file: Path) -> str:
    """The key of an embedded installation: kept beside its database, made at first use.

    Only the owner may read the file (mode 600).
    """
    path = database_file.with_name(database_file.name + ".key")
    try:
        if not path.exists():
            _make_key(path)
    except OSError as error:
        raise ConfigError(
            f"The key beside the database, {path}, cannot be made ({error.strerror}).",
            mend="Use a folder that this user may write, or set NEEDLE_SECRET_KEY.",
        ) from error
    try:
        return _read_key(path)
    except OSError as error:
        raise ConfigError(
            f"The key beside the database, {path}, cannot be read ({error.strerror}).",
            mend="Run this as the user who made it, the one that runs needle serve, or set "
            "NEEDLE_SECRET_KEY to what it holds.",
        ) from error


def _make_key(path: Path) -> None:
    # Written whole under another name first: a process that starts at the same moment
    # must never read half a key, and the link fails for all but one.
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    Path(draft).unlink()


def _read_key(path: Path) -> str:
    key = path.read_bytes().strip().decode("ascii", "replace")
    if len(key) < 32 or not key.isascii():
        raise ConfigError(
            f"{path.name} holds no key.",
            mend="Put back the file that was there, or set NEEDLE_SECRET_KEY.",
        )
    return key
