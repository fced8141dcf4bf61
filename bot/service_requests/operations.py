"""What can be asked of requests: file one, withdraw it, reopen it. Noted by actions, performed
by the turn's commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from bot.errors import Invalid
from bot.service_requests import store
from bot.service_requests.draft import Draft
from bot.service_requests.letters import FilingLetter
from bot.service_requests.rules import Status, move
from bot.service_requests.twins import place_key
from bot.storage.transaction import Transaction
from bot.tickets.operations import next_reference


class Filer(Protocol):
    """Who files, from where."""

    @property
    def conversation_id(self) -> UUID: ...
    @property
    def citizen_id(self) -> UUID: ...
    @property
    def channel(self) -> str: ...


@dataclass(frozen=True)
class Filed:
    reference: str


@dataclass(frozen=True)
class FileRequest:
    """File a confirmed draft, and acknowledge it by e-mail where there is an address."""

    draft: Draft
    letter: FilingLetter | None = None

    async def perform(self, tx: Transaction, speaker: Filer, now: datetime) -> Filed:
        """Store it under a new reference. Raises `Invalid` for a draft without service or town."""
        draft = self.draft
        if draft.service is None or draft.commune is None:
            raise Invalid("draft", "a service and a commune are needed")
        number = await next_reference(tx, now)
        await store.add(
            tx,
            reference=number,
            service=draft.service,
            commune=draft.commune,
            citizen_id=speaker.citizen_id,
            conversation_id=speaker.conversation_id,
            description=draft.description,
            answers={code: answer.value for code, answer in draft.answers.items()},
            address=draft.address,
            place_key=place_key(draft.address),
            latitude=draft.latitude,
            longitude=draft.longitude,
            dangerous=draft.dangerous,
            channel=speaker.channel,
            filed_at=now,
        )
        if draft.photos:
            await store.attach_photos(
                tx, speaker.citizen_id, number, [UUID(photo) for photo in draft.photos]
            )
        if self.letter is not None:
            await self.letter.post(tx, number, now)
        return Filed(number)


@dataclass(frozen=True)
class FollowRequest:
    """Somebody else's request is the same problem: follow it instead of filing another."""

    reference: str
    draft: Draft

    async def perform(self, tx: Transaction, speaker: Filer, now: datetime) -> Filed:
        """The draft's words and photos join the request. Raises `NotFound` when it is not open."""
        await store.follow(
            tx,
            self.reference,
            speaker.citizen_id,
            speaker.conversation_id,
            self.draft.description,
            now,
        )
        if self.draft.photos:
            await store.attach_photos(
                tx,
                speaker.citizen_id,
                self.reference,
                [UUID(photo) for photo in self.draft.photos],
            )
        return Filed(self.reference)


@dataclass(frozen=True)
class ChangeOwn:
    """A citizen withdraws or reopens their own request, or says that it is solved; a follower may
    do the last two."""

    reference: str
    target: Status
    reason: str | None = None

    async def perform(self, tx: Transaction, speaker: Filer, now: datetime) -> Filed:
        """Raises `NotFound` when it is not theirs, `Conflict` when the state does not allow it."""
        current, actor = await store.concerned_for_update(tx, speaker.citizen_id, self.reference)
        target = move(current, self.target, actor, self.reason)
        await store.append_status(tx, self.reference, target, actor, self.reason, now)
        return Filed(self.reference)
