"""Our own tables as a ticket backend: what anybody can do in Redmine or Roundup is done here.

Nothing mirrors to it, since the truth is here already. The operator's command line works through
it, and whoever has tickets elsewhere can: what it writes is ours (`external_id`), and no news.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from bot.accounts.store import new_citizen
from bot.conversations import store as conversations
from bot.conversations.escalation import escalate
from bot.errors import DomainError, Invalid, NotFound, Unavailable
from bot.files.pictures import Size
from bot.handover import answering, attaching, passing
from bot.handover import store as desk
from bot.handover.attaching import AttachedFiles
from bot.handover.counter import Counter
from bot.handover.rules import OutsideAgent
from bot.mirroring import store, wording
from bot.mirroring.rules import Entry, Happened, Uttered, in_time, is_of_the_ticket, is_theirs
from bot.service_requests.photos import file_name
from bot.storage.transaction import Database, Transaction
from bot.tickets import store as tickets
from bot.tickets.backends.port import (
    Attached,
    Comment,
    File,
    News,
    NotNow,
    Opening,
    Page,
    Refused,
    Remote,
    Said,
    Seen,
    described,
)
from bot.tickets.backends.reading import Cursor, in_order
from bot.tickets.backends.rules import State
from bot.tickets.operations import Asked
from bot.tickets.rules import EventKind, Priority, Status, Subject

PAGE = 50
GUICHET = OutsideAgent("Guichet")
CHANNEL = "outside"
"""Of a conversation whose citizen writes elsewhere: nothing is shown to them here."""


@dataclass(frozen=True)
class Builtin:
    """Our tickets, under their references. `site`: where agents find the console; `by`: who
    changes states through this, as citizens are told."""

    database: Database
    counter: Counter
    files: AttachedFiles
    site: str
    clock: Callable[[], datetime]
    by: OutsideAgent = GUICHET

    @property
    def name(self) -> str:
        return "builtin"

    def url(self, remote_id: str) -> str:
        return f"{self.site}/agent?ticket={remote_id}"

    # -- a ticket -----------------------------------------------------------------------------

    async def find(self, reference: str) -> Remote | None:
        async with self._transaction() as tx:
            try:
                return self._remote(await tickets.by_reference(tx, reference))
            except NotFound:
                return None

    async def create(self, opening: Opening) -> Remote:
        """A ticket that is here already is found, not made twice."""
        reference, wanted = opening.reference, opening.state
        if (found := await self.find(reference)) is not None:
            return found
        async with self._transaction() as tx:
            made = await self._make(tx, opening)
            await self._move(tx, reference, wanted, made)
            return self._remote(await tickets.by_reference(tx, reference))

    async def _make(self, tx: Transaction, opening: Opening) -> State:
        """Open the ticket in a conversation of its own. Returns its first state."""
        now, reference = self.clock(), opening.reference
        citizen = await new_citizen(tx, now)
        conversation = await conversations.conversation_of(
            tx, CHANNEL, reference, citizen, now, commune=None, language=wording.LANGUAGE
        )
        team = opening.state.team
        catalogue = self.counter.catalogue
        asked = Asked(
            Subject.HUMAN,
            opening.subject,
            None,
            catalogue.team_for(None) if team is None else catalogue.team(team),
            priority=opening.state.priority or Priority.NORMAL,
            reference=reference,
        )
        await escalate(tx, conversation, asked, now)
        await tickets.change(tx, reference, opened_at=opening.created_at)
        await tickets.record(
            tx,
            reference,
            EventKind.NOTE,
            now,
            author=self.by.name,
            words=described(opening),
            external_id=f"note:{self.name}:{reference}/opened",
        )
        return store.state_of(await tickets.by_reference(tx, reference))

    async def update(self, remote_id: str, wanted: State, before: State) -> State:
        async with self._transaction() as tx:
            await self._move(tx, remote_id, wanted, before)
            return store.state_of(await tickets.by_reference(tx, remote_id))

    async def _move(self, tx: Transaction, reference: str, wanted: State, before: State) -> None:
        """One step a field, the ticket being open meanwhile. What has become so already stays."""
        ticket = await desk.check_visible(tx, self.by, reference)
        ours, now, by, counter = store.state_of(ticket), self.clock(), self.by, self.counter

        def is_new(field: str) -> bool:
            asked = getattr(wanted, field)
            return asked not in (getattr(before, field), getattr(ours, field))

        if is_new("status") and wanted.status is Status.OPEN:
            await answering.reopen(tx, by, reference, counter, now, external_id=self._key())
        if is_new("team") and wanted.team is not None:
            await passing.transfer(
                tx, by, reference, wanted.team, counter, now, external_id=self._key()
            )
        if is_new("priority") and wanted.priority is not None:
            await passing.prioritise(
                tx, by, reference, wanted.priority, now, external_id=self._key()
            )
        if is_new("assignee"):
            to = await self._agent(tx, wanted.assignee, ticket["commune"])
            await passing.assign(tx, by, reference, to, counter, now, external_id=self._key())
        if is_new("status") and wanted.status is Status.CLOSED:
            await answering.close(tx, by, reference, counter, now, external_id=self._key())

    async def _agent(self, tx: Transaction, called: str | None, commune: str | None) -> UUID | None:
        """The one agent who is meant; nobody for a name that none has, or several."""
        if called is None:
            return None
        found = await desk.colleagues_called(tx, called, commune)
        return found[0]["id"] if len(found) == 1 else None

    # -- words and files ----------------------------------------------------------------------

    async def holds(self, remote_id: str, key: str) -> bool:
        async with self._transaction() as tx:
            ticket = await tickets.by_reference(tx, remote_id)
            return await store.is_applied(tx, ticket, self._key(key))

    async def comment(self, remote_id: str, comment: Comment) -> None:
        author, key = OutsideAgent(comment.author or self.by.name), self._key(comment.key)
        async with self._transaction() as tx:
            if comment.is_internal:
                await answering.note(tx, author, remote_id, comment.text, key, self.clock())
            else:
                await answering.reply(
                    tx, author, remote_id, comment.text, key, self.counter, self.clock()
                )

    async def attach(self, remote_id: str, file: File) -> None:
        async with self._asked():
            kept = await self.files.keep(remote_id, file)
        words = wording.named(file.name, self.counter.words)
        async with self._transaction() as tx:
            await attaching.attach(
                tx, self.by, remote_id, kept, words, self._key(file.key), self.clock()
            )

    async def fetch(self, handle: str, at_most: int) -> bytes:
        async with self._asked():
            return (await self.files.read(handle))[: at_most + 1]

    # -- news ---------------------------------------------------------------------------------

    async def changes(self, cursor: str | None) -> Page:
        """What agents did here. The citizen's own words are none of it: they are told by whoever
        has them."""
        at = Cursor.read(cursor, self.clock())
        if cursor is None:
            return Page((), str(at), is_last=True)
        news = list[News]()
        async with self._transaction() as tx:
            start = at.until if at.skipped else at.since
            moved = await store.moved_since(tx, start, at.skipped, PAGE)
            for ticket in moved:
                news += await self._news(tx, ticket, at.since)
        is_last = len(moved) < PAGE
        after = at.after([ticket["moved_at"] for ticket in moved], is_last=is_last)
        return Page(in_order(news), str(after), is_last)

    async def _news(self, tx: Transaction, ticket: RowMapping, since: datetime) -> list[News]:
        reference, conversation_id = ticket["reference"], ticket["conversation_id"]
        history = await store.history(tx, reference)
        said = [
            one
            for one in await store.messages_after(tx, conversation_id, ticket["opened_seq"])
            if one.sender == "agent" and _is_of(one, history)
        ]
        done = in_time(said, history)
        last = done[-1]
        is_ours = is_theirs(last, self.name)
        state = store.state_of(ticket)
        news = list[News]()
        news.append(Seen(reference, ticket["moved_at"], last.author or "", is_ours, state))
        for entry in done:
            if entry.at >= since and not is_theirs(entry, self.name):
                news += _told(reference, entry)
        return news

    # -- its ways -----------------------------------------------------------------------------

    def _remote(self, ticket: RowMapping) -> Remote:
        reference = ticket["reference"]
        return Remote(reference, self.url(reference), store.state_of(ticket))

    def _key(self, key: str | None = None) -> str:
        """The id by which what was written through this is known again."""
        return f"{self.name}:{key or uuid4()}"

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Transaction]:
        async with self._asked(), self.database.transaction() as tx:
            yield tx

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[None]:
        """What our own rules and our database refuse, as the port says it."""
        try:
            yield
        except (NotNow, Refused):
            raise
        except Unavailable as error:
            raise NotNow(str(error)) from error
        except DomainError as error:
            raise Refused(_why(error)) from error
        except (OperationalError, InterfaceError, NoConnection) as error:
            raise NotNow("the database does not answer") from error


def _why(error: DomainError) -> str:
    if isinstance(error, NotFound):
        return f"there is no such {error.what.partition(' ')[0]}"
    return error.message if isinstance(error, Invalid) else str(error)


def _is_of(message: Uttered, history: Sequence[Happened]) -> bool:
    """Whether an agent said it in this ticket, and not in another of the conversation. A ticket
    may be reopened by the very words."""
    return is_of_the_ticket(message.at, history) or any(
        one.at == message.at and one.kind is EventKind.REOPENED for one in history
    )


def _told(reference: str, entry: Entry) -> Iterable[News]:
    """What somebody said or attached with one message or note; of another event, nothing."""
    author = entry.author or ""
    if isinstance(entry, Uttered):
        key = f"m{entry.seq}@{reference}"
        if entry.text.strip():
            yield Said(reference, key, entry.at, author, entry.text, is_internal=False)
        for photo in entry.shown:
            handle = file_name(UUID(photo), Size.FULL)
            yield Attached(
                reference, f"{key}/{photo}", entry.at, author, handle, "image/jpeg", 0, handle
            )
    elif entry.kind is EventKind.NOTE:
        key, file = f"e{entry.id}", entry.data.get("file")
        if file is None:
            yield Said(reference, key, entry.at, author, entry.text or "", is_internal=True)
        else:
            yield Attached(
                reference,
                key,
                entry.at,
                author,
                file["name"],
                file["mime"],
                file["size"],
                file["handle"],
            )
