"""A turn that ends in doubt leaves its mark on what the citizen wrote."""

from __future__ import annotations

from sqlalchemy import select

from bot.conversations.tables import Conversation, Message
from bot.conversations.turn import Turn
from bot.figures.lists import IS_MISUNDERSTOOD
from bot.storage.transaction import Database
from tests.turn.scripted import a_citizen, a_worker, said
from tests.turn.test_turn import answered


async def doubt_the_thing(turn: Turn) -> None:
    turn.doubted = "bidule" in turn.text
    turn.say(turn.text)


async def test_only_what_was_not_understood_is_marked(database: Database) -> None:
    worker, _ = a_worker(database, doubt_the_thing)
    citizens = [await a_citizen(database) for _ in range(2)]
    for citizen, text in zip(citizens, ("le bidule", "un trou"), strict=True):
        accepted = await said(database, citizen, text)
        await answered(database, worker, accepted.conversation_id)
    async with database.transaction() as tx:
        marked = await tx.execute(
            select(Message.text)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Conversation.citizen_id.in_(citizens), IS_MISUNDERSTOOD)
        )
        assert list(marked.scalars()) == ["le bidule"]
