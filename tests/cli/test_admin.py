"""The operator's commands on a real database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bot.retention.sweeping import sweep
from bot.service_requests.photos import PhotoFolder
from bot.storage.transaction import Database
from tests.retention.old_things import a_conversation, days
from tests.turn.scripted import now

ROOT = Path(__file__).resolve().parents[2]


def admin(state: Path, url: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "bot.cli", "admin", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": url,
            "GUICHET_STATE": str(state),
        },
    )
    return done.stdout


async def test_retention_is_rehearsed_or_done_with_its_counts(
    database: Database, tmp_path: Path
) -> None:
    await sweep(database, PhotoFolder(tmp_path / "files"), now())
    old = await a_conversation(database, now() - days(91))
    told = admin(tmp_path, database.url, "retention", "--dry-run")
    assert "conversation_text       1" in told
    assert "nothing was forgotten" in told
    assert await old.left() != []
    assert "conversation_text       1" in admin(tmp_path, database.url, "retention")
    assert await old.left() == []
