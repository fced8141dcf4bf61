"""What monitoring reads of the widget's sockets, and whom the wider bound of IPv6 holds."""

from __future__ import annotations

from contextlib import ExitStack, suppress

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.errors import Unavailable
from bot.parts import Service
from bot.sites.known import KnownSites
from bot.web.rate import AROUND, TooMany
from bot.web.widget import room
from bot.web.widget.room import Room
from tests.channels.widget.client import Client
from tests.channels.widget.conftest import Pages
from tests.channels.widget.test_bounds import closed_with, next_of

OPEN = "guichet_widget_sockets"
REFUSED = "guichet_widget_sockets_refused_total"


def figures(service: Service) -> dict[str, float]:
    """The widget's, by name and reason; the database is not asked."""
    told = service.metrics.exposition(engine_ready=True, open_turns=0, backlog=None)
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(told.decode())
        for sample in family.samples
        if sample.name.startswith(OPEN)
    }


async def ends(page: Client, first: str) -> None:
    async with page.http.ws_connect(f"{page.url}/widget/v1/socket") as opened:
        await opened.send_str(first)
        await closed_with(opened)


@pytest.mark.usefixtures("live")
async def test_open_sockets_are_counted_and_those_that_were_refused_by_why(
    assembled: Service, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_FROM_ONE_ADDRESS", 1)
    page = await pages()
    assert figures(assembled)[OPEN] == 0
    async with page.connected() as opened:
        await next_of(opened, "welcome")
        assert figures(assembled)[OPEN] == 1
        with suppress(aiohttp.WSServerHandshakeError):
            async with page.connected():
                pass
    await ends(page, "nonsense")
    await ends(page, '{"type": "hello", "token": "guessed"}')
    elsewhere = await pages(with_session=False, origin="https://elsewhere.example")
    async with elsewhere.connected() as opened:
        await closed_with(opened)
    told = figures(assembled)
    for reason in ("address", "hello", "token", "site"):
        assert told[f"{REFUSED} {reason}"] == 1


async def test_one_subscriber_of_ipv6_has_four_shares_of_the_sockets(
    assembled: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_FROM_ONE_ADDRESS", 2)
    running = Room(assembled, KnownSites(assembled.database))
    networks = [f"2001:db8:0:{n:x}::/64" for n in range(AROUND + 1)]
    with ExitStack() as held:
        for network in networks[:AROUND]:
            held.enter_context(running.place(network))
            held.enter_context(running.place(network))
        with pytest.raises(TooMany), running.place(networks[AROUND]):
            pass
        held.enter_context(running.place("2001:db8:0:100::/64"))
    with running.place(networks[AROUND]):
        assert figures(assembled)[OPEN] == 1


async def test_a_full_room_says_so(assembled: Service) -> None:
    running = Room(assembled, KnownSites(assembled.database))
    running.most_sockets = 0
    with pytest.raises(Unavailable, match="full"), running.place("198.51.100.1"):
        pass
