"""Who may open which door: route by route."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.running import RunningService, Visitor

NEEDS_A_SESSION = [
    ("POST", "/api/messages"),
    ("POST", "/api/photos"),
    ("GET", "/api/events"),
    ("GET", "/api/requests"),
    ("GET", "/api/photos/00000000-0000-0000-0000-000000000000"),
]
NEVER = [
    ("POST", "/internal/actions"),
    ("GET", "/internal/state"),
    ("POST", "/internal/understand"),
]
OPEN = [
    "/",
    "/assistant",
    "/api/map",
    "/static/leaflet/leaflet.js",
    "/healthz",
    "/readyz",
    "/metrics",
]


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, Any]:
    request = urllib.request.Request(
        url, data=b"{}" if method == "POST" else None, method=method, headers=headers
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers


@pytest.mark.parametrize(("method", "path"), NEEDS_A_SESSION)
def test_without_a_session_nothing_is_shown(
    service: RunningService, method: str, path: str
) -> None:
    assert ask(service.url + path, method)[0] == 403
    assert ask(service.url + path, method, Cookie="guichet_session=guessed")[0] == 403


@pytest.mark.parametrize(("method", "path"), NEVER)
def test_private_doors_do_not_open_on_the_public_port(
    service: RunningService, method: str, path: str
) -> None:
    assert ask(service.url + path, method, **{"X-Guichet-Secret": "guessed"})[0] == 403


@pytest.mark.parametrize("path", OPEN)
def test_open_pages_answer_with_safe_headers(service: RunningService, path: str) -> None:
    status, headers = ask(service.url + path)
    assert status == 200
    assert "script-src 'self'" in headers["Content-Security-Policy"]


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    service: RunningService,
) -> None:
    _, headers = ask(service.url + "/api/session", "POST")
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_another_site_cannot_post(service: RunningService) -> None:
    status, _ = ask(service.url + "/api/session", "POST", Origin="https://elsewhere.example")
    assert status == 403


@pytest.mark.parametrize(
    "message",
    [
        {"text": "no id"},
        {"id": "a"},
        {"id": "b", "text": 5},
        {"id": "c", "location": [91, 0]},
        {"id": "d", "location": ["x", "y"]},
        {"id": "e", "payload": "guessed"},
        {"id": "f", "text": "x" * 20_001},
    ],
)
def test_a_bad_message_is_refused_with_a_reason(
    visitor: Visitor, message: dict[str, object]
) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        visitor.call("/api/messages", message)
    with refused.value as error:
        assert error.code == 400
        assert b"field" in error.read()
