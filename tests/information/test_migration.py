"""The articles' tables come and go, and do without pgvector where they must."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.engine import URL

from bot.information import operations, search, store
from bot.storage.schema import alembic_config, migrate
from bot.storage.transaction import Database
from tests.information.builders import an_article


def plainly(url: URL | str, *statements: str) -> None:
    """Run statements outside any transaction, as the server's owner."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


@pytest.fixture
def owner(database_url: str) -> Iterator[URL]:
    """An empty database of its own."""
    url = make_url(database_url).set(database="articles_only")
    plainly(database_url, "CREATE DATABASE articles_only")
    yield url
    plainly(database_url, "DROP DATABASE articles_only WITH (FORCE)")


@pytest.fixture
def guest(database_url: str, owner: URL) -> Iterator[URL]:
    """The same, for a role that may make tables and no extension."""
    plainly(
        owner, "CREATE ROLE guest LOGIN PASSWORD 'guest'", "GRANT ALL ON SCHEMA public TO guest"
    )
    yield owner.set(username="guest", password="guest")
    plainly(owner, "DROP OWNED BY guest", "DROP ROLE guest")


def shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def tables(url: URL) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


OURS = {
    "article",
    "article_text",
    "article_question",
    "article_feedback",
    "unanswered_question",
}


async def test_the_migration_goes_back_and_forth(owner: URL) -> None:
    await migrate(shown(owner))
    assert tables(owner) >= OURS
    await asyncio.to_thread(command.downgrade, alembic_config(shown(owner)), "0001")
    assert not tables(owner) & OURS
    assert "conversation" in tables(owner)
    await migrate(shown(owner))
    assert tables(owner) >= OURS


async def test_without_pgvector_there_is_one_notice_and_full_text_works(
    guest: URL, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await migrate(shown(guest))
    assert [r.message for r in caplog.records if "full text alone" in r.message]
    database = Database(shown(guest))
    try:
        async with database.transaction() as tx:
            assert not await store.holds_vectors(tx)
            await operations.load(tx, [an_article("glass", ["où jeter le verre"])])
            found = await search.search(tx, "jeter du verre", "fr", None)
            assert [m.article.code for m in found] == ["glass"]
    finally:
        await database.close()
