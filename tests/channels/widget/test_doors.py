"""Who may open the widget's doors, and what else lies behind them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import shapely
from sqlalchemy import delete

from bot.conversations.turn import Speaker
from bot.parts import Service
from bot.places import store as places
from bot.places.tables import CommuneOutline
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest
from bot.sites import operations as sites
from bot.sites.tables import WidgetSite
from bot.storage.transaction import Database
from tests.channels.widget.client import Client, Refused
from tests.channels.widget.conftest import Pages
from tests.channels.widget.speaking import on_line, other_end
from tests.places.outlines import BRON, square
from tests.turn.scripted import now

SITE, OTHER = "https://www.oullins.example", "https://www.bron.example"
DOORS = [
    ("POST", "messages"),
    ("POST", "photos"),
    ("POST", "typing"),
    ("POST", "seen"),
    ("GET", "events"),
    ("GET", "requests"),
    ("GET", "transcript"),
    ("POST", "transcript"),
    ("POST", "erase"),
]


@pytest.fixture
async def _sites(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(delete(WidgetSite))
        await sites.allow(tx, SITE, "69149", now())
        await sites.allow(tx, OTHER, None, now())


def bearer(page: Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {page.token}"}


@pytest.mark.usefixtures("_sites")
async def test_an_allowed_site_opens_a_session_for_its_town(pages: Pages) -> None:
    page = await pages(with_session=False, origin=SITE)
    session = await page.open()
    assert session["is_new"]
    assert not session["begun"]
    assert session["commune"] == {"insee": "69149", "name": "Oullins-Pierre-Bénite"}
    assert session["can"] == {"mail_transcript": False, "telegram": False}
    again = await page.open()
    assert (again["is_new"], again["token"]) == (False, session["token"])
    with pytest.raises(Refused) as refused:
        await page.open("bron")
    assert (refused.value.status, refused.value.reason) == (403, "site")


@pytest.mark.parametrize(
    "called", ["69149", "oullins", "Oullins-Pierre-Bénite", "oullins-pierre-benite"]
)
async def test_a_town_is_called_by_name_slug_or_code(pages: Pages, called: str) -> None:
    page = await pages(with_session=False)
    assert (await page.open(called))["commune"]["insee"] == "69149"


@pytest.mark.usefixtures("_sites")
@pytest.mark.parametrize(
    "origin",
    [
        "https://elsewhere.example",
        "null",
        "",
        "http://www.oullins.example",
        "https://www.oullins.example:8443",
        "https://www.oullins.example.evil.example",
        "https://WWW.oullins.example",
        "https://www.oullins.example/",
    ],
)
async def test_no_other_site_gets_anything(pages: Pages, origin: str) -> None:
    page = await pages(with_session=False, origin=origin)
    async with page.http.post(
        f"{page.url}/widget/v1/session", json={}, headers={"Origin": origin}
    ) as answer:
        assert answer.status == 403
        assert await answer.json() == {"error": "forbidden", "field": None, "reason": "site"}
        assert "Access-Control-Allow-Origin" not in answer.headers
    async with page.http.options(
        f"{page.url}/widget/v1/session", headers={"Origin": origin}
    ) as answer:
        assert answer.status == 403
    page.token = "guessed"
    async with page.connected() as opened:
        async for _ in opened:
            pass
    assert opened.close_code == 4403


@pytest.mark.usefixtures("_sites")
@pytest.mark.parametrize(("method", "door"), DOORS)
async def test_a_session_of_one_site_opens_nothing_from_another(
    pages: Pages, method: str, door: str
) -> None:
    page = await pages(origin=SITE)
    for origin in (OTHER, None):
        headers = bearer(page) if origin is None else {"Origin": origin, **bearer(page)}
        url = f"{page.url}/widget/v1/{door}"
        headers["X-Message-Id"] = "a"
        async with page.http.request(method, url, headers=headers, json={}) as answer:
            assert (answer.status, (await answer.json())["error"]) == (403, "signed_out")


@pytest.mark.usefixtures("_sites")
async def test_a_socket_of_another_site_is_shown_out(pages: Pages) -> None:
    page = await pages(origin=SITE)
    foreign = await pages(like=page, origin=OTHER)
    async with foreign.connected() as opened:
        frames = [json.loads(frame.data) async for frame in opened]
    assert frames == [{"type": "bye", "reason": "signed_out"}]
    assert opened.close_code == 4401


@pytest.mark.usefixtures("_sites")
async def test_a_site_that_is_denied_has_no_page_open_any_more(
    pages: Pages, database: Database
) -> None:
    denied, other, own = await pages(origin=SITE), await pages(origin=OTHER), await pages()
    async with on_line(denied) as running, on_line(other) as staying, on_line(own) as ours:
        async with database.transaction() as tx:
            await sites.deny(tx, SITE)
        async with asyncio.timeout(15):
            assert await running == 4403
        assert not staying.done()
        assert not ours.done()
    assert denied.bye == "forbidden"


@pytest.mark.usefixtures("_sites")
async def test_a_browser_is_told_what_it_may_ask(pages: Pages) -> None:
    page = await pages(with_session=False, origin=SITE)
    async with page.http.options(
        f"{page.url}/widget/v1/photos", headers={"Origin": SITE}
    ) as answer:
        assert answer.status == 204
        told = answer.headers
    assert told["Access-Control-Allow-Origin"] == SITE
    assert told["Access-Control-Allow-Methods"] == "GET, POST"
    assert "Authorization" in told["Access-Control-Allow-Headers"]
    assert "X-Message-Id" in told["Access-Control-Allow-Headers"]
    assert told["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in told


@pytest.mark.usefixtures("_sites")
@pytest.mark.parametrize(
    ("method", "door", "request_", "status"),
    [
        ("GET", "events", {}, 403),
        ("POST", "messages", {"data": b"nonsense"}, 400),
        ("POST", "messages", {"data": b"x" * 200_000}, 400),
        ("POST", "transcript", {"json": {"email": "a@b.example"}}, 503),
        ("POST", "session", {"data": b"[]"}, 400),
    ],
    ids=["token", "nonsense", "large", "mail", "session"],
)
async def test_a_refusal_can_be_read_by_the_page(
    pages: Pages, method: str, door: str, request_: dict[str, Any], status: int
) -> None:
    page = await pages(origin=SITE)
    headers = {"Origin": SITE} | ({} if status == 403 else bearer(page))
    url = f"{page.url}/widget/v1/{door}"
    async with page.http.request(method, url, headers=headers, **request_) as answer:
        assert answer.status == status
        assert answer.headers["Access-Control-Allow-Origin"] == SITE
        assert set(await answer.json()) == {"error", "field", "reason"}


async def test_our_own_pages_need_no_leave(pages: Pages) -> None:
    page = await pages(with_session=False)
    own = await pages(with_session=False, origin=page.url)
    session = await own.open()
    assert session["is_new"]
    page.token = own.token  # what our own page reads, it asks for without naming an origin
    await page.poll()


async def test_no_cookie_is_set_or_read(pages: Pages) -> None:
    page = await pages()
    async with page.http.post(f"{page.url}/api/session", json={}) as answer:
        assert answer.cookies
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        async with http.post(f"{page.url}/widget/v1/session", json={}) as answer:
            assert not answer.cookies
        async with http.post(f"{page.url}/api/session", json={}):
            pass
        async with http.get(f"{page.url}/widget/v1/events") as answer:
            assert answer.status == 403


@pytest.mark.usefixtures("live")
async def test_a_request_is_a_card_that_follows_its_state(pages: Pages, database: Database) -> None:
    page = await pages()
    other = await other_end(database, page)
    async with database.transaction() as tx:
        filed = await FileRequest(Draft(service="pothole", commune="69123")).perform(
            tx, Speaker(other.conversation_id, other.citizen_id, "web"), now()
        )
    (card,) = (await page.ask("GET", "requests"))["requests"]
    assert (card["reference"], card["is_own"], card["step"]) == (filed.reference, True, 0)
    assert card["steps"] == ["Reçu", "Pris en charge", "Réparé"]
    assert card["state"]
    stranger = await pages()
    assert (await stranger.ask("GET", "requests"))["requests"] == []


async def test_the_map_has_the_towns_and_their_outlines(pages: Pages, database: Database) -> None:
    code, name, west = BRON
    outline = shapely.to_wkb(shapely.from_geojson(json.dumps(square(west))))
    async with database.transaction() as tx:
        await places.keep(tx, code, name, outline, "digest", "test", now())
    page = await pages(with_session=False)
    async with page.http.get(f"{page.url}/widget/v1/map") as answer:
        assert set(answer.headers.getall("Vary")) == {"Origin", "Accept-Encoding"}
    ground = await page.ask("GET", "map")
    assert {"insee", "name", "centre"} == set(ground["communes"][0])
    assert ground["tiles"] is None
    (drawn,) = [f for f in ground["outlines"]["features"] if f["properties"]["insee"] == code]
    assert drawn["geometry"]["type"] == "Polygon"
    async with database.transaction() as tx:
        await tx.execute(delete(CommuneOutline).where(CommuneOutline.insee == code))


async def test_a_host_that_somebody_made_up_is_in_no_answer(
    pages: Pages, assembled: Service
) -> None:
    page = await pages(with_session=False)
    url = f"{page.url}/widget/v1/session"
    for host, status in (("evil.example", 200), ("a b:c", 400), ("[", 400)):
        async with page.http.post(url, json={}, headers={"Host": host}) as answer:
            assert answer.status == status
    assembled.settings = replace(assembled.settings, public_url="https://guichet.example/")
    headers = {"Host": "evil.example", "Origin": "http://evil.example"}
    async with page.http.post(url, json={}, headers=headers) as answer:
        assert answer.status == 403
    headers["Origin"] = "https://guichet.example"
    async with page.http.post(url, json={}, headers=headers) as answer:
        told = await answer.json()
    assert told["privacy_url"] == "https://guichet.example/confidentialite"
