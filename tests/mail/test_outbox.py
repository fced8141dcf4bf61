"""Letters in the outbox, on the real PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from bot.errors import Invalid, NotFound
from bot.mail import operations, store
from bot.mail.rules import LEASE, MOST_A_DAY, MOST_ATTEMPTS
from bot.storage.transaction import Database
from bot.words.phrases import say
from tests.mail.builders import (
    MAILER,
    REFERENCE,
    an_envelope,
    id_of,
    no_letters,
    posted,
    row,
    some_content,
)
from tests.turn.scripted import now

A_WHILE = timedelta(seconds=1)


@pytest.fixture(autouse=True)
async def outbox(database: Database) -> None:
    await no_letters(database)


async def leased(database: Database, at: object = None, limit: int = 10) -> list[UUID]:
    async with database.transaction() as tx:
        rows = await store.lease(tx, uuid4(), at or now(), limit)  # type: ignore[arg-type]
    return [each.id for each in rows]


async def test_a_letter_exists_if_and_only_if_its_transaction_does(database: Database) -> None:
    class Undone(Exception):
        pass

    async def undone() -> None:
        async with database.transaction() as tx:
            await operations.post(tx, MAILER, an_envelope(), some_content(), key="x", now=now())
            raise Undone

    with pytest.raises(Undone):
        await undone()
    assert await leased(database) == []
    key = await posted(database, now())
    assert await leased(database) == [await id_of(database, key)]


async def test_a_thing_is_told_once(database: Database) -> None:
    key = await posted(database, now())
    async with database.transaction() as tx:
        again = await operations.post(tx, MAILER, an_envelope(), some_content(), key=key, now=now())
    assert not again
    assert len(await leased(database)) == 1


async def test_a_recipient_has_so_many_letters_a_day(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(MOST_A_DAY):
        await posted(database, now())

    async def post(to: str, at: datetime) -> bool:
        key = uuid4().hex
        envelope = an_envelope(to=to)
        async with database.transaction() as tx:
            return await operations.post(tx, MAILER, envelope, some_content(), key=key, now=at)

    assert not await post("Ada@Citoyenne.example", now())
    assert "had enough for a day" in caplog.text
    assert "ada" not in caplog.text.lower()
    assert await post("bob@citoyenne.example", now())
    assert await post("ada@citoyenne.example", now() + timedelta(days=1, seconds=1))


async def test_a_letter_to_no_address_is_refused_and_not_kept(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(Invalid):
            await operations.post(
                tx, MAILER, an_envelope(to="nobody"), some_content(), key="y", now=now()
            )
    assert await leased(database) == []


async def test_news_of_a_request_say_which_and_why_they_are_received(database: Database) -> None:
    lines = (say("change.own", reference=REFERENCE, what="trou", place="rue Pasteur"), "Réparé.")
    key = uuid4().hex
    async with database.transaction() as tx:
        assert await operations.post_about(
            tx,
            MAILER,
            an_envelope(),
            subject=say("mail.about", reference=REFERENCE),
            lines=lines,
            key=key,
            now=now(),
        )
    letter = await row(database, key)
    assert letter.subject == f"Du nouveau pour {REFERENCE}"
    assert letter.sender_name == "Guichet, Oullins-Pierre-Bénite"
    for words in (letter.text, letter.html):
        assert words is not None
        for told in (REFERENCE, "rue Pasteur", "Réparé.", "Pour ne plus recevoir", "pas lues"):
            assert told in words


async def test_two_who_lease_at_once_never_have_the_same_letter(database: Database) -> None:
    keys = {await id_of(database, await posted(database, now())) for _ in range(4)}
    async with database.transaction() as one, database.transaction() as other:
        mine = await store.lease(one, uuid4(), now(), 2)
        theirs = await store.lease(other, uuid4(), now(), 10)
    assert len(mine) == len(theirs) == 2
    assert {each.id for each in (*mine, *theirs)} == keys


async def test_a_leased_letter_is_due_again_when_nobody_told_how_it_ended(
    database: Database,
) -> None:
    key = await posted(database, now())
    began = now()
    assert len(await leased(database, began)) == 1
    assert await leased(database, began + LEASE - A_WHILE) == []
    assert len(await leased(database, began + LEASE + A_WHILE)) == 1
    assert (await row(database, key)).attempts == 2


async def test_a_restarted_service_takes_at_once_what_it_held(database: Database) -> None:
    key = await posted(database, now())
    await leased(database)
    async with database.transaction() as tx:
        await store.release_all(tx, now())
    assert await leased(database) == [await id_of(database, key)]


async def test_a_slow_sender_whose_lease_ran_out_changes_nothing(database: Database) -> None:
    key = await posted(database, now())
    slow, quick = uuid4(), uuid4()
    async with database.transaction() as tx:
        (letter,) = await store.lease(tx, slow, now(), 1)
        await store.lease(tx, quick, now() + 2 * LEASE, 1)
        await store.mark_failed(tx, letter.id, slow, now(), "550 no")
        await store.mark_sent(tx, letter.id, quick, now())
    settled = await row(database, key)
    assert settled.sent_at is not None
    assert settled.failed_at is None


async def test_a_letter_that_ends_each_of_its_senders_is_given_up(database: Database) -> None:
    key, at = await posted(database, now()), now()
    for _ in range(MOST_ATTEMPTS):
        assert len(await leased(database, at)) == 1
        at += LEASE + A_WHILE
    assert await leased(database, at) == []
    async with database.transaction() as tx:
        assert await store.give_up_on_vanished(tx, at) == 1
    assert (await row(database, key)).failed_at == at


async def test_only_letters_that_were_given_up_are_tried_again(database: Database) -> None:
    waits, fails = await posted(database, now()), await posted(database, now())
    failed, attempt = await id_of(database, fails), uuid4()
    async with database.transaction() as tx:
        await store.lease(tx, attempt, now(), 10)
        await store.mark_failed(tx, failed, attempt, now(), "550 no such person")
        assert await store.count(tx) == {"waiting": 1, "failed": 1}
    with pytest.raises(NotFound):
        async with database.transaction() as tx:
            await operations.try_again(tx, [failed, await id_of(database, waits)], now())
    async with database.transaction() as tx:
        assert await operations.try_again(tx, [failed], now()) == 1
        assert await store.count(tx) == {"waiting": 2, "failed": 0}
    assert await leased(database) == [failed]
    assert (await row(database, fails)).attempts == 1


async def test_what_is_forgotten_leaves_only_that_a_letter_left(database: Database) -> None:
    key, other = await posted(database, now()), await posted(database, now(), reference="other")
    async with database.transaction() as tx:
        assert await store.forget_of(tx, [], [REFERENCE]) == 1
        assert await store.forget_of(tx, [], [REFERENCE]) == 0
    left = await row(database, key)
    assert [left.recipient, left.subject, left.text, left.html, left.last_error] == [None] * 5
    assert left.reference == REFERENCE
    assert left.failed_at is not None  # it had waited: it will not be sent
    assert (await row(database, other)).recipient is not None
    assert await leased(database) == [await id_of(database, other)]
    async with database.transaction() as tx:
        assert await operations.try_again(tx, None, now()) == 0


async def test_a_server_that_answers_after_it_was_forgotten_is_not_quoted(
    database: Database,
) -> None:
    key, attempt = await posted(database, now()), uuid4()
    async with database.transaction() as tx:
        (letter,) = await store.lease(tx, attempt, now(), 1)
        await store.forget_of(tx, [], [REFERENCE])
    async with database.transaction() as tx:
        await store.put_off(tx, letter.id, attempt, now(), "451 ada@citoyenne.example is busy")
        await store.mark_bounced(tx, letter.id, "no ada@citoyenne.example", now(), is_final=True)
    assert (await row(database, key)).last_error is None
    assert await leased(database) == []
