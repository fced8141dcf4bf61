"""Where a list goes on, as a text that pages hand back. Pure."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from bot.errors import Invalid

LONGEST = 400
"""Characters."""
LARGEST = 2**31
type Kind = type[int | datetime | str | UUID]


def cursor_of(place: Sequence[object]) -> str:
    """A row's place in the order of its list."""
    texts = [one.isoformat() if isinstance(one, datetime) else str(one) for one in place]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


def read_cursor(cursor: str, kinds: Sequence[Kind]) -> list[str]:
    """The place that it names, each part readable as its kind. Raises `Invalid`."""
    try:
        if len(cursor) > LONGEST:
            raise ValueError
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_checked(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise Invalid("after", "not a place in this list") from error


def _checked(value: object, kind: Kind) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise TypeError
    if kind is datetime:
        if value != "infinity" and datetime.fromisoformat(value).tzinfo is None:
            raise ValueError
    elif kind is int and not 0 <= int(value) < LARGEST:
        raise ValueError
    elif kind is UUID:
        UUID(value)
    return value
