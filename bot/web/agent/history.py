"""The history of a ticket, each thing that happened in a line of words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.engine import RowMapping

from bot.handover.packet import Packet
from bot.service_requests.rules import Status
from bot.service_requests.wording import state
from bot.services.working_days import PARIS
from bot.tickets.rules import CLOSING, EventKind
from bot.web.agent.meanings import meaning
from bot.words.catalogues import Words
from bot.words.dates import Day

Line = tuple[str, dict[str, object]]
"""The end of the key of a line's words, and their values."""


class Speaker(Protocol):
    """Who says it: in which language, and by which names."""

    @property
    def language(self) -> str: ...
    @property
    def words(self) -> Words: ...
    def word(self, key: str, **values: object) -> str: ...
    def team(self, code: str) -> str: ...
    def town(self, insee: str | None) -> str: ...


def line(speaker: Speaker, event: RowMapping, known: Packet) -> str:
    """What happened, as an agent reads it."""
    kind, data = EventKind(event["kind"]), event["data"]
    author = event["author"] or speaker.word("desk_citizen")
    key, values = _told(speaker, kind, data, event["author"], known)
    return speaker.word(f"desk_event_{key}", **{"name": author, **values})


def ended(speaker: Speaker, closed_at: datetime | None, known: Packet) -> str | None:
    """That a ticket is over, since when, and who ended it; None for one that is open."""
    if closed_at is None:
        return None
    ends = [event for event in known.history if EventKind(event["kind"]) in CLOSING]
    at = closed_at.astimezone(PARIS)
    when = speaker.word("agent_moment", day=Day(at.date(), "long"), time=f"{at:%H:%M}")
    if not ends:
        return speaker.word("desk_ended", when=when)
    name, is_back = ends[-1]["author"], ends[-1]["kind"] == EventKind.GIVEN_BACK.value
    key = "citizen" if name is None else "back" if is_back else "by"
    return speaker.word(f"desk_ended_{key}", name=name, when=when)


def _told(
    speaker: Speaker, kind: EventKind, data: Mapping[str, Any], author: str | None, known: Packet
) -> Line:
    match kind:
        case EventKind.ASSIGNED:
            return _assigned(data, author)
        case EventKind.SNOOZED | EventKind.WOKEN | EventKind.TAGGED:
            return _sorted(kind, data)
        case EventKind.RATED if not data.get("score"):
            return "commented", {}
        case EventKind.REDACTED:
            return f"redacted_{data['what']}", {}
        case EventKind.FILLED:
            asked = {fact.field: fact.name for fact in (*known.form, *known.missing)}
            return kind.value, {"field": asked.get(data["field"], data["field"])}
        case _:
            return kind.value, _values(speaker, kind, data)


def _values(speaker: Speaker, kind: EventKind, data: Mapping[str, Any]) -> dict[str, object]:
    match kind:
        case EventKind.OPENED:
            return {"why": speaker.word(f"desk_reason_{data['reason']}")}
        case EventKind.CHOSE:
            return {"how": speaker.word(f"desk_reach_{data['reach']}")}
        case EventKind.TRANSFERRED:
            return {"team": speaker.team(data["team"])}
        case EventKind.PRIORITY | EventKind.ESCALATED:
            return {"priority": speaker.word(f"desk_priority_{data['priority']}")}
        case EventKind.MACRO:
            return {"macro": data["macro_en" if speaker.language == "en" else "macro"]}
        case EventKind.RATED:
            return {"score": speaker.word(f"desk_score_{data['score']}")}
        case EventKind.ORIGINAL_SEEN:
            return {"why": data["why"]}
        case EventKind.MOVED:
            return {"reference": data["request"], "town": speaker.town(data["after"])}
        case EventKind.STATE:
            phrase = state(Status(data["state"]), is_own=False)
            said = speaker.words.render(phrase, speaker.language)
            return {"reference": data["request"], "state": said}
        case EventKind.CORRECTED:
            return {"what": meaning(speaker.words, data["intent"], speaker.language)}
        case _:
            return {"reference": data["other"]} if "other" in data else {}


def _assigned(data: Mapping[str, Any], author: str | None) -> Line:
    name = data.get("name")
    if data.get("automatic"):
        return "assigned_by_itself", {"to": name}
    if name is None:
        return "unassigned", {}
    return ("took" if name == author else "assigned"), {"to": name}


def _sorted(kind: EventKind, data: Mapping[str, Any]) -> Line:
    if kind is EventKind.WOKEN:
        return f"woken_{data['why']}", {}
    if kind is EventKind.TAGGED:
        added = [f"+ {tag}" for tag in data.get("added", ())]
        removed = [f"− {tag}" for tag in data.get("removed", ())]
        return "tagged", {"tags": ", ".join([*added, *removed]) or "…"}
    if data.get("until") is None:
        return "unsnoozed", {}
    until = datetime.fromisoformat(data["until"]).astimezone(PARIS)
    return "snoozed", {"day": Day(until.date(), "long"), "time": f"{until:%H:%M}"}
