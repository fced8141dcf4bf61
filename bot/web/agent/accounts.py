"""The pages on which administrators look after other agents' accounts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

from aiohttp import web
from yarl import URL

from bot.accounts import administration
from bot.accounts.agent_store import Account
from bot.accounts.rules import Agent
from bot.accounts.session_store import OwnSession
from bot.errors import Forbidden, NotFound
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.web.agent.session import AgentHandler, see_other, signed_in
from bot.web.forms import form_of
from bot.web.rendering import Renderer
from bot.web.visitors import language_of

ACCOUNTS = "/agent/settings/accounts"
DONE = ("session", "sessions", "reset", "allowed", "forbidden")
"""What the page says was done, by the word in its address."""

Deed = Callable[[web.Request, Agent, UUID], Awaitable[str]]


class AccountsDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages

    def routes(self) -> Iterable[web.RouteDef]:
        def one(method: str, path: str, handler: AgentHandler) -> web.RouteDef:
            return web.route(
                method, f"{ACCOUNTS}{path}", signed_in(self._service, self._refusing(handler))
            )

        return [
            one("GET", "", self.show_all),
            one("GET", "/{agent}", self.show),
            one("POST", "/{agent}/sessions", self._doing(self._end_sessions)),
            one("POST", "/{agent}/second-factor", self._doing(self._reset)),
            one("POST", "/{agent}/provider", self._doing(self._allow)),
        ]

    def _refusing(self, handler: AgentHandler) -> AgentHandler:
        """With a page for whoever it is not for."""

        async def answer(request: web.Request, agent: Agent) -> web.StreamResponse:
            try:
                return await handler(request, agent)
            except (Forbidden, NotFound) as error:
                self._service.metrics.refused(error.code)
                status = 404 if isinstance(error, NotFound) else 403
                return self._pages.page("agent_refused.html", request, status=status, agent=agent)

        return answer

    async def show_all(self, request: web.Request, agent: Agent) -> web.Response:
        async with self._service.database.transaction() as tx:
            found = await administration.accounts(tx, agent)
        return self._pages.page(
            "agent_accounts.html",
            request,
            agent=agent,
            rows=[(account, self._towns(account)) for account in found],
        )

    async def show(self, request: web.Request, agent: Agent) -> web.Response:
        async with self._service.database.transaction() as tx:
            account, sessions = await administration.look_at(tx, agent, _asked(request), utc_now())
        outside, done = self._service.outside_sign_in, request.query.get("done", "")
        return self._pages.page(
            "agent_other_account.html",
            request,
            agent=agent,
            account=account,
            towns=self._towns(account),
            sessions=[self._session(own, language_of(request)) for own in sessions],
            provider=None if outside is None else outside.name,
            done=done if done in DONE else "",
        )

    def _doing(self, deed: Deed) -> AgentHandler:
        async def answer(request: web.Request, agent: Agent) -> web.StreamResponse:
            other = _asked(request)
            done = await deed(request, agent, other)
            return see_other(request, URL(f"{ACCOUNTS}/{other}").with_query(done=done))

        return answer

    async def _end_sessions(self, request: web.Request, agent: Agent, other: UUID) -> str:
        handle = (await form_of(request)).get("session", "")
        async with self._service.database.transaction() as tx:
            await administration.end_sessions(tx, agent, other, utc_now(), handle)
        return "session" if handle else "sessions"

    async def _reset(self, _: web.Request, agent: Agent, other: UUID) -> str:
        async with self._service.database.transaction() as tx:
            await administration.reset_second_factor(tx, agent, other, utc_now())
        return "reset"

    async def _allow(self, request: web.Request, agent: Agent, other: UUID) -> str:
        is_allowed = (await form_of(request)).get("allow", "") == "yes"
        async with self._service.database.transaction() as tx:
            await administration.allow_oidc(tx, agent, other, utc_now(), is_allowed=is_allowed)
        return "allowed" if is_allowed else "forbidden"

    def _towns(self, account: Account) -> list[str] | None:
        """Their names; None for every one."""
        communes = account.profile.communes
        if communes is None:
            return None
        by_insee = self._service.gazetteer.by_insee
        return sorted(by_insee(insee).name for insee in communes)

    def _session(self, own: OwnSession, language: str) -> dict[str, str]:
        return {
            "handle": own.handle,
            "browser": own.browser,
            "since": self._pages.moment(own.created_at, language),
            "seen": self._pages.moment(own.seen_at, language),
        }


def _asked(request: web.Request) -> UUID:
    """Raises `NotFound` for what is no id."""
    try:
        return UUID(request.match_info["agent"])
    except ValueError:
        raise NotFound("agent") from None
