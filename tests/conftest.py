"""What tests share: a real service, a real database."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import update

from bot.conversations.tables import Conversation
from bot.storage.private_postgres import PrivatePostgres
from bot.storage.schema import migrate
from bot.storage.transaction import Database
from tests import lent_engine
from tests.running import RunningService, Visitor, state_for_tests
from tests.servers.addok_server import AddressServer, running_address_server


def _has_apt() -> bool:
    return shutil.which("apt-get") is not None


def _has_test_data() -> bool:
    return bool(os.environ.get("GUICHET_TEST_DATA"))


NEEDS: Sequence[tuple[str, Callable[[], bool], str]] = (
    ("test_data", _has_test_data, "GUICHET_TEST_DATA names no folder"),
    ("system_package", _has_apt, "there is no apt-get, from which Redmine comes"),
)
"""What some tests need: their marker, whether it is there, and what to say when it is not."""


settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
"""The same examples in each run, on a machine that does much else."""


def pytest_configure() -> None:
    settings.load_profile("suite")
    lent_engine.begin()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """One service for all the tests of a worker that talk with it."""
    running = RunningService(state_for_tests(tmp_path_factory.mktemp("service") / "state"))
    running.start()
    try:
        running.wait()
        yield running
    finally:
        running.stop()


@pytest.fixture
def visitor(service: RunningService) -> Visitor:
    """A new visitor of the web page."""
    return Visitor(service.url)


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A private server of this worker, with the schema in place."""
    yield from a_database_server(tmp_path_factory.mktemp("postgres") / "state")


def a_database_server(state: Path) -> Iterator[str]:
    """The address of a private server with the schema in place, removed at the end."""
    ready: dict[str, object] = {}

    async def start() -> None:
        server = PrivatePostgres(state, durable=False)
        ready["server"], ready["url"] = server, await server.start()
        await migrate(str(ready["url"]))

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(start())
        yield str(ready["url"])
    finally:
        server = ready.get("server")
        if isinstance(server, PrivatePostgres):
            loop.run_until_complete(server.remove())
        loop.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The worker's database; tests make their own conversations in it."""
    opened = Database(database_url, pool_size=6)
    try:
        yield opened
        assert opened.open_transactions == 0
        async with opened.transaction() as tx:  # the next test's worker must find only its own
            await tx.execute(update(Conversation).values(waiting_since=None, due_at=None))
    finally:
        await opened.close()


@pytest.fixture(scope="session")
def address_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AddressServer]:
    """A real addok with a few streets, one for all the tests of a worker."""
    with running_address_server(tmp_path_factory.mktemp("addok")) as server:
        yield server


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of test data that is not in the repository."""
    return Path(os.environ["GUICHET_TEST_DATA"])


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of the running service share a worker, hence a service: those with a real browser one,
    all others another. Each of the two groups waits for pauses in talk or for the browser most of
    the time, so they go on at once.

    Without GUICHET_TEST_DATA, or without apt, the tests that need it are deselected, and the
    summary says so.
    """
    for item in items:
        if {"service", "visitor"} & set(getattr(item, "fixturenames", ())):
            has_browser = "browser" in item.path.relative_to(Path(__file__).parent).parts
            item.add_marker(pytest.mark.xdist_group("browsers" if has_browser else "service"))
        if item.get_closest_marker("system_package"):  # one server, whatever else they need
            item.add_marker(pytest.mark.xdist_group("redmine"))
    missing = {marker for marker, is_there, _ in NEEDS if not is_there()}
    left = [i for i in items if any(i.get_closest_marker(marker) for marker in missing)]
    with contextlib.suppress(ValueError):
        if left:
            config.hook.pytest_deselected(items=left)
            items[:] = [i for i in items if i not in left]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out for want of what."""
    for marker, is_there, what in NEEDS:
        if not is_there():
            terminalreporter.write_line(f"tests marked {marker} were left out: {what}")
