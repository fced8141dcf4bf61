"""Outlines: read from files, kept in the database, asked about points."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import delete

from bot.errors import Invalid
from bot.places.communes import Gazetteer
from bot.places.operations import Kept, keep_outline
from bot.places.outline_files import Contour, Unusable, read_contours
from bot.places.outlines import CHECKED_EVERY_S, ImportedOutlines, Lies, Outlines
from bot.places.tables import CommuneOutline
from bot.storage.transaction import Database
from tests.places.outlines import BRON, CALUIRE, SIDE, a_commune, as_bytes, as_collection, square

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BOTH = frozenset({"69029", "69034"})
IN_BRON = (45.73, 4.91)
IN_CALUIRE = (45.73, 4.93)


def contours(raw: bytes) -> list[Contour]:
    return [one for one in read_contours(raw) if isinstance(one, Contour)]


def outlines_of(*communes: dict[str, Any], expected: frozenset[str] = BOTH) -> Outlines:
    return Outlines({c.insee: c.wkb for c in contours(as_bytes(*communes))}, expected)


@pytest.mark.parametrize("written", [as_bytes, as_collection])
def test_both_forms_of_the_public_api_are_read(written: Any) -> None:
    found = contours(written(a_commune(BRON), a_commune(CALUIRE)))
    assert [(c.insee, c.name, c.is_repaired) for c in found] == [
        ("69029", "Bron", False),
        ("69034", "Caluire-et-Cuire", False),
    ]


def test_an_outline_that_crosses_itself_is_repaired() -> None:
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    (found,) = contours(as_bytes(a_commune(contour=bow)))
    assert found.is_repaired
    assert shapely.from_wkb(found.wkb).is_valid
    assert shapely.from_wkb(found.wkb).area == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("commune", "named"),
    [
        (a_commune(contour=None), "69029 Bron"),
        (a_commune(contour={"type": "Point", "coordinates": [4.9, 45.7]}), "69029 Bron"),
        (a_commune(contour={"type": "Polygon", "coordinates": [[[1, 1], [1, 1]]]}), "69029 Bron"),
        (a_commune(contour={"type": "Polygon", "coordinates": "4.9 45.7"}), "69029 Bron"),
        (a_commune(contour={"type": "Polygon", "coordinates": []}), "69029 Bron"),
        (a_commune(contour=square(842_000.0, 6_519_000.0, 500.0)), "69029 Bron"),
        (a_commune(code=69029), "69029 Bron"),
        (a_commune(nom=None), "69029"),
        (a_commune(code=None, nom=None), "entry 2"),
    ],
)
def test_an_outline_that_cannot_be_used_is_named_and_the_others_are_taken(
    commune: dict[str, Any], named: str
) -> None:
    good, bad = read_contours(as_bytes(a_commune(CALUIRE), commune))
    assert isinstance(good, Contour)
    assert isinstance(bad, Unusable)
    assert bad.name == named


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"<html>",
        b"3",
        b"[]",
        b"[3]",
        b'{"type": "FeatureCollection", "features": []}',
        b'{"type": "FeatureCollection", "features": "none"}',
        b'{"communes": []}',
        b"[" * 100_000,
        as_bytes({"code": "69029", "nom": "Bron"}),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_is_needed(raw: bytes) -> None:
    with pytest.raises(Invalid) as raised:
        read_contours(raw)
    assert "contour" in raised.value.message


def test_a_point_is_in_the_commune_around_it() -> None:
    outlines = outlines_of(a_commune(BRON), a_commune(CALUIRE))
    assert outlines.at(*IN_BRON) == Lies("69029")
    assert outlines.at(*IN_CALUIRE) == Lies("69034")
    assert outlines.at(45.80, 4.91) == Lies(outside=True)


def test_a_point_on_the_border_is_always_of_the_same_side() -> None:
    one = outlines_of(a_commune(BRON), a_commune(CALUIRE))
    other = outlines_of(a_commune(CALUIRE), a_commune(BRON))
    assert one.at(45.73, 4.92) == other.at(45.73, 4.92) == Lies("69029")


def test_a_point_in_a_gap_between_two_is_of_the_nearest() -> None:
    apart = a_commune(CALUIRE, contour=square(4.9207))  # 55 m further east
    outlines = outlines_of(a_commune(BRON), apart)
    assert outlines.at(45.73, 4.9201) == Lies("69029")
    assert outlines.at(45.73, 4.9206) == Lies("69034")


def test_outside_is_only_said_when_every_outline_is_there() -> None:
    assert outlines_of(a_commune(BRON)).at(*IN_CALUIRE) == Lies()
    assert outlines_of(a_commune(BRON), expected=frozenset({"69029"})).at(*IN_CALUIRE) == Lies(
        outside=True
    )


def test_a_hole_and_an_exclave_are_read() -> None:
    ring = square(4.90)["coordinates"][0]
    hole = square(4.905, 45.725, 0.005)["coordinates"][0]
    shape = {
        "type": "MultiPolygon",
        "coordinates": [[ring, hole], square(5.0)["coordinates"]],
    }
    outlines = outlines_of(a_commune(contour=shape), expected=frozenset({"69029"}))
    assert outlines.at(45.7275, 4.9075) == Lies(outside=True)
    assert outlines.at(45.73, 5.0 + SIDE / 2) == Lies("69029")


@pytest.fixture
async def empty(database: Database) -> AsyncIterator[Database]:
    """The database without outlines, before and after."""
    async with database.transaction() as tx:
        await tx.execute(delete(CommuneOutline))
    yield database
    async with database.transaction() as tx:
        await tx.execute(delete(CommuneOutline))


async def keep(database: Database, raw: bytes) -> list[Kept]:
    kept = []
    for contour in contours(raw):
        async with database.transaction() as tx:
            kept.append(await keep_outline(tx, contour, "a test", NOW))
    return kept


async def test_the_same_outline_is_stored_once_and_a_new_one_replaces_it(empty: Database) -> None:
    assert await keep(empty, as_bytes(a_commune())) == [Kept.NEW]
    assert await keep(empty, as_collection(a_commune())) == [Kept.SAME]
    assert await keep(empty, as_bytes(a_commune(contour=square(4.8)))) == [Kept.CHANGED]


async def test_a_running_service_notices_an_import(empty: Database) -> None:
    seconds = [0.0]
    outlines = ImportedOutlines(empty, BOTH, clock_s=lambda: seconds[0])
    assert await outlines.at(*IN_BRON) == Lies()
    await keep(empty, as_bytes(a_commune(BRON)))
    assert await outlines.at(*IN_BRON) == Lies()  # not asked at every message
    seconds[0] += CHECKED_EVERY_S
    assert await outlines.at(*IN_BRON) == Lies("69029")
    await keep(empty, as_bytes(a_commune(CALUIRE)))
    seconds[0] += CHECKED_EVERY_S
    assert await outlines.at(*IN_CALUIRE) == Lies("69034")
    assert await outlines.at(45.80, 4.91) == Lies(outside=True)


@pytest.mark.test_data
def test_every_centre_of_the_metropolis_lies_in_its_commune(
    test_data: Path, gazetteer: Gazetteer
) -> None:
    found = contours((test_data / "grand-lyon-communes.geojson").read_bytes())
    codes = frozenset(commune.insee for commune in gazetteer.communes)
    outlines = Outlines({c.insee: c.wkb for c in found}, codes)
    assert len(found) == len(codes) == 58
    for commune in gazetteer.communes:
        assert outlines.at(*commune.centre) == Lies(commune.insee), commune.name
    assert outlines.at(45.5250, 4.8740) == Lies(outside=True)  # Vienne
