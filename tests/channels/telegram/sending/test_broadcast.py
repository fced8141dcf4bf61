"""A broadcast to thousands beside a citizen who waits for an answer, with Telegram's limits on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy import text

from bot.accounts import store as accounts
from tests.channels.telegram.sending.stage import Stage
from tests.servers.telegram import Call
from tests.turn.scripted import now

FIRST = 6_500_000_000
THEY = 5000
IN_HALF_A_SECOND = 15
"""Messages, at the most that Telegram takes."""

CONVERSATIONS = """
INSERT INTO conversation (id, channel, address, citizen_id, owner, language, last_seq, introduced,
  attempts, read_by_agent, created_at, updated_at)
SELECT gen_random_uuid(), 'telegram', (CAST(:first AS bigint) + n)::text, :citizen, 'bot', 'fr', 1,
  true, 0, 0, :now, :now FROM generate_series(1, :they) AS n
"""
MESSAGES = """
INSERT INTO message (id, conversation_id, seq, sender, kind, text, content, at)
SELECT gen_random_uuid(), id, 1, 'system', 'text', 'Une nouvelle.', '{}', :now
FROM conversation WHERE citizen_id = :citizen
"""
DELIVERIES = """
INSERT INTO delivery (message_id, channel, conversation_id, seq, status, is_news, attempts, due_at,
  in_doubt)
SELECT message.id, 'telegram', conversation_id, seq, 'pending', true, 0, :now, false
FROM message JOIN conversation ON conversation.id = conversation_id WHERE citizen_id = :citizen
"""
OF_THEM = "conversation_id IN (SELECT id FROM conversation WHERE citizen_id = :citizen)"


@pytest.fixture
async def broadcast(quiet: Stage) -> AsyncIterator[None]:
    """The same news for thousands, queued."""
    for number in range(1, THEY + 1):
        quiet.server.person("Somebody", id=FIRST + number, has_started=True)
    async with quiet.database.transaction() as tx:
        citizen = await accounts.new_citizen(tx, now())
        values = {"first": FIRST, "they": THEY, "citizen": citizen, "now": now()}
        for statement in (CONVERSATIONS, MESSAGES, DELIVERIES):
            await tx.execute(text(statement), values)
    yield
    await quiet.stop()
    async with quiet.database.transaction() as tx:
        for table in ("telegram_message", "delivery", "message"):
            await tx.execute(text(f"DELETE FROM {table} WHERE {OF_THEM}"), {"citizen": citizen})
        await tx.execute(
            text("DELETE FROM conversation WHERE citizen_id = :citizen"), {"citizen": citizen}
        )


def has_made(number: int, calls: list[Call]) -> bool:
    return len(calls) >= number


def has_called(chat_id: int, calls: list[Call]) -> bool:
    return any(call.chat_id == chat_id for call in calls)


async def test_an_answer_comes_into_the_middle_of_a_broadcast(
    quiet: Stage, broadcast: None
) -> None:
    del broadcast
    quiet.server.keep_limits()
    chats = [await quiet.chat(f"Nadia {number}") for number in range(3)]
    quiet.start()
    for number, chat in enumerate(chats, 1):
        await quiet.server.wait_for(partial(has_made, 25 * number), 15)
        await chat.says("la réponse")
        before = len(quiet.server.calls)
        await quiet.server.wait_for(partial(has_called, chat.id))
        made = [call.chat_id for call in quiet.server.calls[before:]]
        assert made.index(chat.id) < IN_HALF_A_SECOND
    assert [call for call in quiet.server.calls if call.error is not None] == []
