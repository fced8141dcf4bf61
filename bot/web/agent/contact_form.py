"""What the page of a contact posts: fields, and pictures as bytes."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.web_request import FileField

from bot.contacts.rules import LONGEST_ID
from bot.errors import Invalid, Unavailable
from bot.files.pictures import MAX_BYTES
from bot.service_requests.rules import MOST_PHOTOS
from bot.web.uploads import READ_WITHIN_S, Uploads

FIELDS_BYTES = 128 * 1024
LARGEST_BYTES = MOST_PHOTOS * MAX_BYTES + FIELDS_BYTES


async def contact_form(
    request: web.Request, uploads: Uploads, sender: str
) -> tuple[dict[str, str], list[bytes]]:
    """The fields that hold something, and the pictures chosen. `sender`: who holds
    room for them. Raises `Invalid` for what is no form, and `Unavailable` when it is too slow."""
    if request.content_type != "multipart/form-data":
        return await _read(request)
    async with uploads.slot(sender):
        try:
            async with asyncio.timeout(READ_WITHIN_S):
                return await _read(request.clone(client_max_size=LARGEST_BYTES))
        except TimeoutError:
            raise Unavailable("the form did not arrive in time") from None


async def _read(request: web.BaseRequest) -> tuple[dict[str, str], list[bytes]]:
    try:
        form = await request.post()
    except (ValueError, LookupError) as error:  # bytes or a charset that cannot be read
        raise Invalid("body", "no form") from error
    fields, pictures = {}, []
    for key, value in form.items():
        if isinstance(value, FileField):
            with value.file as file:
                pictures.append(await asyncio.to_thread(file.read))
        elif isinstance(value, str) and value:
            fields[key] = value
    return fields, [picture for picture in pictures if picture]


def contact_id_of(form: dict[str, str]) -> str:
    """What the page called its contact. Raises `Invalid`."""
    made = form.get("id", "")
    if not 0 < len(made) <= LONGEST_ID or not (made.isascii() and made.isprintable()):
        raise Invalid("id", "made by the page")
    return made
