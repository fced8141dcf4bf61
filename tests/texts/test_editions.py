"""Editions on a real database: who writes them, what is kept, what is said then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete, select

from bot.accounts.rules import Agent, Role
from bot.audit.tables import AuditEntry
from bot.conversations.live import Live
from bot.errors import Conflict, Forbidden, NotFound
from bot.mail.letters import Envelope, Mailer
from bot.storage.transaction import Database
from bot.texts import operations, store
from bot.texts.current import CurrentTexts
from bot.texts.rules import Text, Unfit
from bot.texts.tables import TextVersion
from bot.words.phrases import say
from tests.handover.builders import BRON, OULLINS, an_agent
from tests.mail.builders import some_content
from tests.turn.scripted import WORDS, now

THANKS = WORDS.render(say("thanks"), "fr")


@pytest.fixture
async def texts(database: Database) -> AsyncIterator[CurrentTexts]:
    """What a process holds; no other test's editions."""
    async with database.transaction() as tx:
        await tx.execute(delete(TextVersion))
    yield CurrentTexts(WORDS)
    async with database.transaction() as tx:
        await tx.execute(delete(TextVersion))


@pytest.fixture
async def ali(database: Database) -> Agent:
    return await an_agent(database, "Ali", Role.METROPOLIS_ADMINISTRATOR, None)


@pytest.fixture
async def odile(database: Database) -> Agent:
    return await an_agent(database, "Odile", Role.COMMUNE_ADMINISTRATOR)


async def save(
    database: Database,
    texts: CurrentTexts,
    agent: Agent,
    text: Text,
    commune: str | None = None,
    base: int = 0,
    key: str = "thanks",
) -> int:
    async with database.transaction() as tx:
        version = await operations.save(tx, agent, key, commune, base, text, texts.sentences, now())
    await texts.read(database)
    return version


async def restore(
    database: Database, texts: CurrentTexts, agent: Agent, base: int, number: int
) -> int:
    async with database.transaction() as tx:
        version = await operations.restore(
            tx, agent, "thanks", None, base, number, texts.sentences, now()
        )
    await texts.read(database)
    return version


def heard(texts: CurrentTexts, commune: str | None, language: str = "fr") -> str:
    return texts.words.of(commune).render(say("thanks"), language)


async def test_a_town_s_own_is_said_there_and_the_metropolis_s_elsewhere(
    database: Database, texts: CurrentTexts, ali: Agent, odile: Agent
) -> None:
    await save(database, texts, ali, Text(("Avec plaisir.",), ("With pleasure.",)))
    await save(database, texts, odile, Text(("Oullins vous remercie.",)), OULLINS)
    assert heard(texts, OULLINS) == "Oullins vous remercie."
    assert heard(texts, BRON) == heard(texts, None) == "Avec plaisir."
    assert heard(texts, BRON, "en") == "With pleasure."
    assert heard(texts, OULLINS, "en") == "With pleasure."


async def test_a_letter_is_in_the_words_of_its_town(
    database: Database, texts: CurrentTexts, odile: Agent
) -> None:
    sender = Text(("Ville de {town}",))
    await save(database, texts, odile, sender, OULLINS, key="mail.sender")
    mailer = Mailer(texts.words, "guichet.example")
    names = [
        mailer.letter(Envelope("a@b.example", "fr", "X", commune=one), some_content()).sender_name
        for one in (OULLINS, BRON)
    ]
    assert names == ["Ville de X", "Guichet, X"]


async def test_plural_forms_are_chosen_by_their_number(
    database: Database, texts: CurrentTexts, ali: Agent
) -> None:
    forms = Text(("Encore {n} avant vous.", "Encore {n} personnes avant vous."))
    await save(database, texts, ali, forms, key="queue.place")
    said = [texts.words.render(say("queue.place", n=n), "fr") for n in (1, 4)]
    assert said == ["Encore 1 avant vous.", "Encore 4 personnes avant vous."]
    assert "before you" in texts.words.render(say("queue.place", n=4), "en")


async def test_every_version_is_kept_with_its_author_and_can_hold_again(
    database: Database, texts: CurrentTexts, ali: Agent
) -> None:
    first = await save(database, texts, ali, Text(("Un.",)))
    second = await save(database, texts, ali, Text(("Deux.",)), base=first)
    assert await restore(database, texts, ali, second, first) == 3
    assert heard(texts, None) == "Un."
    assert await restore(database, texts, ali, 3, 0) == 4
    assert heard(texts, None) == THANKS
    async with database.transaction() as tx:
        kept = await store.history(tx, ali, "thanks", None)
        done = await tx.execute(
            select(AuditEntry.action).where(AuditEntry.agent_id == ali.id).order_by(AuditEntry.id)
        )
    assert [(one.version, one.author, one.restored) for one in kept] == [
        *((4, "Ali", 0), (3, "Ali", 1), (2, "Ali", None), (1, "Ali", None))
    ]
    assert [*done.scalars()] == [
        *("text.changed", "text.changed", "text.restored", "text.given_up")
    ]


async def test_what_holds_already_writes_nothing(
    database: Database, texts: CurrentTexts, ali: Agent
) -> None:
    assert await save(database, texts, ali, Text((THANKS,))) == 0
    assert await save(database, texts, ali, Text(("Un.",))) == 1
    assert await save(database, texts, ali, Text(("Un.",)), base=1) == 1


async def test_english_that_was_left_as_it_is_follows_the_catalogue(
    database: Database, texts: CurrentTexts, ali: Agent
) -> None:
    """The form shows it, so that it comes back with what was typed."""
    shown = texts.sentences.original("thanks").en
    await save(database, texts, ali, Text(("Un.",), shown))
    async with database.transaction() as tx:
        (kept,) = await store.standing(tx, ali)
    assert kept.text == Text(("Un.",))


async def test_the_second_of_two_who_edit_at_once_is_told(
    database: Database, texts: CurrentTexts, ali: Agent
) -> None:
    results = await asyncio.gather(
        save(database, texts, ali, Text(("Un.",))),
        save(database, texts, ali, Text(("Deux.",))),
        return_exceptions=True,
    )
    assert sorted(map(type, results), key=str) == sorted((int, Conflict), key=str)


async def test_an_edition_that_lost_a_value_is_not_kept(
    database: Database, texts: CurrentTexts, ali: Agent
) -> None:
    with pytest.raises(Unfit):
        await save(database, texts, ali, Text(("Parti.",)), key="report.filed")
    async with database.transaction() as tx:
        assert await store.standing(tx, ali) == []


async def test_a_town_s_administrator_reads_and_writes_of_no_other_town(
    database: Database, texts: CurrentTexts, ali: Agent, odile: Agent
) -> None:
    await save(database, texts, ali, Text(("Bron.",)), BRON)
    await save(database, texts, ali, Text(("Partout.",)))
    async with database.transaction() as tx:
        assert [one.commune for one in await store.standing(tx, odile)] == [None]
        with pytest.raises(NotFound):
            await store.history(tx, odile, "thanks", BRON)
        with pytest.raises(Forbidden):
            await store.history(tx, odile, "thanks", None)
    for commune, error in ((BRON, NotFound), (None, Forbidden)):
        with pytest.raises(error):
            await save(database, texts, odile, Text(("Non.",)), commune, base=1)


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
async def test_others_read_nothing(database: Database, texts: CurrentTexts, role: Role) -> None:
    claire = await an_agent(database, "Claire", role, None)
    async with database.transaction() as tx:
        with pytest.raises(Forbidden):
            await store.standing(tx, claire)
        with pytest.raises(Forbidden):
            await store.history(tx, claire, "thanks", None)
    with pytest.raises(Forbidden):
        await save(database, texts, claire, Text(("Non.",)))


async def test_what_its_original_has_outgrown_is_not_said(
    database: Database, texts: CurrentTexts, ali: Agent
) -> None:
    """As after a release that gave a sentence another value, or took it away."""
    async with database.transaction() as tx:
        await store.add(tx, ali, "report.filed", None, 0, Text(("Parti, {prenom}.",)), now())
        await store.add(tx, ali, "report.gone", None, 0, Text(("Parti.",)), now())
    await texts.read(database)
    filed = say("report.filed", reference="2026-000001")
    assert texts.words.render(filed, "fr") == WORDS.render(filed, "fr")
    async with database.transaction() as tx:
        assert [texts.suits(one) for one in await store.standing(tx, ali)] == [False, False]


async def test_a_value_that_is_missing_falls_back_to_the_original(texts: CurrentTexts) -> None:
    """The sentence does without, the edition does not."""
    edited = CurrentTexts(WORDS)
    edited._editions.use({("", "thanks"): {"fr": ("Merci, {name}.",)}})
    assert heard(edited, None) == THANKS


async def test_other_processes_hear_of_it_at_once(
    database: Database, texts: CurrentTexts, ali: Agent
) -> None:
    live, other = Live(database.url, lambda: None), CurrentTexts(WORDS)
    changed = live.settings_changed()
    listening = asyncio.create_task(live.run())
    try:
        async with asyncio.timeout(10):
            await changed.wait()  # it listens
            changed.clear()
            await save(database, texts, ali, Text(("Ici aussi.",)))
            await changed.wait()
        await other.read(database)
        assert heard(other, None) == "Ici aussi."
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
