"""What the forms of canned answers and macros say, read into what they make."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from bot.answers.deeds import Macro
from bot.answers.operations import Content
from bot.answers.rules import Answer, Kind, Words
from bot.errors import Invalid

LARGEST = 9_999_999


async def fields_of(request: web.Request) -> dict[str, list[str]]:
    """Every field that was posted, with all its values. Raises `Invalid` for what is no form."""
    try:
        form = await request.post()
    except (ValueError, LookupError) as error:  # bytes or a charset that cannot be read
        raise Invalid("body", "no form") from error
    fields: dict[str, list[str]] = {}
    for name, value in form.items():
        if isinstance(value, str) and value.strip():
            said = value.replace("\x00", "").replace("\r\n", "\n").strip()
            fields.setdefault(name, []).append(said)
    return fields


def first(fields: dict[str, list[str]], name: str) -> str | None:
    return next(iter(fields.get(name, ())), None)


def number(fields: dict[str, list[str]], name: str) -> int:
    """Raises `Invalid` for what is none."""
    said = first(fields, name) or ""
    if not (said.isascii() and said.isdecimal()) or int(said) > LARGEST:
        raise Invalid(name, "no number")
    return int(said)


def content_in(kind: Kind, fields: dict[str, list[str]]) -> Content:
    """As it was written, not checked yet."""
    title = Words(first(fields, "title_fr") or "", first(fields, "title_en"))
    team = first(fields, "team")
    if kind is Kind.ANSWER:
        return Answer(
            title,
            Words(first(fields, "body_fr") or "", first(fields, "body_en")),
            team,
            _sorted(fields.get("subjects", ())),
            _sorted(fields.get("services", ())),
        )
    return Macro(
        title,
        team,
        takes="takes" in fields,
        reply=first(fields, "reply"),
        note=first(fields, "note") or "",
        priority=first(fields, "priority"),
        transfer=first(fields, "transfer"),
        closes="closes" in fields,
    )


def _sorted(codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(codes)))
