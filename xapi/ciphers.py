"""Ciphers for the passwords of LRSs, for a program that has none of its own."""

from __future__ import annotations


class FernetCipher:
    """Seals with Fernet; `key` is what `cryptography.fernet.Fernet.generate_key` gives.

    Keep the key apart from the database. `open` raises `ValueError` for what was sealed with
    another key. Raises `ImportError` when cryptography is not installed, `ValueError` for a
    key that is none.
    """

    def __init__(self, key: str | bytes) -> None:
        try:
            from cryptography.fernet import Fernet, InvalidToken
        except ImportError as error:
            raise ImportError(
                "FernetCipher needs the package cryptography, which the base install does not "
                "bring: pip install 'needle-lti[web]', or pip install cryptography"
            ) from error
        self._fernet = Fernet(key)
        self._invalid = InvalidToken

    def seal(self, plain: str) -> str:
        """The secret as text that is safe in the database."""
        return self._fernet.encrypt(plain.encode("utf-8")).decode("ascii")

    def open(self, sealed: str) -> str:
        """The secret that `seal` was given."""
        try:
            return self._fernet.decrypt(sealed.encode("utf-8")).decode("utf-8")
        except self._invalid as error:
            raise ValueError("the secret was sealed with another key") from error


class PlainCipher:
    """Keeps secrets as they are, for whoever can read the database to see.

    Acceptable where they protect nothing: for trying things out, in tests, for an LRS on the
    same machine that nobody else reaches; or where the database itself is encrypted and only
    this program reads it. Anywhere else use `FernetCipher`.
    """

    def seal(self, plain: str) -> str:
        """The secret, as it is."""
        return plain

    def open(self, sealed: str) -> str:
        """The secret, as it is."""
        return sealed
