"""What a page says of a try that was refused."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from bot.accounts.sign_in import UnreadableFactor
from bot.accounts.throttling import Slowed
from bot.errors import DomainError, Invalid, Unavailable


@dataclasses.dataclass(frozen=True)
class Wrong:
    """`key` of the page's words and their `values`; `form` and `field` are where it is said."""

    form: str
    field: str
    key: str
    status: int
    values: Mapping[str, int | str] = dataclasses.field(default_factory=dict)
    retry_after_s: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}


def wrong_with(error: DomainError, form: str, field: str, otherwise: str) -> Wrong:
    """The refusal of a try. `otherwise`: the words for a value that is simply wrong."""
    match error:
        case Slowed():
            minutes = math.ceil(error.wait_s / 60)
            return Wrong(form, field, "agent_slowed", 429, {"n": minutes}, error.wait_s)
        case UnreadableFactor():
            return Wrong(form, field, "agent_factor_unreadable", 503)
        case Unavailable():
            return Wrong(form, field, "agent_busy", 503, retry_after_s=10)
        case Invalid(reason=str(reason)):
            return Wrong(form, error.field, f"agent_{error.field}_{reason}", 400)
        case Invalid():
            return Wrong(form, field, otherwise, 400)
        case _:
            return Wrong(form, field, otherwise, 403)
