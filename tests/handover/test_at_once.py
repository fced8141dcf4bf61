"""The assistant, two agents and the citizen act at once, on a real database: whatever the order,
the assistant never speaks in an agent's conversation, and nothing that a person wrote is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.accounts.rules import Agent, Role
from bot.conversations import store as conversations
from bot.conversations.ownership import HAS_TICKET, TRANSITIONS, Deed
from bot.conversations.rules import Owner
from bot.conversations.turn import Turn
from bot.errors import DomainError
from bot.handover import answering, passing
from bot.handover.choosing import GiveUp, ReopenTicket
from bot.storage.transaction import Database
from bot.tickets.tables import Ticket
from tests.handover.builders import CATALOGUE, COUNTER, Case, a_case, an_agent
from tests.turn.scripted import ScriptedEngine, a_worker, now, until

TEAMS = ("voirie", "accueil")
MOMENTS_MS = st.integers(0, 120)
THINKS_MS = 40
DEEDS = (
    *(["write"] * 5),
    *(["reply"] * 5),
    *("ask", "close", "give_back", "release", "transfer"),
    *("pull", "reopen", "give_up", "reopened_by_citizen"),
)


@dataclass
class Scene:
    case: Case
    agents: list[Agent]
    wake: Callable[[], None]
    written: list[str] = field(default_factory=list)
    replied: list[str] = field(default_factory=list)


Act = Callable[[Scene], Awaitable[Any]]


@st.composite
def acts(  # noqa: C901  (one arm a deed)
    draw: st.DrawFn, deeds: tuple[str, ...] = DEEDS, moments: st.SearchStrategy[int] = MOMENTS_MS
) -> Act:
    """Something that one of them does, after a moment."""
    after_ms, who = draw(moments), draw(st.integers(0, 1))
    what = draw(st.sampled_from(deeds))

    async def act(scene: Scene) -> None:
        await asyncio.sleep(after_ms / 1000)
        case, agent = scene.case, scene.agents[who]
        if what == "write":
            text = f"message {uuid4().hex[:6]}"
            await case.writes(text)
            scene.written.append(text)
            async with case.database.transaction() as tx:  # without the moment of gathering
                await conversations.change(tx, case.speaker.conversation_id, due_at=now())
            scene.wake()
            return
        if what == "ask":
            await case.open("un agent, svp")
            return
        reference, text = await newest(case), ""
        async with case.database.transaction() as tx:
            match what:
                case "reply":
                    text = f"{agent.name} {uuid4().hex[:6]}"
                    await answering.reply(tx, agent, reference, text, text, COUNTER, now())
                case "close":
                    await answering.close(tx, agent, reference, COUNTER, now())
                case "give_back":
                    await passing.give_back(tx, agent, reference, COUNTER, now())
                case "release":
                    await passing.assign(tx, agent, reference, None, COUNTER, now())
                case "transfer":
                    await passing.transfer(tx, agent, reference, TEAMS[who], COUNTER, now())
                case "pull":
                    await passing.pull(tx, agent, case.speaker.conversation_id, COUNTER, now())
                case "reopen":
                    await answering.reopen(tx, agent, reference, COUNTER, now())
                case "give_up":
                    await GiveUp().perform(tx, case.speaker, now())
                case _:
                    reopening = ReopenTicket(reference, "encore", CATALOGUE)
                    await reopening.perform(tx, case.speaker, now())
        if what == "reply":
            scene.replied.append(text)

    return act


async def newest(case: Case) -> str:
    async with case.database.transaction() as tx:
        return str(
            await tx.scalar(
                select(Ticket.reference)
                .where(Ticket.conversation_id == case.speaker.conversation_id)
                .order_by(Ticket.opened_at.desc())
                .limit(1)
            )
        )


async def quietly(act: Act, scene: Scene) -> None:
    """A refusal is an answer like any other."""
    try:
        await act(scene)
    except DomainError:
        return


async def check(scene: Scene) -> None:
    case = scene.case
    messages = await case.messages()
    conversation = await case.conversation()
    assert [m.seq for m in messages] == list(range(1, conversation["last_seq"] + 1))
    said = [m.text for m in messages]
    assert all(text in said for text in scene.written), "nothing a citizen wrote is lost"
    assert [t for t in said if t in scene.replied] == sorted(scene.replied, key=said.index)
    assert len([t for t in said if t in scene.replied]) == len(scene.replied)
    async with case.database.transaction() as tx:
        steps = await conversations.owners(tx, case.speaker.conversation_id)
        open_tickets = await tx.scalar(
            select(func.count()).where(
                Ticket.conversation_id == case.speaker.conversation_id, Ticket.status == "open"
            )
        )
    for one, two in pairwise(steps):
        assert one["after"] == two["before"], "every step is recorded"
    for step in steps:
        taken = TRANSITIONS[Owner(step["before"]), Deed(step["deed"])]
        assert taken.value == step["after"], "no step that the table does not have"
    assert open_tickets == (1 if Owner(conversation["owner"]) in HAS_TICKET else 0)
    taken_at = None
    ends = [(str(step["after"]), int(step["seq"])) for step in steps]
    for owner, seq in [*ends, ("", conversation["last_seq"])]:
        if taken_at is not None and owner != "agent":
            meanwhile = [m for m in messages if taken_at < m.seq <= seq]
            assert all(m.sender != "assistant" for m in meanwhile), "the bot spoke over an agent"
            taken_at = None
        if owner == "agent":
            taken_at = seq


@pytest.fixture(scope="module")
def run(database_url: str) -> Iterator[Callable[[Callable[[Database], Any]], None]]:
    """Runs something on one database, in one loop, example after example."""
    loop = asyncio.new_event_loop()
    opened = Database(database_url, pool_size=8)
    yield lambda work: loop.run_until_complete(work(opened))
    loop.run_until_complete(opened.close())
    loop.close()


async def is_idle(case: Case, engine: ScriptedEngine) -> bool:
    """Whether the assistant has nothing left to answer there."""
    row = await case.conversation()
    is_its_own = row["owner"] in conversations.ANSWERED_BY_BOT and row["waiting_since"] is not None
    return not is_its_own and not engine.open_turns.turns


async def is_thinking(engine: ScriptedEngine) -> bool:
    return bool(engine.open_turns.turns)


async def slowly(turn: Turn) -> None:
    """The engine thinks for a moment, in which anything may happen."""
    await asyncio.sleep(THINKS_MS / 1000)
    turn.say(f"réponse à {turn.text}")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    # Each time, one of the agents answers while the assistant thinks.
    acts(("write",), st.just(0)),
    acts(("reply",), st.integers(0, THINKS_MS)),
    st.lists(acts(), min_size=2, max_size=12),
)
def test_whoever_acts_when_the_assistant_never_speaks_over_an_agent(
    run: Callable[[Callable[[Database], Any]], None], asked: Act, answered: Act, others: list[Act]
) -> None:
    async def play(database: Database) -> None:
        case = await a_case(database)
        agents = [
            await an_agent(database, "Claire", teams=frozenset()),
            replace(await an_agent(database, "Karim", Role.SUPERVISOR), teams=frozenset()),
        ]
        worker, engine = a_worker(database, slowly)
        scene = Scene(case, agents, worker.wake)
        task = asyncio.create_task(worker.run())
        try:
            await quietly(asked, scene)
            await until(lambda: is_thinking(engine))
            await asyncio.gather(*(quietly(act, scene) for act in [answered, *others]))
            await until(lambda: is_idle(case, engine))
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        async with database.transaction() as tx:
            await conversations.change(
                tx, case.speaker.conversation_id, waiting_since=None, due_at=None
            )
        await check(scene)

    run(play)
