"""A backend of each kind, and the people who work there."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.checkout import Checkout
from tests.servers.redmine_server import RedmineServer, running_redmine
from tests.servers.roundup_server import KEY, Tracker, running_tracker
from tests.tickets.backends.builtin_place import builtin_place
from tests.tickets.backends.places import Place, RedminePlace, RoundupPlace, people

REDMINE = (pytest.mark.system_package, pytest.mark.timeout(900))
"""It is made with the first test that wants it: a minute, and more where the network is slow."""


@pytest.fixture(scope="session")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    """A real Roundup, one for all the tests of a worker."""
    with running_tracker(tmp_path_factory.mktemp("roundup")) as running:
        yield running


@pytest.fixture(scope="session")
def redmine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedmineServer]:
    """A real Redmine, one for all the tests of a worker."""
    state = Checkout.from_environment(os.environ).state
    with running_redmine(state, tmp_path_factory.mktemp("redmine")) as running:
        yield running


@pytest.fixture(
    params=[
        pytest.param("database_url", id="builtin"),
        pytest.param("tracker", id="roundup"),
        pytest.param("redmine", id="redmine", marks=REDMINE),
    ],
)
def server(request: pytest.FixtureRequest) -> str | Tracker | RedmineServer:
    """Where a backend keeps its tickets; only the one that is wanted is started."""
    started: str | Tracker | RedmineServer = request.getfixturevalue(request.param)
    return started


@pytest.fixture
async def place(server: str | Tracker | RedmineServer, tmp_path: Path) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        if isinstance(server, str):
            yield await stack.enter_async_context(builtin_place(server, tmp_path))
            return
        session = await stack.enter_async_context(people())
        if isinstance(server, Tracker):
            yield RoundupPlace(server, session, KEY)
        else:
            yield RedminePlace(server, session)
