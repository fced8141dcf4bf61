"""What is told of a change: which request, where, what changed, and what comes next. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.service_requests.rules import CLOSED, Status
from bot.services.rules import Service
from bot.words.phrases import Button, Line, Press, Reply, say

UNTOLD = frozenset({"open311"})
"""Channels where nobody reads: who posts there asks for what changed."""


@dataclass(frozen=True)
class Change:
    """A step of a request's life, for those whom it concerns. `service` is None when it has left
    the catalogue since."""

    reference: str
    service: Service | None
    place: Line
    status: Status
    reason: str | None


def told(change: Change, *, is_own: bool) -> Reply:
    """The message to whoever filed it (`is_own`) or follows it."""
    what: Line = "" if change.service is None else change.service.short_label
    heading = "change.own" if is_own else "change.followed"
    lines: list[Line] = [
        say(heading, reference=change.reference, what=what, place=change.place),
        say("change.state", state=say(f"state.{change.status}")),
    ]
    if change.reason:
        key = "change.reason" if change.status is Status.REJECTED else "change.detail"
        lines.append(say(key, reason=change.reason))
    if change.status is Status.RESOLVED:
        lines.append(say("change.is_it_solved"))
    elif change.status is Status.REJECTED and change.service and change.service.not_ours:
        lines.append(change.service.not_ours)
    elif change.status not in CLOSED and change.service is not None:
        lines.append(say("follow.next", steps=change.service.next_steps))
    return Reply(tuple(lines), buttons=_buttons(change), reference=change.reference)


def _buttons(change: Change) -> tuple[Button, ...]:
    human = Button(say("button.human"), Press("contact_agent"), lasting=True)
    reference = {"reference": change.reference}
    if change.status in (Status.RESOLVED, Status.REJECTED):
        reopen = Press("reopen_request", {**reference, "sure": True})
        return (Button(say("button.reopen"), reopen, lasting=True), human)
    return (Button(say("button.follow"), Press("follow_request", reference), lasting=True), human)
