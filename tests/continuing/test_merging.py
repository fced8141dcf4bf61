"""Two citizens become one: nothing of either is left behind."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid4

from sqlalchemy import Column, func, select

import bot.app  # noqa: F401  (every table that there is)
from bot.accounts import store as accounts
from bot.continuing import opening
from bot.continuing.merging import MOVED, merge
from bot.conversations import store as conversations
from bot.service_requests import life_store, photo_store
from bot.service_requests import store as requests
from bot.service_requests.rules import Actor, EventKind
from bot.service_requests.tables import Follower, ServiceRequest
from bot.storage.tables import Base
from bot.storage.transaction import Database
from tests.continuing.builders import START, Chat, a_chat, a_page, joined

APPLICATIONS = {"open311_key.citizen_id"}
"""Whose citizens are no people."""


def columns_of_citizens() -> dict[str, Column[UUID]]:
    """Every column that names a citizen, by the schema's own word."""
    return {
        f"{table.name}.{column.name}": column
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name == "citizen" for key in column.foreign_keys)
    }


def test_no_table_of_citizens_is_forgotten() -> None:
    moved = {f"{model.__tablename__}.citizen_id" for model in MOVED}  # type: ignore[attr-defined]
    assert moved | APPLICATIONS == set(columns_of_citizens())


def test_no_column_names_a_citizen_without_saying_so() -> None:
    named = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if "citizen" in column.name
    }
    assert named == set(columns_of_citizens())


async def _photo(database: Database, citizen: UUID) -> None:
    async with database.transaction() as tx:
        await photo_store.add_photo(tx, uuid4(), citizen, 1, 1, 1, START, None)


async def _session(database: Database, citizen: UUID) -> None:
    async with database.transaction() as tx:
        await accounts.open_session_of(tx, citizen, START)


async def _event(database: Database, citizen: UUID) -> None:
    async with database.transaction() as tx:
        query = select(ServiceRequest.reference).where(ServiceRequest.citizen_id == citizen)
        reference = (await tx.execute(query)).scalars().first()
        assert reference is not None
        await life_store.record(
            tx, reference, EventKind.DETAIL, Actor.CITIZEN, START, citizen_id=citizen
        )


async def a_full_citizen(database: Database) -> Chat:
    """A chat whose citizen has something in every table."""
    chat = a_chat(database)
    await chat.says("bonjour")
    await chat.files()
    citizen = (await chat.conversation())["citizen_id"]
    others = await a_page(database)
    reference = await others.files()
    async with database.transaction() as tx:
        conversation = (await chat.conversation())["id"]
        await requests.follow(tx, reference, citizen, conversation, "", START)
    await chat.asks_for_a_human()
    await _photo(database, citizen)
    await _session(database, citizen)
    await _event(database, citizen)
    async with database.transaction() as tx:
        row = await chat.conversation()
        await opening.portal_link(tx, "https://guichet.example", row, "Marie", START)
    return chat


async def rows_of(database: Database, citizen: UUID) -> Mapping[str, int]:
    async with database.transaction() as tx:
        return {
            name: (await tx.execute(select(func.count()).where(column == citizen))).scalar_one()
            for name, column in columns_of_citizens().items()
        }


async def test_everything_becomes_the_other_s(database: Database) -> None:
    chat, page = await a_full_citizen(database), await a_page(database)
    old = (await chat.conversation())["citizen_id"]
    before, there = await rows_of(database, old), await rows_of(database, page.citizen)
    assert all(before[name] for name in before.keys() - APPLICATIONS), before
    async with database.transaction() as tx:
        await merge(tx, old, page.citizen)
    assert not any((await rows_of(database, old)).values())
    after = await rows_of(database, page.citizen)
    assert after == {name: before[name] + there[name] for name in before}


async def test_who_followed_twice_follows_once_and_nobody_what_they_filed(
    database: Database,
) -> None:
    page, chat, other = await a_page(database), a_chat(database), await a_page(database)
    row = await chat.conversation()
    theirs, own = await other.files(), await page.files()
    async with database.transaction() as tx:
        await requests.follow(tx, theirs, row["citizen_id"], row["id"], "là", START)
        await requests.follow(tx, theirs, page.citizen, page.conversation, "ici", START)
        await requests.follow(tx, own, row["citizen_id"], row["id"], "", START)
    async with database.transaction() as tx:
        await merge(tx, row["citizen_id"], page.citizen)
        followed = await tx.execute(
            select(Follower.reference).where(Follower.citizen_id == page.citizen)
        )
        assert list(followed.scalars()) == [theirs]


async def test_what_was_filed_in_the_chat_is_the_page_s_and_is_told_where_the_chat_is(
    database: Database,
) -> None:
    page, chat = await a_page(database), a_chat(database)
    reference = await chat.files()
    own = (await chat.conversation())["id"]
    link = await page.asks()
    await chat.opens(link.token)
    await chat.presses(link.code)
    await page.answers()
    assert await _told_in(database, reference) == (page.citizen, page.conversation)
    await chat.does({"does": "stop"})
    assert await _told_in(database, reference) == (page.citizen, own)


async def _told_in(database: Database, reference: str) -> tuple[UUID, UUID]:
    async with database.transaction() as tx:
        row = await tx.execute(
            select(ServiceRequest.citizen_id, ServiceRequest.conversation_id).where(
                ServiceRequest.reference == reference
            )
        )
        citizen, conversation = row.one()
        return citizen, conversation


async def test_a_turn_that_is_being_answered_in_the_chat_begins_again(database: Database) -> None:
    page, chat = await a_page(database), a_chat(database)
    own = await chat.says("bonjour")
    link = await page.asks()
    await chat.opens(link.token)
    await chat.presses(link.code)
    async with database.transaction() as tx:
        await conversations.change(tx, own, lease_attempt=uuid4(), lease_until=START)
    await page.answers()
    async with database.transaction() as tx:
        assert (await conversations.by_id(tx, own))["lease_attempt"] is None


async def test_the_same_chat_can_be_joined_again(database: Database) -> None:
    page, chat = await joined(database)
    await page.stops()
    link = await page.asks()
    await chat.opens(link.token)
    await chat.presses(link.code)
    await page.answers()
    assert (await chat.conversation())["id"] == page.conversation
