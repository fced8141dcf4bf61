"""`./guichet train` measures a catalogue once, and again when it has changed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from bot.cli.train import content_digest
from bot.settings import Settings
from tests.running import ROOT


def test_a_catalogue_is_another_when_a_word_of_it_or_its_reader_changes(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "state", None)
    for part in ("catalogue", "bot/services", "bot/words"):
        shutil.copytree(ROOT / part, tmp_path / part)
    first = content_digest(settings)
    assert content_digest(replace(settings, state=tmp_path / "elsewhere")) == first
    for changed in ("catalogue/articles/aah_pch.yml", "bot/services/readable.py"):
        with (tmp_path / changed).open("a") as file:
            file.write("# another word\n")
        assert content_digest(settings) != first
        first = content_digest(settings)
