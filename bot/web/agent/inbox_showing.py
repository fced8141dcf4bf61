"""What the inbox tells, in the agent's language: what was found, filters, what became of each of
several tickets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from bot.handover import asked, bulk, saved_filters, searching
from bot.handover.bulk import Outcome
from bot.handover.searching import Found
from bot.services.working_days import PARIS
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.web.agent import inbox_shapes as shapes
from bot.web.agent.showing import Shower
from bot.words.dates import Day

REFUSALS = frozenset({"taken", "forbidden", "not_found", "conflict", "unseen", "invalid"})


def deed_of(said: shapes.PostedBulk) -> bulk.Deed:
    """What was posted, as the deed it names."""
    match said.deed:
        case shapes.AssignAll(to=to):
            return bulk.Assign(to)
        case shapes.TransferAll(team=team):
            return bulk.Transfer(team)
        case shapes.PrioritiseAll(priority=priority):
            return bulk.Prioritise(priority)
        case shapes.TagAll(add=add, remove=remove):
            return bulk.Tag(add, remove)
        case shapes.SnoozeAll(until=until):
            return bulk.Snooze(until)
        case shapes.CloseAll():
            seen = {one.reference: one.seen_through for one in said.tickets}
            return bulk.Close({key: seq for key, seq in seen.items() if seq is not None})
        case shapes.UncloseAll(closing=closing):
            return bulk.Unclose(closing)
        case _:
            assert_never(said.deed)


@dataclass(frozen=True)
class InboxShower:
    """Every method works in its caller's transaction."""

    shower: Shower

    async def found(self, tx: Transaction, text: str, after: str | None) -> shapes.FoundView:
        """Raises `Invalid` for an `after` that is no place in it."""
        agent, counter = self.shower.agent, self.shower.service.counter
        query = asked.read(text)
        search = await searching.search(tx, agent, query, counter, utc_now(), after)
        return shapes.FoundView(
            asked=text[: asked.LONGEST],
            found=[self._found(one) for one in search.page.rows],
            is_reference=query.reference is not None,
            unknown=list(search.unknown),
            next=search.page.next,
        )

    def _found(self, one: Found) -> shapes.Found:
        return shapes.Found.model_validate(
            {
                "conversation": one.conversation_id,
                "town": self.shower.town(one.commune),
                "what": one.what,
                "label": self.shower.word(f"desk_found_{one.what}"),
                "reference": one.reference,
                "pieces": [
                    shapes.Piece(text=piece.text, is_hit=piece.is_hit) for piece in one.pieces
                ],
                "at": one.at,
                "row": None if one.listed is None else self.shower.row(one.listed),
            }
        )

    async def filters(self, tx: Transaction) -> shapes.SavedFilters:
        agent = self.shower.agent
        return shapes.SavedFilters(
            filters=[
                shapes.SavedFilter(
                    id=row["id"],
                    name=row["name"],
                    words=row["words"],
                    team=None if row["team"] is None else self.shower.team(row["team"]),
                    is_own=row["agent_id"] == agent.id,
                    changes=saved_filters.changes(agent, row),
                )
                for row in await saved_filters.seen_by(tx, agent)
            ]
        )

    def results(self, outcomes: Sequence[Outcome]) -> shapes.Results:
        return shapes.Results(results=[self._result(one) for one in outcomes])

    def _result(self, one: Outcome) -> shapes.Result:
        why = None
        if one.refused is not None:
            known = one.refused if one.refused in REFUSALS else "conflict"
            why = self.shower.word(f"desk_bulk_{known}", name=one.by or "")
        changes = [
            f"{self._value(name, one.before[name])} → {self._value(name, one.after[name])}"
            for name in one.after
        ]
        return shapes.Result(
            reference=one.reference,
            refused=one.refused,
            why=why,
            change=" ; ".join(changes) or None,
            undo=_undo(one.undo),
        )

    def _value(self, name: str, value: Any) -> str:
        match name:
            case "team":
                return self.shower.team(value)
            case "priority":
                return self.shower.word(f"desk_priority_{value}")
            case "status":
                return self.shower.word(f"desk_status_{value}")
            case "tags":
                return ", ".join(value) or "–"
            case "snoozed_until" if isinstance(value, datetime):
                at = value.astimezone(PARIS)
                day = Day(at.date(), "long")
                return self.shower.word("agent_moment", day=day, time=f"{at:%H:%M}")
            case _:
                return value or "–"


def _undo(deed: bulk.Deed | None) -> shapes.Undo | None:
    match deed:
        case bulk.Assign(to):
            return shapes.Undo(kind="assign", to=to)
        case bulk.Prioritise(priority):
            return shapes.Undo(kind="priority", priority=priority.value)
        case bulk.Tag(add, remove):
            return shapes.Undo(kind="tags", add=list(add), remove=list(remove))
        case bulk.Snooze(until):
            return shapes.Undo(kind="snooze", until=until)
        case bulk.Unclose(closing):
            return shapes.Undo(kind="unclose", closing=closing)
        case _:
            return None
