"""Who asks, from where, and in which language."""

from __future__ import annotations

import hmac
from uuid import UUID

from aiohttp import web
from sqlalchemy.engine import RowMapping

from bot.accounts import store as accounts
from bot.conversations import store
from bot.errors import Forbidden
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.address import client_address
from bot.web.rate import AddressLimiter

COOKIE = "guichet_session"


async def citizen_of(service: Service, request: web.Request) -> UUID:
    """Who holds this session. Raises `Forbidden` without one."""
    token = request.cookies.get(COOKIE, "")
    if token:
        async with service.database.transaction() as tx:
            found = await accounts.citizen_of_session(tx, token, utc_now())
        if found is not None:
            return found
    raise Forbidden("session")


async def session_of(
    service: Service, request: web.Request, newcomers: AddressLimiter
) -> tuple[UUID, str | None]:
    """Who holds this session, or a newcomer with the token of a new one. Raises `TooMany`."""
    try:
        return await citizen_of(service, request), None
    except Forbidden:
        newcomers.take(client_address(request, service.settings.trusted_proxies))
        async with service.database.transaction() as tx:
            token, citizen = await accounts.open_session(tx, utc_now())
        return citizen, token


async def conversation_of(service: Service, citizen: UUID) -> RowMapping | None:
    """What this visitor said and was told on the web, if it has begun."""
    async with service.database.transaction() as tx:
        return await store.conversation_at(tx, "web", str(citizen))


def give_session(service: Service, response: web.Response, token: str) -> None:
    """Set the cookie: out of reach of scripts and of other sites."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(accounts.SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=service.settings.secure_cookies,
        path="/",
    )


def same_site(request: web.Request) -> None:
    """A post comes from our own pages. Raises `Forbidden`."""
    origin = request.headers.get("Origin")
    if origin is not None and not hmac.compare_digest(
        _bytes(origin.split("://", 1)[-1]), _bytes(request.host)
    ):
        raise Forbidden("origin")


def _bytes(header: str) -> bytes:
    """A header as it came: what is not UTF-8 is kept in surrogates."""
    return header.encode(errors="surrogateescape")


def language_of(request: web.Request) -> str:
    asked = request.query.get("lang", request.headers.get("Accept-Language", "fr"))
    return "en" if asked.lower().startswith("en") else "fr"
