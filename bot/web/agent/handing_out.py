"""A citizen's file, handed to an agent's browser: saved, or played by the page, and never run."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from bot.attachments.rules import OCTETS, PLAYED, Kept, saved_as


def handed_out(request: web.Request, kept: Kept, data: bytes) -> web.Response:
    """The file, or the part of it that is asked for (`Range`): players seek by that. What no page
    plays has no type of its own, so that no browser shows it."""
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": _disposition(saved_as(kept)),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    mime = kept.mime if kept.mime in PLAYED else OCTETS
    asked = _range(request, len(data))
    if asked is None:
        return web.Response(body=data, content_type=mime, headers=headers)
    if not asked:
        headers["Content-Range"] = f"bytes */{len(data)}"
        return web.Response(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {asked.start}-{asked.stop - 1}/{len(data)}"
    part = data[asked.start : asked.stop]
    return web.Response(status=206, body=part, content_type=mime, headers=headers)


def _range(request: web.Request, size: int) -> range | None:
    """The bytes asked for; none of them where the file has none such; None for the whole file,
    which also answers what we do not understand or cannot compare (`If-Range`)."""
    if "If-Range" in request.headers:
        return None
    try:
        asked = request.http_range
    except ValueError:
        return None
    if asked.start is None and asked.stop is None:
        return None
    return range(size)[asked]


def _disposition(name: str) -> str:
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    plain = "".join("_" if one in '"\\' else one for one in plain)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
