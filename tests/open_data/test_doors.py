"""The files, the map's view and the pages, on the real doors."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.open_data import operations
from bot.service_requests import store as service_requests
from bot.service_requests.rules import Actor, Status
from bot.services.rules import Catalogue
from bot.storage.transaction import Database
from bot.web import open_data
from bot.web.public_map import SHOWN, kinds_of
from tests.open311.conftest import filed
from tests.turn.scripted import now
from tests.web.browsers import Answer, Browser, Browsers

OULLINS = "69149"
HERE: dict[str, Any] = {"latitude": 45.757812, "longitude": 4.832067}
FILES = ["/open-data/requests.geojson", "/open-data/requests.csv"]
DATA = [*FILES, "/open-data/map.geojson?zoom=10"]

pytestmark = pytest.mark.usefixtures("nothing_filed")


@pytest.fixture
async def nobody(browsers: Browsers) -> Browser:
    return await browsers(with_session=False)


def references(answer: Answer) -> list[str]:
    """In whichever of the two formats."""
    assert answer.status == 200, answer.body
    text = answer.body.decode()
    if answer.headers["Content-Type"].startswith("text/csv"):
        return [row["service_request_id"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    return [feature["id"] for feature in json.loads(text)["features"]]


def listed(answer: Answer) -> list[str]:
    """The references of the page's list."""
    assert answer.status == 200, answer.body
    return re.findall(r'<span class="muted">(\d{4}-\d{6,})</span>', answer.body.decode())


async def solve(database: Database, reference: str) -> None:
    async with database.transaction() as tx:
        await service_requests.append_status(
            tx, reference, Status.RESOLVED, Actor.AGENT, "un mot interne", now()
        )


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES)
async def test_a_file_has_everything_whatever_its_parts(
    database: Database, nobody: Browser, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_data, "BATCH", 2)
    made = [await filed(database, at=now() - timedelta(days=day)) for day in range(5)]
    answer = await nobody.get(path)
    assert references(answer) == made
    name = path.rpartition("/")[2].replace("requests", "signalements")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize("path", FILES)
async def test_an_empty_file_is_a_file(nobody: Browser, path: str) -> None:
    assert references(await nobody.get(path)) == []


@pytest.mark.parametrize("path", FILES)
async def test_filters_choose(database: Database, nobody: Browser, path: str) -> None:
    old = await filed(database, at=now() - timedelta(days=40), **HERE)
    tree = await filed(database, service="dangerous_tree", commune=OULLINS)
    await solve(database, old)
    for query, expected in {
        "": [tree, old],
        "state=open": [tree],
        "state=closed": [old],
        f"commune={OULLINS}": [tree],
        "kind=dangerous_tree": [tree],
        "kind=espaces_verts,voirie": [tree, old],
        "period=7": [tree],
        f"until={(now() - timedelta(days=20)).date()}": [old],
        "bbox=4.8,45.7,4.9,45.8": [old],
    }.items():
        assert references(await nobody.get(f"{path}?limit=10&{query}")) == expected, query


@pytest.mark.parametrize("path", FILES)
async def test_each_page_says_where_the_next_one_is(
    database: Database, nobody: Browser, path: str
) -> None:
    made = [await filed(database, at=now() - timedelta(days=day)) for day in range(3)]
    first = await nobody.get(f"{path}?limit=2&state=open")
    link = re.fullmatch(r'<(/open-data/[^>]+)>; rel="next"', first.headers["Link"])
    assert link is not None
    second = await nobody.get(link[1])
    assert references(first) + references(second) == made
    assert "Link" not in second.headers


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("commune=75056", "commune"),
        ("kind=parking_permit", "kind"),
        ("state=new", "state"),
        ("since=hier", "since"),
        ("bbox=1,2,3", "bbox"),
        ("limit=0", "limit"),
        ("limit=1&after=1999-000001", "after"),
        ("after=x", "after"),
    ],
)
async def test_a_bad_filter_is_refused_by_its_name(nobody: Browser, query: str, field: str) -> None:
    for path in FILES:
        answer = await nobody.get(f"{path}?{query}")
        assert (answer.status, json.loads(answer.body)) == (
            400,
            {"error": "invalid", "field": field},
        )


async def test_a_map_must_say_its_zoom(nobody: Browser) -> None:
    assert (await nobody.get("/open-data/map.geojson")).status == 400


@pytest.mark.parametrize("path", DATA)
async def test_anybody_s_page_may_read_and_keep_the_data(nobody: Browser, path: str) -> None:
    headers = (await nobody.get(path)).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cache-Control"].startswith("public, max-age=")
    assert headers["Vary"] == "Accept-Encoding, Accept-Language"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"].split(";")[0] in ("application/geo+json", "text/csv")
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", DATA)
async def test_what_has_not_changed_is_not_sent_again(
    database: Database, nobody: Browser, path: str
) -> None:
    reference = await filed(database, at=now() - timedelta(hours=1), **HERE)
    known = {"If-None-Match": (await nobody.get(path)).headers["ETag"]}
    again = await nobody.ask("GET", path, headers=known)
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == known["If-None-Match"]
    separator = "&" if "?" in path else "?"
    for other in (f"{path}{separator}state=open", f"{path}{separator}lang=en"):
        assert (await nobody.ask("GET", other, headers=known)).status == 200
    await solve(database, reference)
    assert (await nobody.ask("GET", path, headers=known)).status == 200


@pytest.mark.parametrize("path", [*DATA, "/open-data/requests.csv?limit=5"])
async def test_data_is_packed_for_whoever_can_unpack(
    database: Database, nobody: Browser, path: str
) -> None:
    await filed(database, **HERE)
    plain = await nobody.ask("GET", path, headers={"Accept-Encoding": "identity"})
    async with nobody.session.get(
        path, headers={"Accept-Encoding": "gzip"}, auto_decompress=False
    ) as packed:
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await packed.read()) == plain.body
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("path", DATA)
async def test_a_head_has_the_headers_alone(nobody: Browser, path: str) -> None:
    answer = await nobody.ask("HEAD", path)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["ETag"].startswith('W/"')


async def test_a_spreadsheet_is_given_its_mark(nobody: Browser) -> None:
    assert (await nobody.get("/open-data/requests.csv?bom=1")).body.startswith(b"\xef\xbb\xbf")
    assert (await nobody.get("/open-data/requests.csv")).body.startswith(b"service_request_id,")


async def test_names_are_in_the_asked_language(database: Database, nobody: Browser) -> None:
    await filed(database)
    for path in FILES:
        assert b"nid-de-poule" in (await nobody.get(path)).body
        assert b"pothole" in (await nobody.get(f"{path}?lang=en&limit=1")).body


async def test_too_many_whole_files_are_refused_and_pages_are_not(nobody: Browser) -> None:
    statuses = [(await nobody.get(FILES[1])).status for _ in range(8)]
    assert (statuses[0], statuses[-1]) == (200, 429)
    assert (await nobody.get(f"{FILES[1]}?limit=5")).status == 200


async def test_a_reader_who_leaves_holds_nothing(
    database: Database, nobody: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The `database` fixture counts what is still open when the test ends."""
    monkeypatch.setattr(open_data, "BATCH", 1)
    for _ in range(5):
        await filed(database)
    async with nobody.session.get(FILES[0]) as answer:
        await answer.content.read(10)
        answer.close()
    assert references(await nobody.get(f"{FILES[0]}?limit=1"))


class StuckResponse(web.StreamResponse):
    """To somebody who has stopped reading."""

    async def write(self, data: object) -> None:
        await asyncio.Event().wait()


async def test_a_reader_who_stops_reading_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_data, "WRITE_TIMEOUT_S", 0.01)
    with pytest.raises(ConnectionError):
        await open_data._write(StuckResponse(), "text")


# -- the map's view ---------------------------------------------------------------------------


async def test_a_view_shows_requests_or_groups_of_them(
    database: Database, nobody: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    references_here = {await filed(database, **HERE) for _ in range(3)}
    path = "/open-data/map.geojson?zoom=12&bbox=4.8,45.7,4.9,45.8"
    few: dict[str, Any] = json.loads((await nobody.get(path)).body)
    assert {feature["id"] for feature in few["features"]} == references_here
    monkeypatch.setattr(operations, "MOST_POINTS", 2)
    many: dict[str, Any] = json.loads((await nobody.get(path)).body)
    assert (many["grouped"], many["count"]) == (True, 3)
    (group,) = many["features"]
    assert group["geometry"]["coordinates"] == pytest.approx([4.8321, 45.7578])


# -- the pages --------------------------------------------------------------------------------


async def test_the_list_shows_what_is_open_unless_asked_otherwise(
    database: Database, nobody: Browser
) -> None:
    open_, solved = await filed(database, **HERE), await filed(database)
    await solve(database, solved)
    assert listed(await nobody.get("/carte")) == [open_]
    assert listed(await nobody.get("/carte?state=closed")) == [solved]
    assert listed(await nobody.get("/carte?state=all&commune=&kind=&period=")) == [solved, open_]
    body = (await nobody.get("/carte?state=all")).body.decode()
    assert "2\u00a0signalements" in body or "2 signalements" in body
    assert "Chaussée dégradée, nid-de-poule" in body


async def test_the_list_keeps_its_choices_from_page_to_page(
    database: Database, nobody: Browser
) -> None:
    made = [
        await filed(database, at=now() - timedelta(minutes=n), commune=OULLINS)
        for n in range(SHOWN + 1)
    ]
    await filed(database)
    first = await nobody.get(f"/carte?commune={OULLINS}&kind=voirie")
    assert listed(first) == made[:SHOWN]
    link = re.search(r'href="([^"]+)" rel="next"', first.body.decode())
    assert link is not None
    second = await nobody.get(link[1].replace("&amp;", "&"))
    assert listed(second) == made[SHOWN:]
    assert b"Oullins-Pierre-B\xc3\xa9nite</option>" in second.body
    assert re.search(rf'<option value="{OULLINS}" selected>', second.body.decode())
    assert re.search('<option value="voirie" selected>', second.body.decode())
    assert b'rel="next"' not in second.body
    assert b'"/open-data/requests.csv?commune=69149&amp;kind=voirie&amp;state=open"' in second.body


async def test_an_empty_list_says_what_to_do(nobody: Browser) -> None:
    answer = await nobody.get("/carte?period=7")
    assert answer.status == 200
    assert "Essayez une période plus longue" in answer.body.decode()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("commune=75056", "Cette commune n’est pas dans la métropole."),
        ("kind=parking_permit", "Ce problème n’est pas dans la liste."),
        ("kind=pothole,graffiti", "Ce problème n’est pas dans la liste."),
        ("state=new", "Cet état n’existe pas."),
        ("period=hier", "Cette période n’a pas pu être lue."),
        ("after=1999-000001", "Cette page de la liste n’existe plus."),
        ("after=x", "Cette page de la liste n’existe plus."),
    ],
)
async def test_a_filter_that_cannot_be_read_is_said_in_the_page(
    database: Database, nobody: Browser, query: str, said: str
) -> None:
    await filed(database)
    answer = await nobody.get(f"/carte?{query}")
    assert answer.status == 400
    assert said in answer.body.decode()
    assert "nid-de-poule" in answer.body.decode()


async def test_every_group_of_the_catalogue_has_a_name(
    catalogue: Catalogue, nobody: Browser
) -> None:
    body = (await nobody.get("/carte?lang=en")).body.decode()
    for kinds in kinds_of(catalogue, "en", lambda key, **_: key):
        if kinds.code != "stationnement":  # of a demand of one's own alone
            assert kinds.label == f"group_{kinds.code}"
    assert 'label="Roads and pavements"' in body
    assert "parking_permit" not in body


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_the_page_of_the_data_says_every_field(nobody: Browser, language: str) -> None:
    answer = await nobody.get(f"/open-data?lang={language}")
    assert answer.status == 200
    for told in (b"service_request_id", b"bbox", b"Licence Ouverte", b"requests.csv"):
        assert told in answer.body


async def test_readers_at_once_get_the_same(database: Database, nobody: Browser) -> None:
    made = await filed(database)
    answers = await asyncio.gather(*(nobody.get(f"{FILES[0]}?limit=3") for _ in range(20)))
    assert [references(answer) for answer in answers] == [[made]] * 20
