"""Errors of the domain: a stable code, no display text, no personal data in them."""

from __future__ import annotations


class DomainError(Exception):
    """Something the domain refuses. Each door turns it into words or a status in one place.
    `reason`: a stable code where one code has several."""

    code = "error"
    reason: str | None = None


class NotFound(DomainError):
    """It does not exist, or not for the one who asks: the two must look the same."""

    code = "not_found"

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Forbidden(DomainError):
    """Known, visible, and not allowed."""

    code = "forbidden"


class SignedOut(Forbidden):
    """Nobody is signed in any more, or yet."""

    code = "signed_out"


class Invalid(DomainError):
    """A value that cannot be accepted. `field` names it, `message` is for the log."""

    code = "invalid"

    def __init__(self, field: str, message: str, reason: str | None = None) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message
        self.reason = reason


class Conflict(DomainError):
    """It changed meanwhile."""

    code = "conflict"


class Unseen(Conflict):
    """Somebody said something that whoever acts has not had on screen: they read it first."""

    code = "unseen"


class GoesOn(Conflict):
    """The citizen has gone on with another town: what is theirs is no longer all there is."""

    code = "goes_on"


class Unavailable(DomainError):
    """Something we depend on does not answer now."""

    code = "unavailable"
