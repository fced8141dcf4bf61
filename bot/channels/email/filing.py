"""A mail becomes a message of a conversation, and its ticket is open: one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.engine import RowMapping

from actions.handing_over import summary
from bot.accounts import store as accounts
from bot.attachments import operations as attachments
from bot.attachments.rules import not_kept
from bot.channels.email import store
from bot.channels.email.acknowledging import acknowledging, urgent
from bot.channels.email.keeping import Files
from bot.channels.email.rules import (
    CHANNEL,
    LONGEST_SAID,
    Read,
    bare_subject,
    chain,
    is_only_thanks,
    reference_in,
)
from bot.channels.email.understanding import Understood, team_of
from bot.conversations import store as conversations
from bot.conversations.commit import tell_in
from bot.conversations.escalation import escalate
from bot.conversations.operations import Arrival, receive
from bot.conversations.turn import Speaker
from bot.errors import Conflict
from bot.handover.choosing import ReopenTicket
from bot.handover.counter import Counter
from bot.mail import store as letters
from bot.mailbox import store as mailbox_store
from bot.mailbox.rules import Mailbox
from bot.mailbox.store import Leased
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.operations import Asked
from bot.tickets.rules import Priority, Reach
from bot.tickets.wording import hours_line
from bot.words.phrases import Line, Reply, say


@dataclass(frozen=True)
class Place:
    """Where a mail belongs. `conversation_id`: None for a new one; `about`: a reference of ours
    that it names or whose letter it answers, which proves nothing."""

    citizen_id: UUID
    conversation_id: UUID | None = None
    about: str | None = None


async def place_of(tx: Transaction, mail: Read, now: datetime) -> Place:
    """The conversation that a mail goes on with: it answers a letter of ours there (our
    Message-IDs cannot be guessed), or a mail of the same sender's, or it names our reference and
    comes from the address that the ticket answers to. Else a new one, of whoever wrote from that
    address before: an address is no proof, so nothing of theirs is ever shown to the sender. One
    that is known to prove nothing is nobody's: only a letter of ours, which reached somebody,
    counts."""
    sender = "" if mail.is_unproven else mail.signs.sender
    letter = await letters.found(tx, mail.refers_to) if mail.refers_to else None
    about = letter.reference if letter is not None else reference_in(mail.subject)
    found = letter.conversation_id if letter is not None else None
    if found is None and sender and mail.refers_to:
        found = await mailbox_store.conversation_of_mail(tx, mail.refers_to, sender)
    if found is None and sender and (named := reference_in(mail.subject)) is not None:
        found = await store.conversation_of_ticket(tx, named, sender)
    if found is not None and await mailbox_store.thread_of(tx, found) is not None:
        return Place((await conversations.by_id(tx, found))["citizen_id"], found, about)
    citizen = await store.citizen_at(tx, sender) if sender else None
    return Place(citizen or await accounts.new_citizen(tx, now), None, about)


@dataclass(frozen=True)
class Filing:
    """A mail with everything that is known of it. `is_acknowledged`: the sender may be answered."""

    counter: Counter
    leased: Leased
    mailbox: Mailbox
    mail: Read
    understood: Understood
    files: Files
    place: Place
    is_acknowledged: bool

    async def perform(self, tx: Transaction, now: datetime) -> UUID:
        """Store the message, keep the thread, see to its ticket. Returns the conversation."""
        conversation_id = await self._receive(tx, now)
        conversation = await conversations.locked(tx, conversation_id)
        await self._keep_thread(tx, conversation_id, now)
        ticket = await tickets.open_in(tx, conversation_id, lock=True)
        if ticket is None:
            await self._to_people(tx, conversation, now)
        elif self.understood.emergency is not None:
            await self._warn(tx, ticket, now)
        return conversation_id

    # -- the message ------------------------------------------------------------------------

    async def _receive(self, tx: Transaction, now: datetime) -> UUID:
        address = str(self.leased.id)
        language = self.understood.language
        if self.place.conversation_id is not None:
            known = await conversations.by_id(tx, self.place.conversation_id)
            address, language = known["address"], known["language"]
        key, files = f"mail:{self.leased.id}", self.files
        photos = {"photo": files.photos[0], "album": files.photos} if files.photos else {}
        said = self.mail.said[:LONGEST_SAID] or self._instead()

        async def message(kind: str, own_key: str, text: str, content: dict[str, Any]) -> UUID:
            arrival = Arrival(
                CHANNEL,
                address,
                self.place.citizen_id,
                own_key,
                kind,
                text,
                content,
                self.mailbox.commune or self.understood.commune,
                language,
            )
            return (await receive(tx, arrival, now)).conversation_id

        kind = "photo" if files.photos else "text"
        conversation_id = await message(kind, key, said, {**photos, "mail": self._told()})
        for number, kept in enumerate(files.kept):
            await message("file", f"{key}:{number}", "", kept.content())
            await attachments.add(tx, kept, self.place.citizen_id, conversation_id, now)
        for number, (what, why) in enumerate(files.lost):
            await message("file", f"{key}:lost:{number}", "", not_kept(what, why))
        return conversation_id

    def _instead(self) -> str:
        """What stands for a mail without words."""
        key = "email.unreadable" if self.mail.is_plain else "email.empty"
        return self.counter.words.render(say(key), self.understood.language)

    async def _keep_thread(self, tx: Transaction, conversation_id: UUID, now: datetime) -> None:
        thread = await mailbox_store.thread_of(tx, conversation_id)
        before = "" if thread is None else str(thread["refers_to"])
        await mailbox_store.keep_thread(
            tx,
            conversation_id,
            correspondent=self.mail.signs.sender,
            mailbox=self.mailbox.address,
            subject=bare_subject(self.mail.subject),
            last_id=self.mail.message_id,
            refers_to=chain(before, self.mail.message_id),
            began_at=now,
        )

    async def keep_automatic(self, tx: Transaction, now: datetime) -> UUID | None:
        """An automatic reply in a conversation of ours: agents see it, nobody answers it. None for
        any other, which is kept for an operator."""
        conversation_id = self.place.conversation_id
        if conversation_id is None:
            return None
        conversation = await conversations.locked(tx, conversation_id)
        seq = conversation["last_seq"] + 1
        await conversations.append(
            tx,
            conversation_id,
            seq,
            "citizen",
            now,
            body=self.mail.said[:LONGEST_SAID] or self._instead(),
            content={"mail": {**self._told(), "automatic": True}},
            external_id=f"mail:{self.leased.id}",
            answered_by=uuid4(),
        )
        await conversations.change(tx, conversation_id, last_seq=seq, updated_at=now)
        await conversations.notify(tx, conversations.EVENTS, str(conversation_id))
        await tickets.announce(tx, str(conversation_id))
        return conversation_id

    def _told(self) -> dict[str, Any]:
        """What agents see of a mail beside its words."""
        return {
            "subject": bare_subject(self.mail.subject),
            "from": self.mail.signs.sender,
            "name": self.mail.sender_name,
            "rest": self.mail.rest[:LONGEST_SAID],
            **self._doubt(),
        }

    def _doubt(self) -> dict[str, bool]:
        return {"unproven": True} if self.mail.is_unproven else {}

    # -- its ticket -------------------------------------------------------------------------

    async def _to_people(self, tx: Transaction, conversation: RowMapping, now: datetime) -> None:
        """The last ticket goes on, while it may; else a new one. A thank-you asks for neither."""
        last = await store.last_ticket(tx, conversation["id"])
        known = self.understood
        if last is not None and is_only_thanks(known.intent, known.confidence, self.mail.said):
            await conversations.mark_answered(
                tx, conversation["id"], conversation["last_seq"], uuid4()
            )
            await conversations.change(tx, conversation["id"], waiting_since=None, due_at=None)
            return
        if last is not None and await self._is_reopened(tx, conversation, last, now):
            return
        await self._open(tx, conversation, now)

    async def _is_reopened(
        self, tx: Transaction, conversation: RowMapping, last: RowMapping, now: datetime
    ) -> bool:
        speaker = Speaker(conversation["id"], conversation["citizen_id"], CHANNEL)
        again = ReopenTicket(last["reference"], "", self.counter.catalogue)
        try:
            await again.perform(tx, speaker, now)
        except Conflict:  # too long ago
            return False
        # Who writes again has not said how they liked the answer.
        await tickets.change(tx, last["reference"], score=last["score"])
        if self.is_acknowledged:
            team = self.counter.team(last["team"])
            reference = last["reference"]
            told = say("email.reopened", reference=reference, team=team.label)
            lines = (*urgent(self.understood), told, hours_line(team))
            await self._say(tx, conversation["id"], lines, reference, now)
        return True

    async def _warn(self, tx: Transaction, ticket: RowMapping, now: datetime) -> None:
        """Of an emergency while an answer is waited for."""
        reference = ticket["reference"]
        if ticket["priority"] == Priority.NORMAL.value:
            await tickets.change(tx, reference, priority=Priority.HIGH.value)
        if self.is_acknowledged:
            lines = urgent(self.understood)
            await self._say(tx, ticket["conversation_id"], lines, reference, now)

    async def _open(self, tx: Transaction, conversation: RowMapping, now: datetime) -> None:
        known, mail = self.understood, self.mail
        team = team_of(self.counter.catalogue, self.mailbox.team, known.service)
        subject = bare_subject(mail.subject)
        asked = Asked(
            known.subject,
            summary(mail.said or subject, known.marks),
            self.mailbox.commune or known.commune,
            team,
            priority=known.priority,
            packet={
                "understood": {
                    "intent": known.intent,
                    "confidence": round(known.confidence, 3),
                    "readings": [[name, round(score, 3)] for name, score in known.ranking[:3]],
                },
                "marks": list(known.marks),
                "mail": {"subject": subject, "about": self.place.about, **self._doubt()},
            },
            teams=self.counter.catalogue.teams,
        )
        opened = await escalate(tx, conversation, asked, now)
        # An address that may be somebody else's leads to none of their requests.
        sender = None if mail.is_unproven else mail.signs.sender or None
        await tickets.change(tx, opened.reference, reach=Reach.WRITE.value, contact=sender)
        if not self.is_acknowledged:
            return
        reply = acknowledging(
            known, opened.reference, opened.team, now, has_lost=bool(self.files.lost)
        )
        await self._say(tx, conversation["id"], reply.lines, opened.reference, now)

    async def _say(
        self,
        tx: Transaction,
        conversation_id: UUID,
        lines: Sequence[Line],
        reference: str,
        now: datetime,
    ) -> None:
        conversation = await conversations.by_id(tx, conversation_id)
        reply = Reply(tuple(lines), reference=reference)
        await tell_in(tx, conversation, [reply], self.counter.words, now)
