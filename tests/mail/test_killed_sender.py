"""A sender killed while a letter is under way."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bot.mail import store
from bot.mail.sending import Sender
from bot.mail.smtp import SmtpPost
from bot.storage.transaction import Database
from tests.mail.builders import no_letters, posted, row
from tests.running import ROOT
from tests.servers.mail import Mailbox, RunningMailServer
from tests.turn.scripted import now

TIMEOUT_S = 30


class Pausing(Mailbox):
    """Says when a letter is there, and answers only once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.is_there = threading.Event()
        self.may_answer = threading.Event()

    async def letter_came(self) -> None:
        self.is_there.set()
        await asyncio.to_thread(self.may_answer.wait, TIMEOUT_S)


@contextmanager
def a_sender(url: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-P", "-m", "tests.mail.sending_process", url, str(port)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


async def send_what_is_left(database: Database, server: RunningMailServer) -> int:
    """As the only service of a database does when it starts again."""
    async with database.transaction() as tx:
        await store.release_all(tx, now())
    return await Sender(database, SmtpPost(server.reached()), now).round()


async def test_killed_before_the_server_had_it_the_letter_is_sent_again(
    database: Database,
) -> None:
    await no_letters(database)
    key, mailbox = await posted(database, now()), Pausing()
    with RunningMailServer(mailbox) as server:
        with a_sender(database.url, server.port):
            assert await asyncio.to_thread(mailbox.is_there.wait, TIMEOUT_S)
        assert (await row(database, key)).sent_at is None
        mailbox.may_answer.set()
        assert await send_what_is_left(database, server) == 1
    stored = await row(database, key)
    assert (stored.attempts, stored.sent_at is not None) == (2, True)
    assert mailbox.next()["Message-ID"] == stored.message_id


async def test_killed_between_the_servers_word_and_ours_it_arrives_twice_under_one_id(
    database: Database,
) -> None:
    await no_letters(database)
    key, mailbox = await posted(database, now()), Pausing()
    with RunningMailServer(mailbox) as server:
        with a_sender(database.url, server.port) as process:
            assert await asyncio.to_thread(mailbox.is_there.wait, TIMEOUT_S)
            process.send_signal(signal.SIGSTOP)  # it will never read the answer
            mailbox.may_answer.set()
            first = await asyncio.to_thread(mailbox.next, TIMEOUT_S)
        assert await send_what_is_left(database, server) == 1
    again, stored = mailbox.next(), await row(database, key)
    assert first["Message-ID"] == again["Message-ID"] == stored.message_id
    assert mailbox.is_empty()
