"""An address that leads nowhere is said in a page to people, and as before to programs."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID

import pytest
from aiohttp.test_utils import TestServer

from bot.parts import Service
from bot.web.public import public_application
from tests.web.browsers import Answer, Browser, Browsers

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


async def opened(browser: Browser, path: str, method: str = "GET", language: str = "fr") -> Answer:
    """As a browser opens an address."""
    return await browser.ask(method, path, headers={"Accept": HTML, "Accept-Language": language})


def is_page(answer: Answer) -> bool:
    return answer.headers["Content-Type"].startswith("text/html") and b"</html>" in answer.body


@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", "Cette page n’existe pas"), ("en", "This page does not exist")],
)
async def test_an_unknown_address_is_a_page_with_the_way_back(
    browsers: Browsers, language: str, said: str
) -> None:
    answer = await opened(await browsers(), "/nothing", language=language)
    assert answer.status == 404
    assert is_page(answer)
    assert said in answer.body.decode()
    assert f'href="/?lang={language}"' in answer.body.decode()
    assert "script-src" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/agent/nothing", f"/agent/contacts/{UUID(int=7)}/nothing"])
async def test_among_the_agents_pages_it_leads_to_the_console(
    browsers: Browsers, path: str
) -> None:
    answer = await opened(await browsers(), path)
    assert answer.status == 404
    assert 'class="button primary" href="/agent?lang=fr"' in answer.body.decode()
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_form_s_address_that_is_opened_says_so(browsers: Browsers) -> None:
    answer = await opened(await browsers(), "/agent/sign-out")
    assert answer.status == 405
    assert is_page(answer)
    assert answer.headers["Allow"] == "POST"


async def test_a_form_that_is_too_large_is_a_page(browsers: Browsers) -> None:
    browser = await browsers()
    sent = {"id": UUID(int=7).hex, "text": "a" * 100_000}
    answer = await browser.ask("POST", "/assistant", data=sent, headers={"Accept": HTML})
    assert answer.status == 413
    assert is_page(answer)
    as_program = await browser.ask("POST", "/assistant", data=sent)
    assert as_program.status == 400
    assert json.loads(as_program.body)["field"] == "body"


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/agent/api/nothing", "/widget/v1/nothing", "/static/nothing.js"]
)
async def test_a_door_for_programs_answers_none_of_it(browsers: Browsers, path: str) -> None:
    answer = await opened(await browsers(), path)
    assert answer.status in {404, 405}
    assert not is_page(answer)


async def test_whoever_asks_for_no_page_gets_none(browsers: Browsers) -> None:
    answer = await (await browsers()).get("/nothing")
    assert answer.status == 404
    assert not is_page(answer)


async def test_an_address_of_odd_bytes_is_a_page_like_any_other(assembled: Service) -> None:
    async with TestServer(public_application(assembled)) as server:
        assert server.port is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"GET /%ff%00<b>?lang=%ff&a=%22%3E HTTP/1.1\r\nHost: here\r\nAccept: text/html\r\n"
            b"Connection: close\r\n\r\n"
        )
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 404 ")
        assert b"</html>" in answer
        assert b"<b>" not in answer
