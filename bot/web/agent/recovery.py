"""The page of recovery codes, which are shown once: to be saved, printed or written down."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from aiohttp import web
from yarl import URL

from bot.web.rendering import Renderer
from bot.web.visitors import language_of


def codes_page(
    pages: Renderer, request: web.Request, codes: Sequence[str], onward: URL
) -> web.Response:
    """`onward`: where the page leads once they are kept somewhere."""
    title = pages.word_in(language_of(request))("agent_recovery_file")
    text = "\r\n".join([title, "", *codes, ""])
    return pages.page(
        "agent_recovery.html",
        request,
        codes=codes,
        file=f"data:text/plain;charset=utf-8,{quote(text)}",
        onward=onward,
    )
