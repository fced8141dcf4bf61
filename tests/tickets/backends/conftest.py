"""A backend of each kind, and the people who work there."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.checkout import Checkout
from tests.servers.redmine_server import RedmineServer, running_redmine
from tests.servers.roundup_server import KEY, Tracker, running_tracker
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
    params=["roundup", pytest.param("redmine", marks=REDMINE)],
)
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with people() as session:
        if request.param == "roundup":
            yield RoundupPlace(request.getfixturevalue("tracker"), session, KEY)
        else:
            yield RedminePlace(request.getfixturevalue("redmine"), session)
