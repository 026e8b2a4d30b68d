"""The configuration: each setting checked at the start, each one documented."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from lti_tool.config import Config, load
from lti_tool.errors import ConfigError
from lti_tool.language import LANGUAGES

DOCS = Path(__file__).parents[1] / "docs" / "configuration.md"
KEY = "k" * 40


def test_every_setting_is_documented_with_its_default() -> None:
    row = re.compile(r"^\| `(NEEDLE_\w+)` \| (.+?) \|", re.MULTILINE)
    rows = dict(row.findall(DOCS.read_text("utf-8")))
    fields = {f"NEEDLE_{field.name.upper()}": field for field in dataclasses.fields(Config)}
    assert set(rows) == set(fields)
    for name, field in fields.items():
        if field.default != "":
            assert rows[name].lower() == f"`{str(field.default).lower()}`", name


def test_defaults_serve_an_embedded_tool() -> None:
    config = load({})
    assert config.database_url.startswith("sqlite:")
    assert config.lrs_identity == "pseudonym"


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "needle.toml"
    file.write_text('public_url = "https://file.example.org"\nthreads = 3\nallow_guests = true\n')
    config = load({"NEEDLE_CONFIG": str(file), "NEEDLE_PUBLIC_URL": "https://env.example.org/"})
    assert config.public_url == "https://env.example.org"
    assert config.threads == 3
    assert config.allow_guests is True


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"NEEDLE_PUBLIC_URL": "http://needle.example.org"}, "NEEDLE_PUBLIC_URL"),
        ({"NEEDLE_PUBLIC_URL": "needle.example.org"}, "NEEDLE_PUBLIC_URL"),
        ({"NEEDLE_PUBLIC_URL": "https://needle.example.org/?a=b"}, "NEEDLE_PUBLIC_URL"),
        ({"NEEDLE_PUBLIC_URL": "http://[::1"}, "NEEDLE_PUBLIC_URL"),
        ({"NEEDLE_PUBLIC_URL": "https://x:notaport"}, "NEEDLE_PUBLIC_URL"),
        ({"NEEDLE_PUBLIC_URL": "https://x:99999"}, "NEEDLE_PUBLIC_URL"),
        ({"NEEDLE_PUBLIC_URL": "https://exa mple.org"}, "NEEDLE_PUBLIC_URL"),
        ({"NEEDLE_PUBLIC_URL": "https://u:p@x.org"}, "NEEDLE_PUBLIC_URL"),
        ({"NEEDLE_CONFIGS": "x"}, "NEEDLE_CONFIGS"),
        ({"NEEDLE_LRS_URL": "https://lrs.example.org:port"}, "NEEDLE_LRS_URL"),
        ({"NEEDLE_SECRET_KEY": "short"}, "NEEDLE_SECRET_KEY"),
        ({"NEEDLE_DATABASE_URL": "postgresql://u@h/d"}, "NEEDLE_SECRET_KEY"),
        ({"NEEDLE_LRS_URL": "lrs.example.org"}, "NEEDLE_LRS_URL"),
        ({"NEEDLE_LRS_VERSION": "1.0"}, "NEEDLE_LRS_VERSION"),
        ({"NEEDLE_ALGORITHMS": "none"}, "NEEDLE_ALGORITHMS"),
        ({"NEEDLE_ALGORITHMS": ""}, "NEEDLE_ALGORITHMS"),
        ({"NEEDLE_ALGORITHMS": "RS256 HS256"}, "NEEDLE_ALGORITHMS"),
        ({"NEEDLE_ALLOWED_NETWORKS": "10.0.0.1/8"}, "NEEDLE_ALLOWED_NETWORKS"),
        ({"NEEDLE_ALLOWED_NETWORKS": "intranet"}, "NEEDLE_ALLOWED_NETWORKS"),
        ({"NEEDLE_LAUNCHES_PER_MINUTE": "-1"}, "NEEDLE_LAUNCHES_PER_MINUTE"),
        ({"NEEDLE_LRS_IDENTITY": "email"}, "NEEDLE_LRS_IDENTITY"),
        ({"NEEDLE_TRUSTED_PROXIES": "many"}, "NEEDLE_TRUSTED_PROXIES"),
        ({"NEEDLE_THREADS": "0"}, "NEEDLE_THREADS"),
        ({"NEEDLE_ALLOW_GUESTS": "perhaps"}, "NEEDLE_ALLOW_GUESTS"),
        ({"NEEDLE_CONFIG": "/nowhere/needle.toml"}, "/nowhere/needle.toml"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_write(environ: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(named)) as caught:
        load(environ)
    assert caught.value.mend


def test_a_misspelt_setting_is_an_error_that_names_the_near_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="NEEDLE_PUBLICURL") as caught:
        load({"NEEDLE_PUBLICURL": "https://needle.example.org"})
    assert "NEEDLE_PUBLIC_URL" in caught.value.mend
    file = tmp_path / "needle.toml"
    file.write_text("publik_url = 'x'\n")
    with pytest.raises(ConfigError, match="publik_url"):
        load({"NEEDLE_CONFIG": str(file)})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8411", "http://localhost", "http://tool.localhost:1", "https://a.b"]
)
def test_https_or_this_machine_is_a_public_url(url: str) -> None:
    assert load({"NEEDLE_PUBLIC_URL": url}).public_url == url


def test_secrets_are_not_in_the_printed_form() -> None:
    config = load({"NEEDLE_SECRET_KEY": KEY, "NEEDLE_LRS_PASSWORD": "open sesame"})
    assert KEY not in repr(config)
    assert "open sesame" not in repr(config)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_can_have_a_support_text(language: str) -> None:
    name = f"NEEDLE_SUPPORT_TEXT_{language.upper()}"
    config = load({"NEEDLE_SUPPORT_TEXT": "for all", name: "for this one"})
    assert config.support_text_in(language) == "for this one"
    others = {config.support_text_in(other) for other in LANGUAGES if other != language}
    assert others == {"for all"}
    assert load({name: "for this one"}).support_text_in("xx") == ""
