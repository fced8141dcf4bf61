"""What of a conversation is another town's. An open ticket shows all that was said: where that
would tell an agent what was said to another town since, none is opened. Rights are asked here: by
town, always."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.conversations.tables import Conversation, Message
from bot.errors import GoesOn
from bot.handover.rules import Author
from bot.handover.searching import message_seen
from bot.handover.store import IS_SHOWN, Held, request_seen, visible
from bot.service_requests.tables import ServiceRequest
from bot.storage.transaction import Transaction
from bot.tickets.tables import Ticket


def readable(agent: Agent) -> ColumnElement[bool]:
    """The condition of what is theirs to read without a ticket: of a conversation that another town
    has now, what was said until the report of their town was filed."""
    led_to_report: ColumnElement[bool] = exists().where(
        ServiceRequest.conversation_id == Conversation.id,
        request_seen(agent),
        Message.at <= ServiceRequest.filed_at,
    )
    return or_(message_seen(agent), led_to_report.correlate(Conversation, Message))


async def is_told_more(tx: Transaction, agent: Agent, conversation: RowMapping) -> bool:
    """Whether another town was told in it what is not theirs to read."""
    if not await _is_of_another(tx, agent, conversation):
        return False
    said = (
        select(Message.seq)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.id == conversation["id"],
            Message.sender == "citizen",
            IS_SHOWN,
            readable(agent).is_not(True),
        )
        .limit(1)
    )
    return await tx.scalar(said) is not None


async def check_goes_on_here(tx: Transaction, author: Author, held: Held) -> None:
    """Of a ticket that is to be opened again. Raises `GoesOn` where another town was told more
    since, or asked: in an outside backend nobody is of a town."""
    if not isinstance(author, Agent):
        return
    asked_since = exists().where(
        Ticket.conversation_id == held.conversation["id"],
        Ticket.opened_at > held.ticket["opened_at"],
        ~visible(author),
    )
    is_asked = await tx.scalar(select(asked_since))
    if is_asked or await is_told_more(tx, author, held.conversation):
        raise GoesOn("another town has the conversation since")


async def _is_of_another(tx: Transaction, agent: Agent, conversation: RowMapping) -> bool:
    """Now, or by a ticket: what names no town is nobody else's."""
    if agent.communes is None or agent.sees(conversation["commune"]):
        return False
    if conversation["commune"] is not None:
        return True
    asked = exists().where(
        Ticket.conversation_id == conversation["id"],
        Ticket.commune.is_not(None),
        ~visible(agent),
    )
    return bool(await tx.scalar(select(asked)))
