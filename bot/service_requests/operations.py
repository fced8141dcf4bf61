"""What a citizen can ask of requests: file one, follow one, change it, add to it, rate it. Noted by
actions, performed by the turn's commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from bot.errors import Invalid
from bot.service_requests import changes, photo_store, store
from bot.service_requests.draft import Draft
from bot.service_requests.letters import FilingLetter
from bot.service_requests.rules import LONGEST_DETAIL, LONGEST_REASON, Score, Status
from bot.service_requests.twins import place_key
from bot.services.working_days import due_date
from bot.storage.transaction import Transaction
from bot.tickets.operations import next_reference

NO_ROOM = "too_many"
"""The reason why `AddWords` refuses photos."""


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


async def _attach(tx: Transaction, speaker: Filer, reference: str, photos: tuple[str, ...]) -> int:
    """Make a citizen's pictures part of a request, as many as it has room for. Returns how many
    that is."""
    if not photos:
        return 0
    room = await photo_store.room_for(tx, speaker.citizen_id, reference)
    chosen = [UUID(photo) for photo in photos[:room]]
    await photo_store.attach_photos(tx, speaker.citizen_id, reference, chosen)
    return len(chosen)


@dataclass(frozen=True)
class FileRequest:
    """File a confirmed draft, and acknowledge it by e-mail where there is an address.
    `delay_days`: the service's objective, in working days."""

    draft: Draft
    delay_days: int | None = None
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
            precision=draft.precision,
            dangerous=draft.dangerous,
            channel=speaker.channel,
            filed_at=now,
            delay_days=self.delay_days,
            due_on=None if self.delay_days is None else due_date(now, self.delay_days),
        )
        await _attach(tx, speaker, number, draft.photos)
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
        await _attach(tx, speaker, self.reference, self.draft.photos)
        return Filed(self.reference)


@dataclass(frozen=True)
class ChangeOwn:
    """A citizen withdraws or reopens their own request; a follower may reopen it. Everybody else
    whom it concerns will hear of it."""

    reference: str
    target: Status
    reason: str | None = None

    async def perform(self, tx: Transaction, speaker: Filer, now: datetime) -> Filed:
        """Raises `NotFound` when it is not theirs, `Conflict` when the state does not allow it."""
        reason = self.reason and self.reason[:LONGEST_REASON]
        await changes.change_own(tx, self.reference, speaker.citizen_id, self.target, reason, now)
        return Filed(self.reference)


@dataclass(frozen=True)
class SaySolved:
    """A citizen says that a request is solved: it is closed, or, from a follower, asked about."""

    reference: str

    async def perform(self, tx: Transaction, speaker: Filer, now: datetime) -> Filed:
        """Raises `NotFound` when it is not theirs, `Conflict` when it is closed."""
        await changes.say_solved(tx, self.reference, speaker.citizen_id, now)
        return Filed(self.reference)


@dataclass(frozen=True)
class AddWords:
    """A citizen adds words or photos to a request, or answers what its team asked."""

    reference: str
    words: str
    photos: tuple[str, ...] = ()

    async def perform(self, tx: Transaction, speaker: Filer, now: datetime) -> Filed:
        """Raises `NotFound` when it is not theirs, `Conflict` when it is closed, `Invalid` when it
        has no room for the photos."""
        await changes.add_words(
            tx, self.reference, speaker.citizen_id, self.words[:LONGEST_DETAIL], now
        )
        if await _attach(tx, speaker, self.reference, self.photos) < len(self.photos):
            raise Invalid("photos", "no room for them", NO_ROOM)
        return Filed(self.reference)


@dataclass(frozen=True)
class Rate:
    """A citizen says how their request was dealt with."""

    reference: str
    score: Score
    why: str = ""

    async def perform(self, tx: Transaction, speaker: Filer, now: datetime) -> Filed:
        """Raises `NotFound` when it is not theirs, `Conflict` when it is not closed."""
        await changes.rate(
            tx, self.reference, speaker.citizen_id, self.score, self.why[:LONGEST_DETAIL], now
        )
        return Filed(self.reference)


@dataclass(frozen=True)
class ForgetPhotoPlaces:
    """Where photos were taken is known to the conversation now, or of no use."""

    photos: tuple[UUID, ...]

    async def perform(self, tx: Transaction, speaker: Filer, now: datetime) -> None:
        """Only the speaker's own."""
        await photo_store.forget_places(tx, speaker.citizen_id, self.photos)
