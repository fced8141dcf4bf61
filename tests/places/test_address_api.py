"""The national address API's format: as addok answers it, and as a broken server does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import Unavailable
from bot.places.address_api import LARGEST_ANSWER, AddressApi
from bot.places.communes import Gazetteer
from tests.servers.addok_server import AddressServer
from tests.servers.streets import STEP

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def api(address_server: AddressServer, gazetteer: Gazetteer) -> AsyncIterator[AddressApi]:
    """A client of the real addok."""
    async with aiohttp.ClientSession() as session:
        yield AddressApi(session, address_server.url, gazetteer, timeout_s=10)


async def test_an_ambiguous_address_is_found_in_every_town(api: AddressApi) -> None:
    found = await api.search("12 rue de la république")
    places = {(c.commune, c.arrondissement, c.district) for c in found}
    assert places == {("69149", None, "Oullins"), ("69123", 2, None), ("69029", None, None)}
    assert {(c.kind, c.number, c.street) for c in found} == {
        ("housenumber", "12", "Rue de la République")
    }


@pytest.mark.parametrize(
    ("insee", "arrondissement", "expected"),
    [("69029", None, {"69029"}), ("69123", None, {"69123"}), ("69123", 2, {"69123"})],
)
async def test_a_known_town_is_the_only_one_searched(
    api: AddressApi, insee: str, arrondissement: int | None, expected: set[str]
) -> None:
    found = await api.search("12 rue de la rép", insee=insee, arrondissement=arrondissement)
    assert found[0].commune == insee
    if insee != "69123" or arrondissement:
        assert {c.commune for c in found} == expected


async def test_a_part_without_such_a_street_has_none(api: AddressApi) -> None:
    assert await api.search("12 rue de la république", insee="69123", arrondissement=9) == ()


async def test_a_house_has_its_own_point(api: AddressApi) -> None:
    found = await api.search("14 rue de la république", insee="69149")
    assert (found[0].latitude, found[0].longitude) == pytest.approx((45.7160 + 4 * STEP, 4.8080))


async def test_an_address_outside_the_metropolis_bears_no_commune_of_ours(api: AddressApi) -> None:
    found = await api.search("montée des bruyères")
    assert [(c.commune, c.city) for c in found] == [(None, "Brindas")]


async def test_a_position_has_its_nearest_address(api: AddressApi) -> None:
    found = await api.reverse(45.7160 + 3 * STEP, 4.80801)
    assert found is not None
    assert (found.name, found.commune) == ("12 Rue de la République", "69149")
    assert await api.reverse(45.50, 4.40) is None


@asynccontextmanager
async def answering(
    handler: Handler, gazetteer: Gazetteer, timeout_s: float = 5
) -> AsyncIterator[AddressApi]:
    """A client of a server that answers everything with one handler."""
    application = web.Application()
    application.router.add_get("/{door}", handler)
    async with TestServer(application) as server, aiohttp.ClientSession() as session:
        yield AddressApi(session, str(server.make_url("/")), gazetteer, timeout_s=timeout_s)


def saying(body: bytes | str, status: int = 200) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        raw = body.encode() if isinstance(body, str) else body
        return web.Response(body=raw, status=status, content_type="application/json")

    return handler


async def half_an_answer(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"features": [')
    assert request.transport is not None
    request.transport.close()
    return response


@pytest.mark.parametrize(
    "handler",
    [
        saying("<html>maintenance</html>"),
        saying(""),
        saying('{"features": {}}'),
        saying("[]"),
        saying("null"),
        saying('{"features": []}', status=503),
        saying("[" * 100_000),
        saying(b"\xff\xfe\xff"),
        saying(b" " * (LARGEST_ANSWER + 1)),
        half_an_answer,
    ],
)
async def test_what_is_no_answer_is_an_address_service_that_is_away(
    handler: Handler, gazetteer: Gazetteer
) -> None:
    async with answering(handler, gazetteer) as api:
        with pytest.raises(Unavailable) as raised:
            await api.search("12 rue de la république")
    assert "république" not in str(raised.value)


async def test_a_citizen_s_words_follow_no_redirection(gazetteer: Gazetteer) -> None:
    reached: list[str] = []

    async def sends_on(request: web.Request) -> web.StreamResponse:
        reached.append(request.path)
        raise web.HTTPFound("/elsewhere")

    async with answering(sends_on, gazetteer) as api:
        with pytest.raises(Unavailable):
            await api.search("12 rue de la république")
    assert reached == ["/search"]


async def test_a_citizen_does_not_wait_for_a_slow_one(gazetteer: Gazetteer) -> None:
    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with answering(never, gazetteer, timeout_s=0.05) as api:
        with pytest.raises(Unavailable):
            await api.reverse(45.7, 4.8)


def a_feature(**replaced: Any) -> dict[str, Any]:
    told = {
        "name": "12 Rue X",
        "city": "Bron",
        "citycode": "69029",
        "type": "housenumber",
        "housenumber": "12",
        "street": "Rue X",
        "score": 0.9,
    }
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [4.91, 45.73]},
        "properties": told | replaced,
    }


BROKEN: list[Any] = [
    None,
    "address",
    {},
    {**a_feature(), "geometry": None},
    {**a_feature(), "geometry": {"coordinates": ["4.9", "45.7"]}},
    {**a_feature(), "geometry": {"coordinates": [4.9]}},
    {**a_feature(), "geometry": {"coordinates": [4.9, 1e9]}},
    {**a_feature(), "geometry": {"coordinates": [True, False]}},
    {**a_feature(), "properties": []},
    a_feature(name=None),
    a_feature(name=["12 Rue X"]),
    a_feature(city=""),
]


async def test_an_odd_address_is_left_out_and_the_others_are_taken(gazetteer: Gazetteer) -> None:
    body = json.dumps({"features": [*BROKEN, a_feature(score="high", housenumber=12)]})
    async with answering(saying(body), gazetteer) as api:
        (found,) = await api.search("12 rue X")
    assert (found.name, found.number, found.score) == ("12 Rue X", "12", 0.0)


@pytest.mark.parametrize(
    ("told", "commune"),
    [
        ({"citycode": "69152", "city": "Pierre-Bénite", "postcode": "69310"}, "69149"),
        ({"citycode": None, "city": "Bron"}, "69029"),
        ({"citycode": "38544", "city": "Vienne"}, None),
        ({"citycode": ["69029"], "city": "Ailleurs"}, None),
    ],
)
async def test_a_town_with_an_old_code_or_none_is_known_by_its_name(
    gazetteer: Gazetteer, told: dict[str, Any], commune: str | None
) -> None:
    async with answering(saying(json.dumps({"features": [a_feature(**told)]})), gazetteer) as api:
        (found,) = await api.search("12 rue X")
    assert found.commune == commune
