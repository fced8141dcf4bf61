"""Who is signed in, and where those go who are not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from yarl import URL

from bot.accounts import session_store
from bot.accounts.rules import Agent
from bot.accounts.sign_in import Origin
from bot.errors import Forbidden, SignedOut
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.address import client_address
from bot.web.agent.browser_names import browser_name
from bot.web.visitors import same_site

COOKIE = "guichet_agent"
HOME = "/agent"
SIGN_IN = "/agent/sign-in"
DEPART = f"{SIGN_IN}/provider"
RETURN = f"{DEPART}/return"
ENROL = "/agent/second-factor"
READING = ("GET", "HEAD")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
AgentHandler = Callable[[web.Request, Agent], Awaitable[web.StreamResponse]]


class FactorOwed(SignedOut):
    """Somebody is, and has to set up a second factor before anything opens."""


async def agent_of(service: Service, request: web.Request) -> Agent:
    """Who is signed in. Raises `SignedOut` when nobody is, `FactorOwed`."""
    token = token_of(request)
    if token:
        async with service.database.transaction() as tx:
            found = await session_store.agent_of_session(tx, token, utc_now())
            owing = found is None and await session_store.agent_who_owes(tx, token, utc_now())
        if found is not None:
            return found
        if owing:
            raise FactorOwed("agent")
    raise SignedOut("agent")


async def agent_who_owes(service: Service, request: web.Request) -> Agent:
    """Who has to set up a second factor before anything opens. Raises `SignedOut`."""
    async with service.database.transaction() as tx:
        found = await session_store.agent_who_owes(tx, token_of(request), utc_now())
    if found is None:
        raise SignedOut("agent")
    return found


def signed_in(service: Service, handler: AgentHandler) -> Handler:
    """A page for whoever is signed in; the others are asked to, and come back to it. What is
    posted comes from our own pages."""

    async def open_(request: web.Request) -> web.StreamResponse:
        if request.method not in READING:
            same_site(request)
        try:
            agent = await agent_of(service, request)
        except FactorOwed:
            return see_other(request, URL(ENROL).with_query(next=_asked_page(request)))
        except Forbidden:
            return see_other(request, URL(SIGN_IN).with_query(next=_asked_page(request)))
        return await handler(request, agent)

    return open_


def _asked_page(request: web.Request) -> str:
    return request.path_qs if request.method in READING else HOME


def is_agents(path: str) -> bool:
    """Whether a path is of the agents' doors: no cache keeps what they answer."""
    return is_within(path, HOME)


def is_within(path: str, door: str) -> bool:
    return path == door or path.startswith(f"{door}/")


def page_after(request: web.Request) -> URL:
    """Where `next` leads once somebody is signed in."""
    return page_at(request.query.get("next", HOME))


def page_at(text: str) -> URL:
    """A page of agents here; their first one, where the text names anything else."""
    try:
        url = URL(text)
    except ValueError:
        return URL(HOME)
    is_here = not url.absolute and text.startswith("/") and is_agents(url.path)
    # A browser reads "\" as "/", and goes up for "..", however it is written.
    is_plain = "\\" not in url.path and ".." not in url.path.split("/") and text.isprintable()
    is_page = url.path != ENROL and not is_within(url.path, SIGN_IN)
    return url if is_here and is_plain and is_page else URL(HOME)


def in_language(request: web.Request, url: URL) -> URL:
    """Another page, in the language that was asked for."""
    return url.update_query(lang=request.query["lang"]) if "lang" in request.query else url


def see_other(request: web.Request, url: URL) -> web.Response:
    """On to another page, in the language that was asked for."""
    return web.Response(status=303, headers={"Location": str(in_language(request, url))})


def token_of(request: web.Request) -> str:
    return request.cookies.get(COOKIE, "")


def origin_of(service: Service, request: web.Request) -> Origin:
    """Where somebody tries to sign in from, through the proxies that we were told of: behind one,
    whoever tries too often must not shut the door for all."""
    address = client_address(request, service.settings.trusted_proxies)
    return Origin(address, browser_name(request.headers.get("User-Agent", "")))


def give_cookie(service: Service, response: web.Response, token: str) -> None:
    """Out of reach of scripts, of other sites, and of the pages of citizens."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(session_store.LASTS.total_seconds()),
        httponly=True,
        samesite="Strict",
        secure=service.settings.secure_cookies,
        path=HOME,
    )


def take_cookie(response: web.Response) -> None:
    response.del_cookie(COOKIE, path=HOME)
