"""An agent says what a message meant: reviewed by others, it teaches the assistant. And puts a
request that was filed under the wrong service where it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.conversations.tables import Message
from bot.errors import Invalid, NotFound
from bot.handover import store
from bot.handover.counter import Counter
from bot.handover.rules import check_free
from bot.learning import store as learning
from bot.learning.anonymising import anonymised
from bot.learning.operations import check_meant, checked_text
from bot.learning.rules import LONGEST_TEXT, Meant
from bot.service_requests import changes
from bot.service_requests import store as requests
from bot.service_requests.rules import Actor
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.rules import EventKind
from bot.words.folding import fold
from bot.words.personal_data import HIDDEN


@dataclass(frozen=True)
class Correction:
    """What the message `seq` meant. `request`: one of the citizen's that is put under
    `meant.service` as well."""

    seq: int
    meant: Meant
    request: str | None = None


async def correct(
    tx: Transaction,
    agent: Agent,
    reference: str,
    correction: Correction,
    counter: Counter,
    now: datetime,
) -> None:
    """Keep what a citizen's message of the ticket meant, without anything personal in it, for
    review; a second word on the same message replaces the first.

    Raises `NotFound`, `Invalid`, and `Conflict` once somebody has decided on it; where a request is
    named, `Taken` when somebody else has the ticket.
    """
    ticket = await store.check_visible(tx, agent, reference)
    if correction.request is not None:
        check_free(agent, (await store.hold_any(tx, agent, reference)).hands)
    meant = correction.meant
    check_meant(meant)
    _check_known(meant, ticket["commune"], counter)
    said = await _said(tx, ticket, correction.seq)
    known = [ticket["contact"] or "", agent.name]
    text = anonymised(said.text[:LONGEST_TEXT], _towns(counter), known)
    await learning.propose(
        tx,
        ticket["conversation_id"],
        correction.seq,
        checked_text(text),
        meant,
        understood=await _understood(ticket, said),
        commune=ticket["commune"],
        at=now,
        agent_id=agent.id,
        author=agent.name,
    )
    if correction.request is not None:
        await _put_right(tx, agent, ticket, correction, counter, now)
    await tickets.record(
        tx,
        reference,
        EventKind.CORRECTED,
        now,
        agent_id=agent.id,
        author=agent.name,
        data={"intent": meant.intent, "service": meant.service, "town": meant.place},
    )


def _check_known(meant: Meant, commune: str | None, counter: Counter) -> None:
    if meant.service is not None and not counter.catalogue.has(meant.service, commune):
        raise Invalid("service", "unknown", reason="unknown")
    towns = {known.insee for known in counter.gazetteer.communes}
    if meant.place is not None and meant.place not in towns:
        raise Invalid("place", "unknown", reason="unknown")


def _towns(counter: Counter) -> frozenset[str]:
    """The words of all towns' names."""
    return frozenset(
        word for town in counter.gazetteer.communes for word in fold(town.name).split()
    )


async def _said(tx: Transaction, ticket: RowMapping, seq: int) -> Any:
    found = await tx.execute(
        select(Message.text, Message.content, Message.at).where(
            Message.conversation_id == ticket["conversation_id"],
            Message.seq == seq,
            Message.sender == "citizen",
            Message.text != "",
            Message.text != HIDDEN,
        )
    )
    row = found.one_or_none()
    ended = ticket["closed_at"]
    if row is None or (ended is not None and row.at > ended):
        raise NotFound("message")
    return row


async def _understood(ticket: RowMapping, said: Any) -> dict[str, Any]:
    """What is known of how it was read: of the message that brought a person, the readings."""
    understood: dict[str, Any] = {"doubted": bool(said.content.get("doubted"))}
    packet = ticket["packet"].get("understood", {})
    if said.text and said.text in ticket["summary"]:
        understood["readings"] = packet.get("readings", [])
    return understood


async def _put_right(
    tx: Transaction,
    agent: Agent,
    ticket: RowMapping,
    correction: Correction,
    counter: Counter,
    now: datetime,
) -> None:
    """Raises `NotFound` for a request that the citizen did not file, or of another town."""
    own = await requests.of_citizen(tx, ticket["citizen_id"])
    asked = next((row for row in own if row.reference == correction.request), None)
    if asked is None or not asked.is_own or not agent.sees(asked.commune):
        raise NotFound("request")
    code = correction.meant.service
    if code is None:
        raise Invalid("service", "a request is of a service", reason="empty")
    service = counter.catalogue.service(code, asked.commune)
    await changes.reroute(tx, asked.reference, code, service.target_delay_days, Actor.AGENT, now)
