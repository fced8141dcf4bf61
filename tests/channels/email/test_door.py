"""The door by which mail comes in."""

from __future__ import annotations

import asyncio
import smtplib

from bot.channels.email.door import MOST_AT_ONCE, Reception, listening
from bot.mailbox import store
from bot.mailbox.rules import MOST_BYTES, Mailbox
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from tests.channels.email.conftest import Desk, handed_over
from tests.channels.email.mails import ADA, OURS, SENDER, a_mail
from tests.running import free_port

OTHER = "voirie@oullins.example"


async def test_each_recipient_has_an_answer_of_its_own(desk: Desk) -> None:
    async with desk.database.transaction() as tx:
        await store.keep_mailbox(tx, Mailbox(OTHER, None, "voirie"), utc_now())
    told = await desk.hand(a_mail(), ADA, OURS, "nobody@oullins.example", OTHER.upper())
    assert [answer[:3] for answer in told] == ["250", "550", "250"]
    assert sorted(row["recipient"] for row in await desk.arrived()) == [OURS, OTHER]


async def test_a_mail_is_kept_whole_before_it_is_acknowledged(desk: Desk) -> None:
    raw = a_mail("Bonjour\r\n.\r\n..fin", in_reply_to="<x@y.example>")
    assert (await desk.hand(raw))[0].startswith("250")
    (row,) = await desk.arrived()
    assert (row["raw"], row["return_path"], row["state"]) == (raw, ADA, "waiting")


async def test_a_repeat_changes_nothing(desk: Desk) -> None:
    for _ in range(2):
        assert (await desk.hand(a_mail()))[0].startswith("250")
    without_id = a_mail(message_id=None)
    for _ in range(2):
        assert (await desk.hand(without_id))[0].startswith("250")
    assert len(await desk.arrived()) == 2


async def test_reports_to_the_sender_of_our_letters_are_let_in(desk: Desk) -> None:
    assert (await desk.hand(a_mail(), "", SENDER))[0].startswith("250")
    assert (await desk.arrived())[0]["return_path"] == ""


async def test_a_mail_that_is_too_large_is_refused(desk: Desk) -> None:
    too_large = b"Subject: x\r\n\r\n" + b"x" * 70 * 1 + b"\r\n" + (b"y" * 998 + b"\r\n") * 27_000
    assert len(too_large) > MOST_BYTES
    assert (await desk.hand(too_large))[0].startswith("552")
    assert await desk.arrived() == []


async def test_a_size_that_is_announced_is_refused_before_it_is_sent(desk: Desk) -> None:
    def announce() -> int:
        with smtplib.LMTP("127.0.0.1", desk.port) as client:
            client.ehlo()
            return client.mail(ADA, [f"size={MOST_BYTES + 1}"])[0]

    assert await asyncio.to_thread(announce) == 552


async def test_without_the_database_the_mail_server_keeps_the_mail() -> None:
    away = Database(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none", pool_size=1)
    port = free_port()
    reception = Reception(away, utc_now, lambda: None, SENDER)
    try:
        async with listening(reception, "127.0.0.1", port):
            told = await asyncio.to_thread(handed_over, port, a_mail(), ADA, OURS)
            at_data = await asyncio.to_thread(handed_over, port, a_mail(), ADA, SENDER)
    finally:
        await away.close()
    assert told[0].startswith("452")
    assert at_data[0].startswith("452")


async def test_more_connections_than_are_taken_are_told_to_come_back(desk: Desk) -> None:
    held = [await asyncio.open_connection("127.0.0.1", desk.port) for _ in range(MOST_AT_ONCE)]
    for reader, _ in held:
        assert (await reader.readline()).startswith(b"220")
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
    assert (await reader.readline()).startswith(b"421")
    for _, one in [*held, (reader, writer)]:
        one.close()
        await one.wait_closed()


async def test_the_door_closes_on_whoever_is_still_speaking(desk: Desk) -> None:
    port = free_port()
    reception = Reception(desk.database, utc_now, lambda: None, SENDER)
    async with asyncio.timeout(10):
        async with listening(reception, "127.0.0.1", port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert (await reader.readline()).startswith(b"220")
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
