"""A turn's worker killed at random, hundreds of times: nothing lost, nothing done twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time

from sqlalchemy import func, select

from bot.conversations import store
from bot.conversations.tables import Conversation
from bot.service_requests.tables import ServiceRequest
from bot.storage.transaction import Database
from tests.turn.scripted import a_citizen, a_worker, said

KILLS = 200
CITIZENS = 12
SEED = 20261124


def worker_process(url: str) -> int:
    """A worker in a process of its own. Forked, since an interpreter's start is not the subject."""
    pid = os.fork()
    if pid:
        return pid
    try:
        asyncio.run(_work(url))
    finally:
        os._exit(0)


async def _work(url: str) -> None:
    database = Database(url, pool_size=4)
    async with database.transaction() as tx:  # as the only service of a database does at its start
        await store.release_all_leases(tx)
    worker, _ = a_worker(database)
    await worker.run()


def test_a_worker_killed_at_random_loses_nothing_and_repeats_nothing(database_url: str) -> None:
    chance = random.Random(SEED)
    accepted: dict[str, set[str]] = {}

    async def feed(number: int, citizens: list[object]) -> None:
        database = Database(database_url, pool_size=2)
        try:
            for each in range(3):
                citizen = citizens[(number + each) % len(citizens)]
                text = f"message {number}.{each}"
                await said(database, citizen, text)  # type: ignore[arg-type]
                accepted.setdefault(str(citizen), set()).add(text)
        finally:
            await database.close()

    async def begin() -> list[object]:
        database = Database(database_url, pool_size=1)
        try:
            return [await a_citizen(database) for _ in range(CITIZENS)]
        finally:
            await database.close()

    citizens = asyncio.run(begin())
    for number in range(KILLS):
        if number % 5 == 0:
            asyncio.run(feed(number, citizens))
        pid = worker_process(database_url)
        time.sleep(chance.uniform(0.02, 0.12))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    pid = worker_process(database_url)
    began = time.monotonic()
    try:
        told = asyncio.run(_everything(database_url, citizens))
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert time.monotonic() - began < 5 + len(citizens) * 0.2
    for citizen, texts in accepted.items():
        answered = [line for reply in told[citizen] for line in reply.splitlines()[1:]]
        assert sorted(answered) == sorted(texts)


async def _everything(url: str, citizens: list[object]) -> dict[str, list[str]]:
    """What each citizen was told, once nobody waits; every reference told exists, and no other."""
    database = Database(url, pool_size=2)
    told: dict[str, list[str]] = {}
    try:
        async with asyncio.timeout(30):
            while True:
                async with database.transaction() as tx:
                    waiting = await tx.execute(
                        select(func.count()).where(
                            Conversation.citizen_id.in_(citizens),
                            Conversation.waiting_since.is_not(None),
                        )
                    )
                    if waiting.scalar_one() == 0:
                        break
                await asyncio.sleep(0.05)
        for citizen in citizens:
            async with database.transaction() as tx:
                conversation = (
                    await tx.execute(
                        select(Conversation.id).where(Conversation.citizen_id == citizen)
                    )
                ).scalar_one()
                replies = [
                    m
                    for m in await store.messages_after(tx, conversation, 0, limit=5000)
                    if m.sender == "assistant"
                ]
                references = (
                    await tx.execute(
                        select(ServiceRequest.reference).where(ServiceRequest.citizen_id == citizen)
                    )
                ).scalars()
                assert sorted(references) == sorted(r.content["reference"] for r in replies)
                told[str(citizen)] = [r.text for r in replies]
    finally:
        await database.close()
    return told
