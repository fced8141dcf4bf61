"""What people read in a browser when an address leads nowhere, cannot be asked that way, or was
sent too much. What programs read stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from bot.errors import DomainError, NotFound
from bot.web.agent.session import is_agents, is_within
from bot.web.rendering import Renderer

TOLD: Mapping[int, str] = {404: "lost", 405: "method", 413: "large"}
"""What is said of a status, by the rest of its key after `astray_`."""

FOR_PROGRAMS = (
    "/agent/api",
    "/api",
    "/internal",
    "/open311",
    "/static",
    "/tickets",
    "/widget/assets",
    "/widget/v1",
)


def wants_page(request: web.Request) -> bool:
    """Whether somebody reads the answer: a browser that opens an address asks for HTML first."""
    if any(is_within(request.path, door) for door in FOR_PROGRAMS):
        return False
    return "text/html" in request.headers.get("Accept", "")


def page_of(
    request: web.Request, error: web.HTTPException | DomainError, pages: Renderer
) -> web.Response | None:
    """The page that says what went wrong, with that status; None where no page is wanted, or
    nothing is known to say."""
    status = error.status if isinstance(error, web.HTTPException) else _status(error)
    if status not in TOLD or not wants_page(request):
        return None
    page = pages.page(
        "astray.html",
        request,
        status=status,
        told=TOLD[status],
        is_agents=is_agents(request.path),
    )
    if isinstance(error, web.HTTPMethodNotAllowed):
        page.headers["Allow"] = error.headers["Allow"]
    return page


def _status(error: DomainError) -> int:
    """Other refusals of pages have words of their own, at their door."""
    return 404 if isinstance(error, NotFound) else 0
