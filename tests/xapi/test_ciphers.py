"""The ciphers for a program that has none of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

from xapi.ciphers import FernetCipher, PlainCipher


def test_what_was_sealed_is_opened_with_the_same_key_only() -> None:
    key = Fernet.generate_key()
    sealed = FernetCipher(key).seal("pässwörd")
    assert "pässwörd" not in sealed
    assert FernetCipher(key.decode()).open(sealed) == "pässwörd"
    for other, text in ((FernetCipher(Fernet.generate_key()), sealed),
                        (FernetCipher(key), "never sealed: ü")):
        with pytest.raises(ValueError, match="another key"):
            other.open(text)


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="base64"):
        FernetCipher("secret")


def test_the_plain_cipher_keeps_a_secret_as_it_is() -> None:
    assert PlainCipher().seal("secret") == PlainCipher().open("secret") == "secret"


def test_without_cryptography_the_error_names_what_to_install() -> None:
    """The module itself needs no more than the base install."""
    program = (
        "import sys\n"
        "sys.modules['cryptography'] = sys.modules['cryptography.fernet'] = None\n"
        "import xapi.ciphers\n"
        "xapi.ciphers.PlainCipher()\n"
        "try:\n    xapi.ciphers.FernetCipher('x')\n"
        "except ImportError as error:\n    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                         check=True)
    assert "pip install 'needle-lti[web]'" in run.stdout
