"""`./guichet admin communes` on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import delete

from bot.cli.subjects.communes import import_outlines
from bot.places.communes import Gazetteer, load_gazetteer
from bot.places.operations import Kept
from bot.places.outline_files import Contour
from bot.places.tables import CommuneOutline
from bot.storage.transaction import Database
from tests.cli.test_admin import ROOT, admin, run_admin
from tests.places.outlines import BRON, CALUIRE, a_commune, as_bytes


@pytest.fixture
async def empty(database: Database) -> AsyncIterator[Database]:
    """The database without outlines, before and after."""
    async with database.transaction() as tx:
        await tx.execute(delete(CommuneOutline))
    yield database
    async with database.transaction() as tx:
        await tx.execute(delete(CommuneOutline))


@pytest.fixture
def gazetteer() -> Gazetteer:
    return load_gazetteer(ROOT / "catalogue" / "places" / "communes.yml")


async def test_outlines_are_imported_listed_and_not_taken_twice(
    empty: Database, tmp_path: Path
) -> None:
    file = tmp_path / "communes.json"
    file.write_bytes(as_bytes(a_commune(BRON), a_commune(CALUIRE), a_commune(code="38544")))
    told = admin(tmp_path, empty.url, "communes", "import", "--from", str(file))
    assert "2/2\n2 new, 0 changed, 0 unchanged\n1 of other places left out" in told
    assert "without an outline: 56 of 58 communes" in told
    again = admin(tmp_path, empty.url, "communes", "import", "--from", str(file))
    assert "0 new, 0 changed, 2 unchanged" in again
    listed = admin(tmp_path, empty.url, "communes", "list")
    assert f"{file}" in next(line for line in listed.splitlines() if line.startswith("69029"))
    assert "no outline" in next(line for line in listed.splitlines() if line.startswith("69123"))


async def test_outlines_are_taken_from_an_address(empty: Database, gazetteer: Gazetteer) -> None:
    async def communes(_: web.Request) -> web.Response:
        return web.Response(body=as_bytes(a_commune(BRON)))

    application = web.Application()
    application.router.add_get("/communes", communes)
    async with TestServer(application) as server:
        url = str(server.make_url("/communes"))
        counts = await import_outlines(empty, gazetteer, url, lambda *_: None)
    assert counts[Kept.NEW] == 1


async def test_an_import_that_was_cut_goes_on_where_it_stopped(
    empty: Database, gazetteer: Gazetteer, tmp_path: Path
) -> None:
    file = tmp_path / "communes.json"
    file.write_bytes(as_bytes(a_commune(BRON), a_commune(CALUIRE)))

    def cut(number: int, total: int, contour: Contour, kept: Kept) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await import_outlines(empty, gazetteer, str(file), cut)
    counts = await import_outlines(empty, gazetteer, str(file), lambda *_: None)
    assert counts == {Kept.SAME: 1, Kept.NEW: 1, Kept.CHANGED: 0}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"<html>", "it is not JSON"),
        (as_bytes({"code": "69029", "nom": "Bron"}), "fields=code,nom,contour"),
        (as_bytes(a_commune(code="38544")), "no commune of the metropolis"),
        (as_bytes(a_commune(), a_commune(CALUIRE, contour=None)), "69034 Caluire-et-Cuire"),
        (None, "No such file"),
    ],
)
async def test_a_wrong_file_is_refused_in_one_plain_line(
    empty: Database, tmp_path: Path, raw: bytes | None, said: str
) -> None:
    file = tmp_path / "communes.json"
    if raw is not None:
        file.write_bytes(raw)
    done = run_admin(tmp_path, empty.url, "communes", "import", "--from", str(file))
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_wrong_setting_is_one_plain_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUICHET_GEOCODER_URL", "addok")
    done = run_admin(tmp_path, "", "communes", "list")
    assert done.returncode == 1
    assert done.stderr.startswith("guichet: GUICHET_GEOCODER_URL: ")
    assert done.stderr.count("\n") == 1
