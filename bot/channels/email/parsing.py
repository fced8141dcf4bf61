"""A mail taken apart by the standard library's parser, which follows whatever is written in it: it
takes hours for the parameters of one long header, or for many lines in many parts in one another.
"""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message
from email.policy import Policy, compat32
from functools import partial
from typing import Any

_WITH_PARAMETERS = {"content-type", "content-disposition"}
LONGEST_PARAMETERS = 2000
"""Characters of a header with parameters; the name of a file fits several times."""
MOST_MULTIPARTS = 50
"""Parts that hold parts; each further one is a text."""
MOST_LINES = 1_000_000
"""Of a whole mail: three times those of the largest attachment."""


def taken_apart(raw: bytes) -> Message:
    """Raises `ValueError` for more lines than a mail has."""
    if max(raw.count(b"\n"), raw.count(b"\r")) > MOST_LINES:
        raise ValueError("lines")
    return message_from_bytes(raw, partial(_Bounded, []), policy=compat32)


def held_in(part: Message) -> list[Message]:
    """The parts of a part; none of one that is a text or a file."""
    held = part.get_payload() if part.is_multipart() else []
    return [one for one in held if isinstance(one, Message)]


class _Bounded(Message):
    """A mail or a part. `multiparts`: those of the whole mail that hold parts."""

    def __init__(self, multiparts: list[Message], policy: Policy[Any] = compat32) -> None:
        super().__init__(policy)
        self._multiparts = multiparts
        self._is_typed = False
        self._is_text = False

    def set_raw(self, name: str, value: str) -> None:
        """Called by the parser for each header, before it looks at any of them."""
        known = name.lower()
        super().set_raw(name, value[:LONGEST_PARAMETERS] if known in _WITH_PARAMETERS else value)
        if known == "content-type" and not self._is_typed:  # the first one counts
            self._is_typed = True
            self._is_text = self._is_one_too_many()

    def _is_one_too_many(self) -> bool:
        if self.get_content_maintype() != "multipart":
            return False
        self._multiparts.append(self)
        return len(self._multiparts) > MOST_MULTIPARTS

    def get_content_type(self) -> str:
        return "text/plain" if self._is_text else super().get_content_type()
