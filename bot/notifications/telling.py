"""Tells what waits to be told, each piece of news once, in the order in which it happened."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from bot.conversations import store as conversations
from bot.conversations.commit import tell
from bot.conversations.memory import Awaiting, AwaitingKind
from bot.errors import DomainError
from bot.mail.letters import Mailer
from bot.notifications import store
from bot.notifications.letters import Written, post_news
from bot.notifications.messages import UNTOLD, Telling, told
from bot.places.addresses import own_address, public_address
from bot.places.communes import Gazetteer
from bot.service_requests import changes, life_store
from bot.service_requests import store as requests
from bot.service_requests.delays import may_warn, warned_until
from bot.service_requests.news import Topic
from bot.service_requests.rules import Status
from bot.services.outsiders import Outsiders
from bot.services.rules import Catalogue
from bot.services.working_days import local_date
from bot.storage.transaction import Database, Transaction
from bot.words.catalogues import Words
from bot.words.phrases import Line, say

logger = logging.getLogger(__name__)
LOOK_EVERY = timedelta(seconds=1)
WARN_EVERY = timedelta(minutes=10)
WARNED_AT_ONCE = 100


@dataclass(frozen=True)
class Teller:
    """What is needed to say what changed."""

    database: Database
    catalogue: Catalogue
    gazetteer: Gazetteer
    outsiders: Outsiders
    words: Words
    clock: Callable[[], datetime]
    mailer: Mailer | None = None

    async def run(self) -> None:
        """Tell, and warn of delays, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_again(self.tell_waiting, LOOK_EVERY))
            group.create_task(_again(self.warn_of_delays, WARN_EVERY))

    async def tell_waiting(self) -> int:
        """Tell all that waits now. Returns how many tellings that were."""
        count = 0
        while True:
            one: store.Waiting | None = None
            try:
                async with self.database.transaction() as tx:
                    conversation_id = await store.next_conversation(tx)
                    if conversation_id is None:
                        return count
                    one = await store.oldest(tx, conversation_id)
                    await self.tell_one(tx, conversation_id, one)
                count += 1
            except (DomainError, LookupError, ValueError, TypeError):
                logger.exception("news that cannot be put into words")
                if one is not None:
                    async with self.database.transaction() as tx:
                        await store.count_attempt(tx, one.seq)

    async def tell_one(self, tx: Transaction, conversation_id: UUID, one: store.Waiting) -> None:
        """Tell one piece of news in a conversation, in the caller's transaction."""
        now = self.clock()
        case = await requests.case(tx, one.reference)
        telling = self._telling(case, one)
        in_form = await conversations.is_asked_by_form(tx, conversation_id)
        reply = told(telling, is_own=one.is_own, in_form=in_form)
        if await tell(tx, conversation_id, [reply], self.words, now, unless=UNTOLD):
            expected = None if in_form else expecting(one)
            await conversations.await_words(tx, conversation_id, expected)
        if one.is_own and self.mailer is not None:
            await self._write(tx, self.mailer, conversation_id, case, telling, one.seq)
        await store.mark_told(tx, one.seq, now)

    async def _write(
        self,
        tx: Transaction,
        mailer: Mailer,
        conversation_id: UUID,
        case: requests.CaseRow,
        telling: Telling,
        seq: int,
    ) -> None:
        """The same by e-mail, to who left an address, which nobody has verified: of the place, no
        other words than the acknowledgement repeats."""
        written = replace(telling, place=self._in_town(own_address(case.address), case.commune))
        conversation = await conversations.by_id(tx, conversation_id)
        service = telling.service
        reply_to = None if service is None else self.catalogue.team(service.team).email
        town = self.gazetteer.by_insee(case.commune).name
        language = conversation["language"]
        news = Written(written, language, town, reply_to, f"news:{seq}", case.commune)
        await post_news(tx, mailer, news, self.clock())

    def _telling(self, case: requests.CaseRow, one: store.Waiting) -> Telling:
        news = one.news
        service = self.catalogue.find(news.service, case.commune)
        is_moved = news.topic is Topic.REROUTED and news.other is not None
        before = self.catalogue.find(news.other or "", case.commune) if is_moved else None
        team: Line = "" if service is None else self.catalogue.team(service.team).label
        in_charge = self.outsiders.known.get(news.other or "")
        place = self._place(case, is_own=one.is_own)
        return Telling(case.reference, place, news, service, team, before, in_charge)

    def _place(self, case: requests.CaseRow, *, is_own: bool) -> Line:
        """Whole to whoever filed it; to others, what everybody sees."""
        address = case.address if is_own else public_address(case.address)
        return self._in_town(address, case.commune)

    def _in_town(self, address: str | None, commune: str) -> Line:
        town = self.gazetteer.by_insee(commune).name
        return say("form.place", address=address, town=town) if address else town

    async def warn_of_delays(self, *, at_any_hour: bool = False, until: date | None = None) -> int:
        """Warn whom it concerns of what will be late by `until` (the next working day without it),
        in office hours unless told otherwise. Returns how many requests."""
        count = 0
        while at_any_hour or may_warn(self.clock()):
            async with self.database.transaction() as tx:
                now = self.clock()
                references = await life_store.soon_late(
                    tx, local_date(now), until or warned_until(now), WARNED_AT_ONCE
                )
            for reference in references:
                async with self.database.transaction() as tx:
                    await changes.warn(tx, reference, self.clock())
            count += len(references)
            if len(references) < WARNED_AT_ONCE:
                return count
        return count


def expecting(last: store.Waiting) -> Awaiting | None:
    """What the citizen's next words may answer, after a piece of news."""
    if last.news.topic is Topic.SEEN_SOLVED:
        return Awaiting(AwaitingKind.SEEN_SOLVED, last.reference)
    if last.news.topic is not Topic.STATE:
        return None
    if last.news.status is Status.WAITING_CITIZEN and last.is_own:
        return Awaiting(AwaitingKind.ANSWER, last.reference)
    if last.news.status is Status.RESOLVED:
        return Awaiting(AwaitingKind.VERDICT, last.reference)
    return None


async def _again(work: Callable[[], Awaitable[int]], every: timedelta) -> None:
    while True:
        try:
            await work()
        except Exception:  # a task's edge: the database may be away for a while
            logger.exception("news")
        await asyncio.sleep(every.total_seconds())
