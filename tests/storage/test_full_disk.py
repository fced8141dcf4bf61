"""A full disk, as the private PostgreSQL meets it, is said in one line."""

from __future__ import annotations

import errno
from pathlib import Path

import psycopg
import pytest

from bot.storage.postgres_failures import ServerFailed, failure_of, in_plain_words
from bot.supervision.child import Child
from tests.supervision.processes import a_spec


@pytest.mark.parametrize(
    "failure",
    [
        OSError(errno.ENOSPC, "No space left on device", "password"),
        OSError(errno.EDQUOT, "Disk quota exceeded", "password"),
        psycopg.errors.DiskFull("could not extend file\nHINT: Check free disk space."),
    ],
)
def test_whatever_meets_it_says_so(failure: Exception) -> None:
    with pytest.raises(ServerFailed, match=r"the disk is full$"), in_plain_words():
        raise failure


async def test_a_server_that_ends_of_it_says_so(tmp_path: Path) -> None:
    said = "FATAL:  could not write lock file: No space left on device"
    child = Child(a_spec(tmp_path, f"print({said!r}); raise SystemExit(1)"))
    assert await child.run(10) == 1
    told = str(failure_of(child, "cannot start", tmp_path))
    assert told == f"the private database cannot start: the disk is full ({tmp_path})"
