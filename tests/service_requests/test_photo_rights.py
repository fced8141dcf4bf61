"""Who sees which photo, on a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from bot.conversations.turn import Speaker
from bot.errors import Forbidden, Invalid, NotFound
from bot.service_requests import moderation, photo_store
from bot.service_requests.operations import (
    NO_ROOM,
    AddWords,
    FileRequest,
    FollowRequest,
    ForgetPhotoPlaces,
)
from bot.service_requests.photo_store import ModeratedPhoto
from bot.service_requests.rules import MOST_LOOSE_PHOTOS, MOST_PHOTOS, MOST_PHOTOS_TOGETHER
from bot.services.rules import Catalogue
from bot.storage.transaction import Database
from tests.actions.desks import catalogue
from tests.files.builders import OULLINS
from tests.open311.builders import a_catalogue, a_service
from tests.retention.old_things import a_photo
from tests.service_requests.test_twins import DRAFT, a_speaker
from tests.turn.scripted import now


async def filed_with_photo(database: Database, speaker: Speaker) -> tuple[str, UUID]:
    photo = await a_photo(database, speaker.citizen_id, now(), taken_at=OULLINS)
    draft = replace(DRAFT, photos=(str(photo),))
    async with database.transaction() as tx:
        filed = await FileRequest(draft).perform(tx, speaker, now())
    return filed.reference, photo


async def publish(
    database: Database, named: UUID | str, offered: Catalogue | None = None
) -> list[ModeratedPhoto]:
    async with database.transaction() as tx:
        return await moderation.publish(tx, offered or catalogue(), named, now())


async def shown(database: Database, citizen: UUID, photo: UUID) -> bool | None:
    async with database.transaction() as tx:
        return (await photo_store.shown_to(tx, citizen, [photo])).get(photo)


async def test_others_see_it_once_it_is_published_and_not_once_it_is_hidden(
    database: Database,
) -> None:
    owner, other = await a_speaker(database), await a_speaker(database)
    reference, photo = await filed_with_photo(database, owner)
    assert await shown(database, owner.citizen_id, photo) is False
    assert await shown(database, other.citizen_id, photo) is None
    assert [p.id for p in await publish(database, reference)] == [photo]
    async with database.transaction() as tx:
        assert await photo_store.public_photo(tx, photo) == photo
        assert await photo_store.first_photos(tx, other.citizen_id, [reference]) == {
            reference: photo
        }
    assert await shown(database, other.citizen_id, photo) is True
    async with database.transaction() as tx:
        await moderation.hide(tx, photo, now())
        with pytest.raises(NotFound):
            await photo_store.public_photo(tx, photo)
        assert await photo_store.first_photos(tx, other.citizen_id, [reference]) == {}
        assert await photo_store.first_photos(tx, owner.citizen_id, [reference]) == {
            reference: photo
        }


async def test_what_was_decided_is_looked_at_no_more(database: Database) -> None:
    owner = await a_speaker(database)
    (_, published), (_, hidden), (_, waiting) = [
        await filed_with_photo(database, owner) for _ in range(3)
    ]
    await publish(database, published)
    async with database.transaction() as tx:
        await moderation.hide(tx, hidden, now())
        listed = {photo.id for photo in await photo_store.photos_to_look_at(tx, 10_000)}
    assert listed & {published, hidden, waiting} == {waiting}


async def test_a_photo_of_no_request_or_of_a_sensitive_service_is_never_published(
    database: Database,
) -> None:
    owner = await a_speaker(database)
    reference, photo = await filed_with_photo(database, owner)
    loose = await a_photo(database, owner.citizen_id, now())
    for unknown in (loose, uuid4(), "2026-999999"):
        with pytest.raises(NotFound):
            await publish(database, unknown)
    for offered in (a_catalogue(a_service(sensitive=True)), a_catalogue(a_service("other"))):
        with pytest.raises(Forbidden):
            await publish(database, reference, offered)
    assert await shown(database, (await a_speaker(database)).citizen_id, photo) is None


async def test_where_it_was_taken_is_read_by_its_sender_and_gone_once_read_or_filed(
    database: Database,
) -> None:
    owner, other = await a_speaker(database), await a_speaker(database)
    photo = await a_photo(database, owner.citizen_id, now(), taken_at=OULLINS)
    async with database.transaction() as tx:
        assert await photo_store.taken_at(tx, other.citizen_id, [photo]) is None
        await ForgetPhotoPlaces((photo,)).perform(tx, other, now())
        assert await photo_store.taken_at(tx, owner.citizen_id, [photo]) == OULLINS
        await ForgetPhotoPlaces((photo,)).perform(tx, owner, now())
        assert await photo_store.taken_at(tx, owner.citizen_id, [photo]) is None
    _, filed = await filed_with_photo(database, owner)
    async with database.transaction() as tx:
        assert await photo_store.taken_at(tx, owner.citizen_id, [filed]) is None


async def test_photos_that_become_no_report_are_counted(database: Database) -> None:
    owner = await a_speaker(database)
    for _ in range(MOST_LOOSE_PHOTOS - 1):
        await a_photo(database, owner.citizen_id, now())
    async with database.transaction() as tx:
        await photo_store.check_room(tx, owner.citizen_id)
    photo = await a_photo(database, owner.citizen_id, now())
    async with database.transaction() as tx:
        with pytest.raises(Invalid) as refused:
            await photo_store.check_room(tx, owner.citizen_id)
        assert refused.value.reason == "too_many"
        await photo_store.attach_photos(
            tx,
            owner.citizen_id,
            (await FileRequest(DRAFT).perform(tx, owner, now())).reference,
            [photo],
        )
        await photo_store.check_room(tx, owner.citizen_id)


# -- how many a request has ---------------------------------------------------------------------


async def adds(database: Database, speaker: Speaker, reference: str, count: int) -> None:
    photos = [str(await a_photo(database, speaker.citizen_id, now())) for _ in range(count)]
    async with database.transaction() as tx:
        await AddWords(reference, "", tuple(photos)).perform(tx, speaker, now())


async def room(database: Database, speaker: Speaker, reference: str) -> int:
    async with database.transaction() as tx:
        return await photo_store.room_for(tx, speaker.citizen_id, reference)


async def test_what_a_request_has_counts_when_more_is_added(database: Database) -> None:
    owner = await a_speaker(database)
    reference, _ = await filed_with_photo(database, owner)
    await adds(database, owner, reference, MOST_PHOTOS - 1)
    with pytest.raises(Invalid) as refused:
        await adds(database, owner, reference, 1)
    assert refused.value.reason == NO_ROOM


async def test_however_many_follow_a_request_its_photos_have_an_end(database: Database) -> None:
    owner = await a_speaker(database)
    reference, _ = await filed_with_photo(database, owner)
    for _ in range(MOST_PHOTOS_TOGETHER // MOST_PHOTOS):
        follower = await a_speaker(database)
        assert await room(database, follower, reference) > 0
        photos = [str(await a_photo(database, follower.citizen_id, now())) for _ in range(5)]
        async with database.transaction() as tx:
            draft = replace(DRAFT, photos=tuple(photos))
            await FollowRequest(reference, draft).perform(tx, follower, now())
    assert await room(database, await a_speaker(database), reference) == 0
