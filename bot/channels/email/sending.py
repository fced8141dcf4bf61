"""What is said in a conversation by mail becomes a letter of the outbox, in its thread; what
becomes of the letter becomes of the message."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.engine import RowMapping

from bot.channels.email import store
from bot.channels.email.rules import answer_subject, bare_subject, is_mailed
from bot.channels.email.store import Due
from bot.errors import Invalid
from bot.handover.counter import Counter
from bot.mail.letters import Content, Envelope, Mailer
from bot.mail.operations import post
from bot.mail.rules import Thread
from bot.mailbox import store as mailbox
from bot.storage.transaction import Database, Transaction
from bot.supervision.looking import look_when_woken
from bot.words.phrases import Line, say

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 2.0


class Writer:
    """Writes letters of what is said, and looks what became of them."""

    def __init__(
        self,
        database: Database,
        counter: Counter,
        mailer: Mailer,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._counter = counter
        self._mailer = mailer
        self._clock = clock
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something was said."""
        self._wake.set()

    async def run(self) -> None:
        """Write until cancelled; what fails is tried again next time."""
        await look_when_woken(
            self._wake, LOOK_EVERY_S, self.round, logger, "letters of conversations"
        )

    async def round(self) -> int:
        """Write what is due, in one transaction; how many messages that were."""
        async with self._database.transaction() as tx:
            due = await store.due(tx)
            for one in due:
                await self._one(tx, one)
            changed = await store.settle(tx, self._clock())
            changed += [one.conversation_id for one in due]
            await store.tell_changed(tx, list(dict.fromkeys(changed)))
        return len(due)

    async def _one(self, tx: Transaction, one: Due) -> None:
        now = self._clock()
        if not is_mailed(one.sender, one.content, is_news=one.is_news):
            await store.end(tx, one, "sent", "left_out", now)
            return
        thread = await mailbox.thread_of(tx, one.conversation_id)
        ticket = await store.last_ticket(tx, one.conversation_id)
        if thread is None:  # forgotten meanwhile
            await store.end(tx, one, "failed", "no_address", now)
            return
        reference = one.content.get("reference") or (ticket and ticket["reference"]) or ""
        key = f"mail:{one.conversation_id}:{one.seq}"
        try:
            is_posted = await post(
                tx,
                self._mailer,
                self._envelope(one, thread, reference),
                self._content(one, thread, reference),
                key=key,
                now=now,
                message=(one.conversation_id, one.seq),
            )
        except Invalid as error:
            logger.warning("no letter for %s: %s", key, error.field)
            await store.end(tx, one, "failed", "address", now)
            return
        if not is_posted:
            await store.end(tx, one, "failed", "too_many", now)

    def _envelope(self, one: Due, thread: RowMapping, reference: str) -> Envelope:
        town = self._counter.town(one.commune)
        none = self._counter.words.render(say("town.none"), one.language)
        photos: list[dict[str, Any]] = one.content.get("photos") or []
        return Envelope(
            thread["correspondent"],
            one.language,
            town or none,
            reference or None,
            thread["mailbox"],
            Thread(
                thread["last_id"],
                tuple(thread["refers_to"].split()),
                is_personal=one.sender == "agent",
                photos=tuple(str(photo["photo"]) for photo in photos),
            ),
            one.commune,
        )

    def _content(self, one: Due, thread: RowMapping, reference: str) -> Content:
        lines: list[Line] = [part.strip() for part in one.text.split("\n\n") if part.strip()]
        if one.content.get("expects") == "choice":  # its buttons are no part of a letter
            lines.append(say("email.not_settled"))
        author = one.content.get("author")
        if author:
            lines.append(f"{author['name']}, {author[f'team_{one.language}']}")
        subject = answer_subject(thread["subject"], reference)
        about = bare_subject(thread["subject"]) or reference
        return Content(
            subject=subject if reference else f"Re: {about}",
            heading=say("email.heading", subject=about),
            facts=(),
            lines=lines,
            why=(
                say("email.why", address=thread["mailbox"]),
                say("email.answer", reference=reference),
            ),
            has_link=False,
        )
