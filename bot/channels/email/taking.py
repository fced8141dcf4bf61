"""Takes what arrived, mail by mail: reads it, understands it, files it. Nothing is held while the
engine or the antivirus is asked; a process killed at any instant leaves the mail as it was."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from bot.channels.email import store as email_store
from bot.channels.email.filing import Filing, Place, place_of
from bot.channels.email.keeping import Files, keep_files
from bot.channels.email.reading import plainly, read
from bot.channels.email.rules import Read, bare_subject, kind_of
from bot.channels.email.understanding import Understood, understood
from bot.errors import Invalid, NotFound, Unavailable
from bot.mail import store as letters
from bot.mail.rules import check_address
from bot.mailbox import rules, store
from bot.mailbox.rules import Kind, Mailbox
from bot.mailbox.store import Leased
from bot.parts import Service as Running
from bot.storage.transaction import Transaction
from bot.supervision.looking import look_when_woken
from bot.tickets import store as tickets
from bot.tickets.rules import EventKind

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 2.0
WAITS_FOR_ENGINE = timedelta(seconds=60)
"""How long a mail waits to be understood; an agent can read it without."""
ASKED_AGAIN = timedelta(seconds=5)
AN_HOUR = timedelta(hours=1)


class Taker:
    """The worker of what arrived. `bounces_to`: the sender of our own letters."""

    def __init__(self, running: Running, bounces_to: str, clock: Callable[[], datetime]) -> None:
        self._running = running
        self._bounces_to = rules.same_mailbox(bounces_to)
        self._clock = clock
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something arrived."""
        self._wake.set()

    async def run(self) -> None:
        """Take until cancelled."""
        await look_when_woken(self._wake, LOOK_EVERY_S, self.one, logger, "mail that arrived")

    async def one(self) -> bool:
        """Take the mail that is due. False when there is none."""
        attempt = uuid4()
        async with self._running.database.transaction() as tx:
            leased = await store.lease_one(tx, attempt, self._clock())
        if leased is None:
            return False
        try:
            await self._take(leased, attempt)
        except Unavailable as error:
            await self._put_off(leased, attempt, str(error), counts=False)
        except NotFound as error:  # another attempt took over
            logger.info("mail %s: %s", leased.id, error.what)
        except Exception as error:  # a task's edge: one odd mail must not stop the others
            logger.exception("mail %s", leased.id)
            await self._put_off(leased, attempt, type(error).__name__, counts=True)
        return True

    async def _put_off(self, leased: Leased, attempt: UUID, why: str, *, counts: bool) -> None:
        wait = rules.tried_again_after(leased.attempts) if counts else ASKED_AGAIN
        async with self._running.database.transaction() as tx:
            if wait is None:
                logger.warning("mail %s is given up: ./guichet admin mail arrived", leased.id)
                await store.give_up(tx, leased, attempt, why)
                return
            due = self._clock() + wait
            await store.put_off(tx, leased, attempt, due, why, counts=counts)

    async def _take(self, leased: Leased, attempt: UUID) -> None:
        reader = plainly if leased.attempts >= rules.READ_PLAINLY_FROM else read
        authserv = self._running.settings.mail_authserv
        mail = await asyncio.to_thread(reader, leased.raw, leased.return_path, authserv)
        async with self._running.database.transaction() as tx:
            ours = {one.address for one in await store.mailboxes(tx)} | {self._bounces_to}
            mailbox = await store.mailbox_of(tx, leased.recipient) or Mailbox(leased.recipient)
            sent = await store.taken_from(tx, mail.signs.sender, self._clock() - AN_HOUR)
        kind = kind_of(mail.signs, ours)
        if kind is Kind.MAIL and sent >= rules.MOST_AN_HOUR:
            logger.warning("mail %s is held back: its sender has written enough", leased.id)
            kind = Kind.LIMITED
        if kind is Kind.MAIL:
            may_be_answered = sent < rules.MOST_ACKNOWLEDGED and _is_address(mail.signs.sender)
            await self._file(leased, attempt, mailbox, mail, may_be_answered)
            return
        async with self._running.database.transaction() as tx:
            now = self._clock()
            conversation_id = None
            if kind is Kind.BOUNCE:
                await _hear(tx, leased, mail, now)
            elif kind is Kind.AUTOMATIC:
                conversation_id = await self._keep_automatic(tx, leased, mailbox, mail, now)
            await self._settle(tx, leased, attempt, kind, mail, conversation_id)

    async def _file(
        self, leased: Leased, attempt: UUID, mailbox: Mailbox, mail: Read, may_be_answered: bool
    ) -> None:
        running, now = self._running, self._clock()
        is_patient = now - leased.arrived_at < WAITS_FOR_ENGINE
        known = await understood(
            running,
            bare_subject(mail.subject),
            mail.said,
            mailbox.commune,
            is_patient=is_patient,
        )
        async with running.database.transaction() as tx:
            place = await place_of(tx, mail, now)
        files = await keep_files(running, place.citizen_id, mail, now)
        filing = Filing(
            running.counter, leased, mailbox, mail, known, files, place, may_be_answered
        )
        async with running.database.transaction() as tx:
            now = self._clock()
            conversation_id = await filing.perform(tx, now)
            await self._settle(tx, leased, attempt, Kind.MAIL, mail, conversation_id)

    async def _keep_automatic(
        self, tx: Transaction, leased: Leased, mailbox: Mailbox, mail: Read, now: datetime
    ) -> UUID | None:
        letter = await letters.found(tx, mail.refers_to) if mail.refers_to else None
        if letter is None or letter.conversation_id is None:
            return None
        place = Place(UUID(int=0), letter.conversation_id)
        known, files = Understood("fr"), Files()
        filing = Filing(
            self._running.counter,
            leased,
            mailbox,
            mail,
            known,
            files,
            place,
            is_acknowledged=False,
        )
        return await filing.keep_automatic(tx, now)

    async def _settle(
        self,
        tx: Transaction,
        leased: Leased,
        attempt: UUID,
        kind: Kind,
        mail: Read,
        conversation_id: UUID | None,
    ) -> None:
        await store.settle(
            tx,
            leased,
            attempt,
            kind,
            self._clock(),
            conversation_id=conversation_id,
            sender=mail.signs.sender,
            subject=mail.subject,
            message_id=mail.message_id,
        )


def _is_address(sender: str) -> bool:
    """Whether a letter can go there."""
    try:
        check_address("from", sender)
    except Invalid:
        return False
    return True


async def _hear(tx: Transaction, leased: Leased, mail: Read, now: datetime) -> None:
    """A server says what became of a letter of ours: agents see that it did not arrive."""
    report = mail.report
    letter = None if report is None else await letters.found(tx, report.about)
    if report is None or letter is None:
        logger.info("mail %s reports on no letter of ours", leased.id)
        return
    await letters.mark_bounced(tx, letter.id, report.why, now, is_final=report.is_final)
    await email_store.tell_changed(tx, await email_store.settle(tx, now))
    reference = letter.reference
    if report.is_final and reference is not None and await email_store.is_ticket(tx, reference):
        data = {"seq": letter.seq, "is_final": report.is_final}
        await tickets.record(
            tx, reference, EventKind.BOUNCED, now, data=data, external_id=f"bounce:{leased.id}"
        )
