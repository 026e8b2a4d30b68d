"""The configuration: one frozen object from the environment and an optional file.

Each setting is one field of `Config`; docs/configuration.md documents each, and a test
fails for one that is not there.
"""

from __future__ import annotations

import dataclasses
import difflib
import ipaddress
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from catalogue_sync.transport.addresses import LOOPBACK, LOOPBACK_NAMES, Network
from lti_tool.errors import ConfigError

_NOT_SETTINGS = (
    "NEEDLE_CONFIG", "NEEDLE_SOURCE_SECRET", "NEEDLE_LRS_SECRET", "NEEDLE_LRS_PROXY_SECRET",
)
"""Names in the environment that are ours, and no settings."""

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256")
"""The signatures that a platform may be allowed to use (LTI security framework 1.0, 5.1.3)."""

CARRIES = ("need-words", "practice", "evidence", "planned-time")
"""What statements may carry besides, where an organisation says so (docs/privacy.md)."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every setting of a running tool; see docs/configuration.md.

    Made by `load`, which checks each value. The name of a setting in the environment is
    `NEEDLE_` and the field's name in capitals.
    """

    database_url: str = "sqlite:///needle.sqlite3"
    public_url: str = "http://127.0.0.1:8411"
    secret_key: str = dataclasses.field(default="", repr=False)
    lrs_url: str = ""
    lrs_user: str = ""
    lrs_password: str = dataclasses.field(default="", repr=False)
    lrs_version: str = "1.0.3"
    lrs_identity: str = "pseudonym"
    lrs_carries: str = ""
    lrs_token_url: str = ""
    lrs_scope: str = ""
    lrs_ca_file: str = ""
    lrs_proxy: str = dataclasses.field(default="", repr=False)
    outbox_keep_days: int = 0
    metrics_token: str = dataclasses.field(default="", repr=False)
    log_format: str = "text"
    trusted_proxies: int = 0
    allow_guests: bool = False
    session_minutes: int = 240
    opening_days: int = 30
    launch_max_age_seconds: int = 600
    clock_leeway_seconds: int = 60
    algorithms: str = "RS256"
    allowed_networks: str = ""
    launches_per_minute: int = 600
    support_text: str = ""
    support_text_en: str = ""
    support_text_nl: str = ""
    threads: int = 8
    model: str = "minilm"
    model_multilingual: str = "e5"
    model_threads: int = 2
    indexing: str = "thread"
    cache_dir: str = ""
    sync_contents: bool = True
    sync_answer_megabytes: int = 64
    sync_answer_seconds: int = 180
    sync_package_megabytes: int = 8192
    sync_package_entries: int = 50_000
    sync_xml_megabytes: int = 16
    sync_contents_megabytes: int = 20
    sync_contents_seconds: int = 20
    sync_removal_percent: int = 50

    @property
    def is_https(self) -> bool:
        """Whether learners reach the tool over https."""
        return self.public_url.startswith("https://")

    def support_text_in(self, language: str) -> str:
        """The organisation's words for a crisis in a language (`language.LANGUAGES`).

        The words for all languages where it has none of its own; empty when there are none.
        """
        return str(getattr(self, f"support_text_{language}", "")) or self.support_text

    @property
    def carries(self) -> tuple[str, ...]:
        """What statements may carry besides, of `CARRIES`."""
        return tuple(self.lrs_carries.split())

    @property
    def allowed_algorithms(self) -> tuple[str, ...]:
        """The signatures that a launch may have; neither a token nor a key set adds to them."""
        return tuple(self.algorithms.split())

    @property
    def private_networks(self) -> tuple[Network, ...]:
        """The networks, besides the public internet, in which a platform may be called.

        This machine itself is among them only while the tool is tried out on it.
        """
        named = tuple(ipaddress.ip_network(text) for text in self.allowed_networks.split())
        return (*named, *LOOPBACK) if _is_on_this_machine(self.public_url) else named


def load(environ: Mapping[str, str]) -> Config:
    """Read the settings from `environ` and from the TOML file that `NEEDLE_CONFIG` names.

    The environment wins over the file. Raises `ConfigError` naming the setting, what is
    wrong with it and what to write instead.
    """
    known = {field.name: field for field in dataclasses.fields(Config)}
    values = _read_file(environ.get("NEEDLE_CONFIG", ""), set(known))
    for name in environ:
        setting = name.removeprefix("NEEDLE_").lower()
        if name.startswith("NEEDLE_") and setting in known:
            values[setting] = environ[name]
        elif name.startswith("NEEDLE_") and not _is_no_setting(name):
            raise _unknown(name, [f"NEEDLE_{known_name.upper()}" for known_name in known])
    kept: dict[str, Any] = {}
    for setting, value in values.items():
        kept[setting] = _convert(setting, value, known[setting].default)
    config = Config(**kept)
    for check in _CHECKS:
        check(config)
    return dataclasses.replace(config, public_url=config.public_url.rstrip("/"))


def _read_file(path: str, known: set[str]) -> dict[str, Any]:
    if not path:
        return {}
    try:
        values = tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"NEEDLE_CONFIG names {path}, which cannot be read ({error.strerror}).",
            mend="Name a file that exists and that this user may read.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} is not a TOML file: {error}.",
            mend='Write one setting a line, such as: public_url = "https://needle.example.org"',
        ) from error
    for name in values:
        if name not in known:
            raise _unknown(name, sorted(known))
    return values


def _is_no_setting(name: str) -> bool:
    return name in _NOT_SETTINGS or name.startswith("NEEDLE_TEST_")


def _unknown(name: str, known: list[str]) -> ConfigError:
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"Did you mean {near[0]}? " if near else ""
    return ConfigError(
        f"There is no setting {name}.", mend=f"{meant}docs/configuration.md lists every setting."
    )


def _convert(setting: str, value: object, default: object) -> object:
    variable = f"NEEDLE_{setting.upper()}"
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        if str(value).strip().lower() in ("1", "true", "yes", "on"):
            return True
        if str(value).strip().lower() in ("", "0", "false", "no", "off"):
            return False
        raise ConfigError(f"{variable} is neither true nor false.", mend="Write true or false.")
    if isinstance(default, int):
        try:
            return int(str(value))
        except ValueError:
            raise ConfigError(
                f"{variable} is not a whole number.", mend=f"Write a number, such as {default}."
            ) from None
    return str(value).strip()


def is_public_address(url: str) -> bool:
    """Whether learners' browsers can use it: https, or http on this machine."""
    if not _is_address(url):
        return False
    parts = urlsplit(url)
    secure = parts.scheme == "https" or _is_on_this_machine(url)
    return secure and not parts.query and not parts.fragment


def _is_on_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in LOOPBACK_NAMES or host.endswith(".localhost")


def _is_address(url: str) -> bool:
    """Whether it is an http or https URL with a host, and without blanks or credentials."""
    if any(character <= " " for character in url):
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def _check_public_url(config: Config) -> None:
    if not is_public_address(config.public_url):
        raise ConfigError(
            f"NEEDLE_PUBLIC_URL is {config.public_url!r}; learners' browsers need https "
            "(http serves only for trying out on this machine).",
            mend="Write the address that learners reach, such as https://needle.example.org",
        )


def _check_lrs(config: Config) -> None:
    if config.lrs_url and not _is_address(config.lrs_url):
        raise ConfigError(
            "NEEDLE_LRS_URL is not an http or https address.",
            mend="Write the LRS's xAPI endpoint, such as https://lrs.example.org/xapi",
        )
    if config.lrs_version not in ("1.0.3", "2.0.0"):
        raise ConfigError(
            f"NEEDLE_LRS_VERSION is {config.lrs_version!r}.", mend="Write 1.0.3 or 2.0.0."
        )
    if config.lrs_identity not in ("pseudonym", "account"):
        raise ConfigError(
            f"NEEDLE_LRS_IDENTITY is {config.lrs_identity!r}.",
            mend="Write pseudonym (nobody at the LRS can tell who it is) or account.",
        )


def _check_carries(config: Config) -> None:
    if not set(config.carries) <= set(CARRIES):
        raise ConfigError(
            f"NEEDLE_LRS_CARRIES is {config.lrs_carries!r}.",
            mend=f"Leave it empty, or write one or more of {', '.join(CARRIES)}, separated by "
            "blanks.",
        )


def _check_reach(config: Config) -> None:
    """How the LRS is reached: its token, proxy and certificates."""
    for name, url in (("TOKEN_URL", config.lrs_token_url), ("PROXY", config.lrs_proxy)):
        # A proxy's address may hold its user and password.
        if url and not _is_address(re.sub(r"//[^/@]*@", "//", url)):
            raise ConfigError(
                f"NEEDLE_LRS_{name} is not an http or https address.",
                mend="Write an address such as https://login.example.org/token"
                if name == "TOKEN_URL" else "Write an address such as http://proxy.example.org:3128",
            )
    if config.lrs_scope and not config.lrs_token_url:
        raise ConfigError(
            "NEEDLE_LRS_SCOPE is set, and NEEDLE_LRS_TOKEN_URL is not.",
            mend="A scope goes with a token (OAuth 2): set both, or neither.",
        )


def _check_operations(config: Config) -> None:
    if config.log_format not in ("text", "json"):
        raise ConfigError(
            f"NEEDLE_LOG_FORMAT is {config.log_format!r}.", mend="Write text or json."
        )
    if config.metrics_token and len(config.metrics_token) < 16:
        raise ConfigError(
            "NEEDLE_METRICS_TOKEN is shorter than 16 characters.",
            mend="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(24))'",
        )


def _check_secret_key(config: Config) -> None:
    if config.secret_key and len(config.secret_key) < 32:
        raise ConfigError(
            "NEEDLE_SECRET_KEY is shorter than 32 characters.",
            mend="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
        )
    if not config.secret_key and config.database_url.startswith("postgres"):
        raise ConfigError(
            "NEEDLE_SECRET_KEY is not set, and several nodes must share one.",
            mend="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
        )


def _check_numbers(config: Config) -> None:
    limits = {
        "trusted_proxies": (0, 10),
        "session_minutes": (5, 24 * 60),
        "opening_days": (1, 365),
        "launch_max_age_seconds": (30, 3600),
        "clock_leeway_seconds": (0, 300),
        "launches_per_minute": (0, 100_000),
        "outbox_keep_days": (0, 3650),
        "threads": (1, 64),
        "model_threads": (1, 64),
        "sync_answer_megabytes": (1, 4096),
        "sync_answer_seconds": (5, 3600),
        "sync_package_megabytes": (1, 1_048_576),
        "sync_package_entries": (10, 1_000_000),
        "sync_xml_megabytes": (1, 1024),
        "sync_contents_megabytes": (1, 1024),
        "sync_contents_seconds": (1, 600),
        "sync_removal_percent": (0, 100),
    }
    for setting, (least, most) in limits.items():
        value = getattr(config, setting)
        if not least <= value <= most:
            raise ConfigError(
                f"NEEDLE_{setting.upper()} is {value}.",
                mend=f"Write a number from {least} to {most}.",
            )


def _check_algorithms(config: Config) -> None:
    named = config.allowed_algorithms
    if not named or not set(named) <= set(ALGORITHMS):
        raise ConfigError(
            f"NEEDLE_ALGORITHMS is {config.algorithms!r}.",
            mend=f"Write one or more of {', '.join(ALGORITHMS)}, separated by blanks.",
        )


def _check_indexing(config: Config) -> None:
    if config.indexing not in ("thread", "process"):
        raise ConfigError(
            f"NEEDLE_INDEXING is {config.indexing!r}.",
            mend="Write thread (needle serve makes vectors itself) or process (needle index "
            "makes them).",
        )
    for setting in ("model", "model_multilingual"):
        if not getattr(config, setting):
            raise ConfigError(
                f"NEEDLE_{setting.upper()} is empty.",
                mend="Name a model, or write none to find by words alone.",
            )


def _check_networks(config: Config) -> None:
    try:
        _ = config.private_networks
    except ValueError as error:
        raise ConfigError(
            f"NEEDLE_ALLOWED_NETWORKS has what is no network: {error}.",
            mend="Write networks separated by blanks, such as: 10.20.0.0/16 fd12:3456::/32",
        ) from None


_CHECKS: tuple[Callable[[Config], None], ...] = (
    _check_public_url,
    _check_lrs,
    _check_carries,
    _check_reach,
    _check_operations,
    _check_secret_key,
    _check_algorithms,
    _check_indexing,
    _check_networks,
    _check_numbers,
)
