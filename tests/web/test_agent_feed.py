"""What an agent's open page is told of what happens elsewhere, and what that costs."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import select

from bot.accounts import session_store
from bot.accounts.rules import Agent, Role
from bot.accounts.tables import AgentSession
from bot.audit import store as audit
from bot.audit.rules import Wanted
from bot.conversations.live import ANY_TICKET
from bot.handover import answering, passing
from bot.parts import Service
from bot.storage.transaction import Database
from bot.web.agent.feed import Feed
from tests.handover.builders import COUNTER, a_case, an_agent
from tests.turn.scripted import now
from tests.web.browsers import Browsers
from tests.web.test_agent_doors import at_desk


async def told(feed: Feed, changed: str) -> list[str]:
    """The events of a change."""
    return [news.name for news in await feed.around({changed})]


async def lines(database: Database, agent: Agent) -> list[tuple[str, str]]:
    """What the audit log has of whoever bears that name."""
    nadia = Agent(uuid4(), "Nadia", Role.METROPOLIS_ADMINISTRATOR, None)
    async with database.transaction() as tx:
        found = await audit.entries(tx, nadia, Wanted(who=agent.name))
    return [(one.action, one.subject) for one in found]


async def test_only_what_can_change_a_list_has_it_read_again(
    assembled: Service, database: Database
) -> None:
    claire, mine, other = await an_agent(database), await a_case(database), await a_case(database)
    async with database.transaction() as tx:
        token = await session_store.open_session(tx, claire.id, "Firefox", now())
        await passing.assign(tx, claire, mine.reference, claire.id, COUNTER, now())
    feed = Feed(assembled, token, "fr", "mine", None, None, 0)
    assert await told(feed, ANY_TICKET) == ["queue"]

    await other.writes("et moi ?")
    assert await told(feed, str(other.speaker.conversation_id)) == []
    await mine.writes("toujours là ?")
    assert await told(feed, str(mine.speaker.conversation_id)) == ["queue"]
    async with database.transaction() as tx:
        await answering.reply(tx, claire, mine.reference, "Oui.", "1", COUNTER, now())
    assert await told(feed, str(mine.speaker.conversation_id)) == ["queue"]
    async with database.transaction() as tx:
        await passing.assign(tx, claire, other.reference, claire.id, COUNTER, now())
    assert await told(feed, other.reference) == ["queue"]


async def test_what_a_page_is_told_of_a_ticket_was_seen(
    assembled: Service, database: Database
) -> None:
    agent, case = await an_agent(database, uuid4().hex), await a_case(database)
    async with database.transaction() as tx:
        token = await session_store.open_session(tx, agent.id, "Firefox", now())
    conversation = case.speaker.conversation_id
    told = await Feed(assembled, token, "fr", "mine", case.reference, conversation, 0).said()
    assert "message" in [news.name for news in told]
    assert await lines(database, agent) == [("ticket.seen", case.reference)]


async def test_what_a_ticket_is_likely_about_was_read_in_it(
    browsers: Browsers, database: Database
) -> None:
    desk = await at_desk(browsers, database, uuid4().hex)
    case = await a_case(database, "un trou dans la chaussée")
    await desk.gets(f"/tickets/{case.reference}/suggestions")
    assert await lines(database, desk.agent) == [("ticket.seen", case.reference)]


async def test_a_page_that_is_left_open_does_not_keep_its_session(
    assembled: Service, database: Database
) -> None:
    claire, earlier = await an_agent(database), now() - session_store.IDLE / 2
    async with database.transaction() as tx:
        token = await session_store.open_session(tx, claire.id, "Firefox", earlier)
    await Feed(assembled, token, "fr", "mine", None, None, 0).around({ANY_TICKET})
    async with database.transaction() as tx:
        seen = await tx.scalar(
            select(AgentSession.seen_at).where(AgentSession.agent_id == claire.id)
        )
    assert seen == earlier
