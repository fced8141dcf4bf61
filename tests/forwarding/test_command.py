"""`./guichet admin forwarding`, and a service that is killed while it sends."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.storage.tables import utc_now
from tests.cli.test_admin import run_admin
from tests.commands import perform
from tests.forwarding.builders import Hand, write_file
from tests.running import ROOT
from tests.servers.odd_town import OddTown


class Operator:
    """The command line of a checkout whose catalogue has a `forwarding.yml`."""

    def __init__(self, root: Path, url: str) -> None:
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": url,
            "GUICHET_ROOT": str(root),
            "GUICHET_STATE": str(root / "state"),
        }
        self.command = [sys.executable, "-P", "-m", "bot.cli", "admin", "forwarding"]

    async def asks(self, *arguments: str) -> str:
        command = ["admin", "forwarding", *arguments]
        done = await asyncio.to_thread(perform, command, self.environment)  # we are the town
        assert done.returncode == 0, done.stderr
        return done.stdout

    async def starts(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self.command,
            *arguments,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


@pytest.fixture
def operator(hand: Hand, tmp_path: Path) -> Operator:
    shutil.copytree(ROOT / "catalogue", tmp_path / "catalogue")
    write_file(tmp_path / "catalogue", hand.system.endpoint)
    hand.at = utc_now()
    return Operator(tmp_path, hand.database.url)


async def test_an_operator_sees_what_failed_sends_it_again_and_reads_the_news(
    hand: Hand, town: OddTown, operator: Operator
) -> None:
    town.posts = ["refuse"]
    reference = await hand.files()
    assert "69149: 0 arrived" in await operator.asks("send")
    shown = await operator.asks("list", "--failed")
    assert reference in shown
    assert "1 failed, given up: 400 attribute[T_TAILLE] is required" in shown
    assert "due now" in await operator.asks("retry", reference)
    assert "69149: 1 arrived" in await operator.asks("send")
    assert "nothing did not arrive" in await operator.asks("list", "--failed")
    town.says("V-1", status="closed", status_notes="fait")
    assert "69149: 1 asked about; changed 1" in await operator.asks("pull")
    assert f"{reference}  69149  pothole" in await operator.asks("list")
    assert await hand.status(reference) == "resolved"


async def test_killed_between_their_acceptance_and_our_commit_there_is_one(
    hand: Hand, town: OddTown, operator: Operator
) -> None:
    town.posts = ["take and hang"]
    reference = await hand.files()
    process = await operator.starts("send")
    async with asyncio.timeout(30):
        await town.accepted.wait()
    process.kill()
    await process.wait()
    assert await hand.status(reference) == "new"
    await hand.leases_end()
    assert "69149: 1 arrived" in await operator.asks("send")
    assert (len(town.forms), len(town.requests)) == (1, 1)
    assert [status for status, _ in await hand.steps(reference)] == ["forwarded"]


def test_what_was_never_sent_cannot_be_sent_again(database_url: str, tmp_path: Path) -> None:
    refused = run_admin(tmp_path, database_url, "forwarding", "retry", "2026-999999")
    assert refused.returncode == 1
    assert "2026-999999 has nothing to send" in refused.stderr
