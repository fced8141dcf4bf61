"""What Telegram answers when it will not do something, in its own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Refused(Exception):
    """An answer with `ok: false`."""

    code: int
    description: str
    parameters: dict[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        said = {"ok": False, "error_code": self.code, "description": self.description}
        return {**said, "parameters": self.parameters} if self.parameters else said


def bad(description: str) -> Refused:
    return Refused(400, f"Bad Request: {description}")


def forbidden(description: str) -> Refused:
    return Refused(403, f"Forbidden: {description}")


def conflict(description: str) -> Refused:
    return Refused(409, f"Conflict: {description}")


def too_many(retry_after_s: int) -> Refused:
    description = f"Too Many Requests: retry after {retry_after_s}"
    return Refused(429, description, {"retry_after": retry_after_s})


UNAUTHORIZED = Refused(401, "Unauthorized")
UNKNOWN_METHOD = Refused(404, "Not Found: method not found")
TOO_LARGE = Refused(413, "Request Entity Too Large")
BLOCKED = forbidden("bot was blocked by the user")
NOT_MODIFIED = bad(
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
OTHER_POLL = conflict(
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
HAS_WEBHOOK = conflict(
    "can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
