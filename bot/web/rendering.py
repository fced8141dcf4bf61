"""Templates put into the visitor's language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import jinja2
from aiohttp import web
from markupsafe import Markup, escape

from bot.services.working_days import PARIS
from bot.web.visitors import language_of
from bot.words.catalogues import Words
from bot.words.dates import Day
from bot.words.phrases import say

HERE = Path(__file__).parent
REFERENCE = re.compile(r"(\b\d{4}-\d{6,}\b)")
WHOLE = Markup('<span class="reference">{}</span>')


class Renderer:
    """`script_words`: the words of the pages that scripts need."""

    def __init__(self, words: Words, script_words: Sequence[str]) -> None:
        self._words = words
        self._script_words = script_words
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True
        )
        self._templates.filters["unbroken"] = unbroken

    def page(
        self, name: str, request: web.Request, *, status: int = 200, **values: object
    ) -> web.Response:
        """A template as a response. In it, `say` says the phrases of pages by the rest of
        their key."""
        language = language_of(request)
        other = "fr" if language == "en" else "en"
        word = self.word_in(language)
        words = {key: word(key) for key in self._script_words}
        body = self._templates.get_template(name).render(
            language=language,
            other_language=other,
            other_url=request.rel_url.update_query(lang=other),
            words=json.dumps(words, ensure_ascii=False),
            say=word,
            **values,
        )
        return web.Response(text=body, content_type="text/html", status=status)

    def word_in(self, language: str) -> Callable[..., str]:
        """Says the phrases of pages in a language."""

        def word(key: str, **values: object) -> str:
            return self._words.render(say(f"page.{key}", **values), language)

        return word

    def moment(self, at: datetime, language: str) -> str:
        """A day with its hour, as clocks show it here."""
        local = at.astimezone(PARIS)
        day, clock = Day(local.date(), "long"), f"{local:%H:%M}"
        return self.word_in(language)("agent_moment", day=day, time=clock)


def unbroken(text: str) -> Markup:
    """A text whose references stay on one line; as the scripts' `unbroken`."""
    parts = REFERENCE.split(text)
    return Markup("").join(
        WHOLE.format(part) if n % 2 else escape(part) for n, part in enumerate(parts)
    )
