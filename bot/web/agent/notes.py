"""The notes of a ticket as an agent reads them."""

from __future__ import annotations

from bot.accounts.rules import Agent
from bot.handover import mentioning
from bot.handover.packet import Packet
from bot.storage.transaction import Transaction
from bot.tickets.rules import EventKind
from bot.web.agent import shapes


async def notes_of(tx: Transaction, agent: Agent, known: Packet) -> list[shapes.Note]:
    """Oldest first. A name that was hidden in a note is not told beside it."""
    called = await mentioning.names(tx, known.ticket["reference"])
    return [
        shapes.Note(
            id=event["external_id"],
            at=event["at"],
            author=event["author"] or "",
            text=event["text"] or "",
            mentions=[
                shapes.Mention(name=name, is_me=who == agent.id)
                for who, name in called.get(event["id"], ())
                if mentioning.is_called(name, event["text"] or "")
            ],
        )
        for event in known.history
        if event["kind"] == EventKind.NOTE.value
    ]
