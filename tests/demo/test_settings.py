"""What the demonstration's administrators have set: automations and sentences."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select

from bot.accounts.rules import Agent, Role
from bot.accounts.tables import AgentAccount
from bot.audit.tables import AuditEntry
from bot.automations import operations, store
from bot.automations.conditions import Known
from bot.automations.running import Runner
from bot.automations.tables import AutomationRun, AutomationState, AutomationVersion
from bot.demo import removal
from bot.demo.rules import FIRST, LAST
from bot.service_requests.photos import PhotoFiles
from bot.storage.tables import Base, utc_now
from bot.storage.transaction import Database
from bot.texts import operations as texts
from bot.texts import store as editions
from bot.texts.current import CurrentTexts
from bot.texts.rules import Text
from bot.texts.tables import TextVersion
from bot.tickets.tables import Ticket
from bot.words.phrases import say
from tests.demo.builders import UNTIL, fill
from tests.handover.builders import CATALOGUE, COUNTER, OULLINS, an_agent
from tests.turn.scripted import WORDS

NOTHING: frozenset[str] = frozenset()
KNOWN = Known(NOTHING, frozenset(CATALOGUE.teams), NOTHING, NOTHING, NOTHING)
SET = (AutomationState, AutomationVersion, AutomationRun, TextVersion)


async def _administrator(database: Database) -> Agent:
    """Somebody who is not of the demonstration."""
    return await an_agent(database, "Ali", Role.METROPOLIS_ADMINISTRATOR, None, frozenset())


async def _count(database: Database, table: type[Base]) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(select(func.count()).select_from(table)) or 0)


async def test_automations_have_worked_and_now_wait_for_what_is_new(
    database: Database, photos: PhotoFiles
) -> None:
    await fill(database, photos)
    ali = await _administrator(database)
    async with database.transaction() as tx:
        made = await store.automations(tx, ali)
        assert [one.on_since for one in made] == [None, UNTIL, UNTIL]
        assert [one.version for one in made] == [2, 1, 1]
        assert await store.runs(tx, ali, made[0].id), "its log is empty"
        of_others = (
            select(AutomationRun.reference)
            .join(Ticket, Ticket.reference == AutomationRun.reference)
            .where(~Ticket.citizen_id.between(FIRST, LAST))
        )
        assert not list(await tx.scalars(of_others))
    assert await Runner(database, COUNTER, utc_now).look() == 0


async def test_a_sentence_was_written_anew_for_all_and_one_for_a_town(
    database: Database, photos: PhotoFiles
) -> None:
    await fill(database, photos)
    ali = await _administrator(database)
    async with database.transaction() as tx:
        standing = await editions.standing(tx, ali)
        assert [(one.key, one.commune, one.version) for one in standing] == [
            ("thanks", None, 2),
            ("greeting.hello", OULLINS, 1),
        ]
    said = CurrentTexts(WORDS)
    await said.read(database)
    assert "Oullins" in said.words.of(OULLINS).render(say("greeting.hello"), "fr")
    assert "Oullins" not in said.words.render(say("greeting.hello"), "fr")


async def test_both_are_taken_away_and_the_audit_log_stays(
    database: Database, photos: PhotoFiles
) -> None:
    await fill(database, photos)
    written = await _count(database, AuditEntry)
    await removal.remove(database, photos)
    assert [await _count(database, table) for table in SET] == [0, 0, 0, 0]
    assert await _count(database, AuditEntry) == written


async def test_what_somebody_else_has_changed_stays_whole(
    database: Database, photos: PhotoFiles
) -> None:
    await fill(database, photos)
    ali, said = await _administrator(database), CurrentTexts(WORDS)
    async with database.transaction() as tx:
        first = (await store.automations(tx, ali))[0]
        theirs = replace(first.automation, title="Relancer la propreté")
        await operations.save(tx, ali, first.id, theirs, KNOWN, utc_now())
        text = Text(("Je vous en prie.",))
        await texts.save(tx, ali, "thanks", None, 2, text, said.sentences, utc_now())
    await removal.remove(database, photos)
    async with database.transaction() as tx:
        left = await store.automations(tx, ali)
        assert [(one.automation.title, one.version) for one in left] == [(theirs.title, 3)]
        history = await editions.history(tx, ali, "thanks", None)
        assert [one.version for one in history] == [3, 2, 1]
        assert not await tx.scalar(select(func.count()).where(TextVersion.commune == OULLINS))
        accounts = select(AgentAccount.name, AgentAccount.is_active).where(removal.AGENTS)
        assert [tuple(one) for one in await tx.execute(accounts)] == [("Sophie", False)]
    await fill(database, photos)
    async with database.transaction() as tx:
        standing = await editions.hold(tx, ali, "thanks", None)
    assert standing is not None
    assert standing.text == text, "a demonstration wrote over what is real"
