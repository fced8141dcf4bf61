"""A database without anybody else's conversations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.demo import removal
from bot.files.folder import FolderStore
from bot.service_requests.photos import PhotoFiles
from bot.storage.transaction import Database
from tests.conftest import a_database_server


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own: what other tests leave would be counted."""
    yield from a_database_server(tmp_path_factory.mktemp("postgres") / "state")


@pytest.fixture
async def photos(tmp_path: Path, database: Database) -> AsyncIterator[PhotoFiles]:
    """Where pictures go; the demonstration is taken away at the end: tests share the database."""
    kept = PhotoFiles(FolderStore(tmp_path / "files"))
    yield kept
    await removal.remove(database, kept)
