"""What every test may ask for: an empty database of each kind, and the shared folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.recommender.models import NO_MODEL, EmbeddingModel, load_models
from tests.settings import BY_WORDS_ENVIRONMENT

# Also for the processes that a test starts with this environment.
os.environ |= BY_WORDS_ENVIRONMENT

POSTGRES_URL = os.environ.get("NEEDLE_TEST_POSTGRES_URL", "")
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def shared() -> Path:
    """The shared folder beside the project: captures, samples and needs."""
    if not SHARED.is_dir():
        pytest.skip("the shared folder is not beside the project")
    return SHARED


@pytest.fixture(scope="session")
def minilm() -> EmbeddingModel:
    """The English model itself, loaded once in a process."""
    models = load_models(multilingual=NO_MODEL)
    if models.english is None:
        pytest.skip(models.troubles[0].mend)
    return models.english


@contextlib.contextmanager
def _postgres_schema() -> Iterator[str]:
    """The URL of a new schema, which is dropped at the end."""
    schema = f"test_{uuid.uuid4().hex}"
    admin = sa.create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f'CREATE SCHEMA "{schema}"'))
    url = sa.make_url(POSTGRES_URL).update_query_dict({"options": f"-csearch_path={schema}"})
    yield url.render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(sa.text(f'DROP SCHEMA "{schema}" CASCADE'))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, once for each kind that this machine has."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.sqlite3'}"
        return
    if not POSTGRES_URL:
        pytest.skip("NEEDLE_TEST_POSTGRES_URL names no PostgreSQL server")
    with _postgres_schema() as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An engine on an empty database, once for each kind that this machine has."""
    from lti_tool.storage.database import connect

    engine = connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, made once and copied by each test."""
    from lti_tool.storage.database import connect
    from lti_tool.storage.migrate import migrate

    path = tmp_path_factory.mktemp("migrated") / "migrated.sqlite3"
    engine = connect(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def _migrated_schema() -> Iterator[str]:
    """A PostgreSQL schema with every table, made once and emptied by each test."""
    if not POSTGRES_URL:
        yield ""
        return
    from lti_tool.storage.database import connect
    from lti_tool.storage.migrate import migrate

    with _postgres_schema() as url:
        engine = connect(url)
        migrate(engine)
        engine.dispose()
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_engine(
    request: pytest.FixtureRequest, tmp_path: Path, _migrated_file: Path, _migrated_schema: str
) -> Iterator[sa.Engine]:
    """An engine on a database with every table and no row, for each kind there is."""
    from lti_tool.storage.database import connect

    if request.param == "sqlite":
        path = shutil.copy(_migrated_file, tmp_path / "test.sqlite3")
        engine = connect(f"sqlite:///{path}")
    elif not _migrated_schema:
        pytest.skip("NEEDLE_TEST_POSTGRES_URL names no PostgreSQL server")
    else:
        engine = connect(_migrated_schema)
        names = sa.inspect(engine).get_table_names()
        tables = ", ".join(name for name in names if not name.endswith("_migration"))
        with engine.begin() as connection:
            connection.execute(sa.text(f"TRUNCATE {tables} RESTART IDENTITY"))
    yield engine
    engine.dispose()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where tests run side by side, a file's stay together, and the certification's files too:
    what they share is made once, and the table is of one run."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::", 1)[0]
            return str(Path(file).parent) if "certification" in file else file

    return Together(config, log) if config.getoption("dist") == "loadfile" else None


_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what was skipped."""
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that is skipped whole is remembered too."""
    if report.skipped:
        _skipped.append(report.nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Files that were skipped whole by a process of its own (pytest-xdist) count too."""
    _skipped.extend(getattr(node, "workeroutput", {}).get("skipped", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything must run (NEEDLE_TEST_NO_SKIPS=1), a skipped test is a failure."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["skipped"] = [one for one in _skipped if "::" not in one]
        return
    if os.environ.get("NEEDLE_TEST_NO_SKIPS") == "1" and _skipped and session.exitstatus == 0:
        print(f"\n{len(_skipped)} skipped where nothing may be: {', '.join(_skipped[:10])}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
