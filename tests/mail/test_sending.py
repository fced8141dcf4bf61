"""From the outbox through a real mail server to a mailbox."""

from __future__ import annotations

import asyncio
import logging
import ssl
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import Unavailable
from bot.mail.rules import TRIED_AGAIN_AFTER
from bot.mail.sending import Sender
from bot.mail.smtp import SmtpPost
from bot.settings import Encryption, MailServer
from bot.storage.transaction import Database
from tests.mail.builders import (
    REFERENCE,
    a_leased,
    id_of,
    no_letters,
    parts,
    posted,
    row,
)
from tests.mail.certificates import a_certificate
from tests.running import free_port
from tests.servers.mail import DIES, HANGS, SENDER, TAKEN, Mailbox, RunningMailServer
from tests.turn.scripted import now, until

LATER = "451 4.3.0 Later, please"
NEVER = "550 5.1.1 <ada@citoyenne.example> no such person"


class Clock:
    """The time, put forward by tests."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return now() + self.ahead


@pytest.fixture(autouse=True)
async def outbox(database: Database) -> None:
    await no_letters(database)


async def test_a_letter_arrives_whole_in_both_forms(database: Database) -> None:
    key = await posted(database, now(), reply_to="voirie@oullins.example")
    mailbox = Mailbox()
    with RunningMailServer(mailbox) as server:
        assert await Sender(database, SmtpPost(server.reached()), now).round() == 1
    letter = mailbox.next()
    stored = await row(database, key)
    assert stored.sent_at is not None
    assert mailbox.senders == [SENDER]
    assert letter["From"] == f'"Guichet, Oullins-Pierre-Bénite" <{SENDER}>'
    assert letter["To"] == "ada@citoyenne.example"
    assert letter["Reply-To"] == "voirie@oullins.example"
    assert letter["Subject"] == stored.subject
    assert letter["Message-ID"] == stored.message_id
    assert letter["Date"].datetime == stored.created_at.replace(microsecond=0)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Content-Language"] == "fr"
    assert [part.get_content_type() for part in letter.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    for words in parts(letter):
        assert REFERENCE in words
        assert "Reçu le mardi 24 novembre 2026." in words


async def test_what_is_refused_for_now_waits_and_arrives_under_the_same_id(
    database: Database,
) -> None:
    key, clock = await posted(database, now()), Clock()
    mailbox = Mailbox(to_recipient=[LATER, TAKEN], to_data=[LATER, TAKEN])
    with RunningMailServer(mailbox) as server:
        sender = Sender(database, SmtpPost(server.reached()), clock)
        for wait in TRIED_AGAIN_AFTER[:2]:
            assert await sender.round() == 1
            assert (await row(database, key)).last_error == LATER
            assert await sender.round() == 0
            clock.ahead += wait + timedelta(seconds=1)
        assert await sender.round() == 1
    stored = await row(database, key)
    assert mailbox.next()["Message-ID"] == stored.message_id
    assert (stored.attempts, stored.last_error) == (3, None)
    assert stored.sent_at is not None


@pytest.mark.parametrize("script", [{"to_recipient": [NEVER]}, {"to_data": [NEVER]}])
async def test_what_is_refused_for_good_is_given_up_at_once_and_says_why(
    database: Database, script: dict[str, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    key = await posted(database, now())
    with caplog.at_level(logging.INFO), RunningMailServer(Mailbox(**script)) as server:
        sender = Sender(database, SmtpPost(server.reached()), now)
        assert await sender.round() == 1
        assert await sender.round() == 0
    stored = await row(database, key)
    assert stored.failed_at is not None
    assert stored.last_error == NEVER
    told = [record.getMessage() for record in caplog.records if record.name.startswith("bot.")]
    assert any(str(stored.id) in line for line in told)
    assert not any("ada@" in line for line in told)


async def test_a_letter_nobody_takes_is_given_up_after_its_last_try(database: Database) -> None:
    key, clock = await posted(database, now()), Clock()
    mailbox = Mailbox(to_data=[LATER])
    with RunningMailServer(mailbox) as server:
        sender = Sender(database, SmtpPost(server.reached()), clock)
        for wait in (*TRIED_AGAIN_AFTER, timedelta(0)):
            assert await sender.round() == 1
            clock.ahead += wait + timedelta(seconds=1)
        assert await sender.round() == 0
    assert mailbox.asked == len(TRIED_AGAIN_AFTER) + 1
    assert (await row(database, key)).failed_at is not None


@pytest.mark.parametrize(
    "mailbox", [Mailbox(to_data=[DIES]), Mailbox(to_recipient=[DIES]), Mailbox(to_data=[HANGS])]
)
async def test_a_server_that_dies_or_hangs_in_the_middle_is_asked_later(
    database: Database, mailbox: Mailbox
) -> None:
    key = await posted(database, now())
    with RunningMailServer(mailbox) as server:
        post = SmtpPost(server.reached(), sent_within=timedelta(seconds=0.5))
        async with asyncio.timeout(5):
            assert await Sender(database, post, now).round() == 1
    stored = await row(database, key)
    assert (stored.sent_at, stored.failed_at) == (None, None)
    assert stored.last_error
    assert stored.next_at > now() + TRIED_AGAIN_AFTER[0] - timedelta(seconds=10)


async def test_a_server_that_is_not_there_is_asked_later(database: Database) -> None:
    key = await posted(database, now())
    server = MailServer("127.0.0.1", free_port(), Encryption.AUTO, SENDER)
    assert await Sender(database, SmtpPost(server), now).round() == 1
    assert (await row(database, key)).failed_at is None


async def test_no_transaction_is_open_while_the_server_is_asked(database: Database) -> None:
    await posted(database, now())
    seen: list[int] = []

    class Watching(Mailbox):
        async def letter_came(self) -> None:
            seen.append(database.open_transactions)

    with RunningMailServer(Watching()) as server:
        await Sender(database, SmtpPost(server.reached()), now).round()
    assert seen == [0]


async def test_two_services_send_each_letter_once(database: Database) -> None:
    ids = {str(await id_of(database, await posted(database, now()))) for _ in range(12)}
    mailbox = Mailbox()
    with RunningMailServer(mailbox) as server:
        senders = [Sender(database, SmtpPost(server.reached()), now) for _ in range(2)]
        tasks = [asyncio.create_task(sender.run()) for sender in senders]

        async def all_sent() -> bool:
            return all([(await row_sent(database, each)) for each in ids])

        await until(all_sent)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    arrived = [mailbox.next()["Message-ID"] for _ in ids]
    assert len(set(arrived)) == len(ids)
    assert mailbox.is_empty()


async def row_sent(database: Database, letter: str) -> bool:
    async with database.transaction() as tx:
        found = await tx.exec_driver_sql(
            "SELECT sent_at IS NOT NULL FROM letter WHERE id = %s", (letter,)
        )
        return bool(found.scalar_one())


async def test_who_signs_in_sends_and_a_wrong_password_is_our_mistake_not_the_letters() -> None:
    mailbox = Mailbox()
    with RunningMailServer(mailbox, credentials=("guichet", "s3cret")) as server:
        right = server.reached(user="guichet", password="s3cret", encryption=Encryption.NONE)
        await SmtpPost(right).send(a_leased(now()))
        wrong = server.reached(user="guichet", password="s3cre", encryption=Encryption.NONE)
        with pytest.raises(Unavailable, match="535"):
            await SmtpPost(wrong).send(a_leased(now()))
    mailbox.next()
    assert mailbox.is_empty()


async def test_a_server_that_cannot_encrypt_gets_neither_password_nor_letter() -> None:
    mailbox = Mailbox()
    with RunningMailServer(mailbox, credentials=("guichet", "s3cret")) as server:
        careful = server.reached(user="guichet", password="s3cret", encryption=Encryption.STARTTLS)
        with pytest.raises(Unavailable):
            await SmtpPost(careful).send(a_leased(now()))
    assert mailbox.asked == 0


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = a_certificate(tmp_path, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    mailbox = Mailbox()
    with RunningMailServer(mailbox, tls=context) as server:
        post = SmtpPost(server.reached(encryption=Encryption.TLS))
        with pytest.raises(Unavailable, match="certificate"):
            await post.send(a_leased(now()))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        await post.send(a_leased(now()))
    mailbox.next()
    assert mailbox.is_empty()
