"""The doors that answer with a page."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from bot.errors import Forbidden
from bot.parts import Service
from bot.web import exchange
from bot.web.visitors import citizen_of, conversation_of, language_of
from bot.words.phrases import say

HERE = Path(__file__).parent


class PageDoors:
    """`script_words`: the words of the pages that scripts need."""

    def __init__(self, service: Service, script_words: Sequence[str]) -> None:
        self._service = service
        self._script_words = script_words
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True
        )

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.get("/", self.home), web.get("/widget/demo", self.demo)]

    async def home(self, request: web.Request) -> web.Response:
        return self.page("home.html", request)

    async def demo(self, request: web.Request) -> web.Response:
        commune = self._service.gazetteer.mention(request.query.get("commune", ""))
        insee = commune.commune.insee if commune and commune.commune else ""
        return self.page(
            "demo.html",
            request,
            commune=insee,
            said=await self._said_so_far(request),
            message_id=secrets.token_hex(8),
            url=request.rel_url,
        )

    async def _said_so_far(self, request: web.Request) -> list[dict[str, Any]]:
        """The conversation as events, for whoever reads the page without its scripts."""
        try:
            citizen = await citizen_of(self._service, request)
        except Forbidden:
            return []
        conversation = await conversation_of(self._service, citizen)
        said: list[dict[str, Any]] = []
        while conversation is not None:
            after = said[-1]["seq"] if said else 0
            more = await exchange.events_after(self._service, conversation, after, wait_s=0)
            if not more["events"]:
                break
            said += more["events"]
        return said

    def page(
        self, name: str, request: web.Request, status: int = 200, **values: object
    ) -> web.Response:
        """A template in the language that is asked for."""
        language = language_of(request)
        other = "fr" if language == "en" else "en"

        def word(key: str) -> str:
            return self._service.words.render(say(f"page.{key}"), language)

        words = {key: word(key) for key in self._script_words}
        body = self._templates.get_template(name).render(
            language=language,
            other_language=other,
            other_url=request.rel_url.update_query(lang=other),
            words=json.dumps(words, ensure_ascii=False),
            say=word,
            **values,
        )
        return web.Response(text=body, status=status, content_type="text/html")
