"""News of a request: what there is to tell. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from bot.service_requests.rules import Status


class Topic(StrEnum):
    """What a piece of news is about."""

    STATE = "state"
    REROUTED = "rerouted"
    MOVED = "moved"  # its place was put right
    MERGED = "merged"
    RELEASED = "released"
    LATE = "late"  # its objective will be missed
    SEEN_SOLVED = "seen_solved"  # a follower says that it is solved
    OVERDUE = "overdue"  # the day planned for it is past


@dataclass(frozen=True)
class News:
    """One piece of news. `status`, `service`: the request's own once it happened. `reason`: the
    team's words. `day`: of a plan, or the one that will be missed. `other`: the service or the town
    that it was of before, the request that it is handled with, or the code of whose business it
    is."""

    topic: Topic
    status: Status
    service: str
    reason: str | None = None
    day: date | None = None
    other: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As it waits to be told."""
        return {
            "topic": self.topic.value,
            "status": self.status.value,
            "service": self.service,
            "reason": self.reason,
            "day": None if self.day is None else self.day.isoformat(),
            "other": self.other,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """As it was stored."""
        return cls(
            Topic(data["topic"]),
            Status(data["status"]),
            data["service"],
            data["reason"],
            None if data["day"] is None else date.fromisoformat(data["day"]),
            data["other"],
        )


def concerns_followers(news: News) -> bool:
    """A question to the one who filed may hold what is nobody else's, and is theirs to answer."""
    if news.topic is Topic.SEEN_SOLVED:
        return False
    return not (news.topic is Topic.STATE and news.status is Status.WAITING_CITIZEN)
