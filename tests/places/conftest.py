"""The product's own gazetteer, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.places.communes import Gazetteer, load_gazetteer

COMMUNES = Path(__file__).parents[2] / "catalogue" / "places" / "communes.yml"


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return load_gazetteer(COMMUNES)
