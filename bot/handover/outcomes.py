"""How citizens hear that a ticket has ended, also one that went on in another."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from bot.conversations import store as conversations
from bot.conversations.commit import tell_in
from bot.handover.counter import Counter
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.tables import Ticket
from bot.words.phrases import Button, Press, Reply, say


def served_buttons(reference: str) -> tuple[Button, ...]:
    """One tap says whether the answer settled it."""
    return (
        _served(reference, "button.served", is_settled=True),
        _served(reference, "button.not_served", is_settled=False),
    )


def _served(reference: str, key: str, *, is_settled: bool) -> Button:
    values = {"served": is_settled, "reference": reference}
    return Button(say(key), Press("contact_agent", values), lasting=True)


async def tell(tx: Transaction, reference: str, name: str, counter: Counter, now: datetime) -> None:
    """A ticket was ended by the agent of that `name`: the citizens of those that went on in it, and
    who are to hear so, are asked whether theirs is settled. What was said to one citizen is not
    repeated to another."""
    result = await tx.execute(
        select(Ticket.reference, Ticket.conversation_id)
        .where(Ticket.merged_into == reference, Ticket.merged_tells.is_(True))
        .order_by(Ticket.conversation_id)
    )
    for merged, conversation_id in result.all():
        conversation = await conversations.locked(tx, conversation_id)
        told = Reply(
            (say("ticket.merged_closed", reference=merged, name=name), say("ticket.served")),
            buttons=served_buttons(merged),
            expects="choice",
            reference=merged,
        )
        await tell_in(tx, conversation, [told], counter.words, now, is_news=True)


async def relay(
    tx: Transaction,
    ticket: RowMapping,
    name: str,
    text: str | None,
    counter: Counter,
    now: datetime,
) -> None:
    """Say an agent's words, or that they have finished (None), where the citizen of a ticket that
    was split off writes. Does nothing for any other."""
    if ticket["split_from"] is None:
        return
    whole = await tickets.by_reference(tx, ticket["split_from"])
    conversation = await conversations.locked(tx, whole["conversation_id"])
    who = {"name": name, "team": counter.team(ticket["team"]).label}
    key = "ticket.split_closed" if text is None else "ticket.split_said"
    line = say(key, reference=ticket["reference"], **who)
    told = Reply((line,) if text is None else (line, text))
    await tell_in(tx, conversation, [told], counter.words, now, is_news=True)
