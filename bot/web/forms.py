"""What a page posts without scripts."""

from __future__ import annotations

from aiohttp import web

from bot.errors import Invalid


async def form_of(request: web.Request) -> dict[str, str]:
    """The fields of a posted form that hold something. Raises `Invalid` for what is no form."""
    try:
        form = await request.post()
    except (ValueError, LookupError) as error:  # bytes or a charset that cannot be read
        raise Invalid("body", "no form") from error
    return {key: value for key, value in form.items() if isinstance(value, str) and value}
