"""Who hears of what becomes of a request, and what they are told. Named after what users of other
tools lack."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.conversations import store as conversations
from bot.conversations.memory import Awaiting, AwaitingKind
from bot.conversations.tables import Conversation, Message
from bot.conversations.turn import Speaker
from bot.errors import Conflict, Invalid, NotFound
from bot.notifications.messages import Telling, told
from bot.notifications.telling import Teller
from bot.service_requests import changes, life_store
from bot.service_requests import store as requests
from bot.service_requests.changes import Step
from bot.service_requests.news import News, Topic
from bot.service_requests.operations import (
    AddWords,
    ChangeOwn,
    FileRequest,
    FollowRequest,
    SaySolved,
)
from bot.service_requests.rules import Actor, Status
from bot.service_requests.tables import Notification, ServiceRequest, StatusChange
from bot.storage.transaction import Database
from tests.actions.desks import WORDS, catalogue, gazetteer, outsiders
from tests.service_requests.test_twins import DRAFT, a_speaker

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DELAY_DAYS = 10


def a_teller(database: Database, now: datetime = NOW) -> Teller:
    return Teller(database, catalogue(), gazetteer(), outsiders(), WORDS, lambda: now)


async def followed(database: Database) -> tuple[str, Speaker, Speaker]:
    """A request, who filed it and who follows it."""
    owner, follower = await a_speaker(database), await a_speaker(database)
    async with database.transaction() as tx:
        reference = (await FileRequest(DRAFT, DELAY_DAYS).perform(tx, owner, NOW)).reference
        joining = FollowRequest(reference, replace(DRAFT, description="moi aussi"))
        await joining.perform(tx, follower, NOW)
    return reference, owner, follower


async def heard(database: Database, speaker: Speaker) -> list[str]:
    """All that was told in a conversation, once what waits is told."""
    await a_teller(database).tell_waiting()
    async with database.transaction() as tx:
        result = await tx.execute(
            select(Message.text)
            .where(Message.conversation_id == speaker.conversation_id, Message.sender == "system")
            .order_by(Message.seq)
        )
        return [str(body).replace("\u00a0", " ") for body in result.scalars()]


async def expected(database: Database, speaker: Speaker) -> Awaiting | None:
    async with database.transaction() as tx:
        conversation = await conversations.by_id(tx, speaker.conversation_id)
    return Awaiting.from_json(conversation["awaiting"])


async def change(
    database: Database,
    reference: str,
    status: Status,
    reason: str | None = None,
    day: date | None = None,
    in_charge: str | None = None,
) -> int:
    async with database.transaction() as tx:
        step = Step(status, Actor.AGENT, reason, day, in_charge)
        return await changes.change_status(tx, reference, step, NOW)


async def test_the_message_says_which_report_where_what_changed_and_what_is_next(
    database: Database,
) -> None:
    """mysociety/fixmystreet #1659: the mail does not say which report."""
    reference, owner, _ = await followed(database)
    assert await change(database, reference, Status.PLANNED) == 2
    (text,) = await heard(database, owner)
    for part in (reference, "chaussée dégradée", "12 rue Victor Hugo", "Lyon", "planifiée"):
        assert part in text
    assert "Ensuite" in text


async def test_followers_hear_too_and_know_that_they_follow(database: Database) -> None:
    """DansMaRue: duplicates closed without news."""
    reference, _, follower = await followed(database)
    await change(database, reference, Status.RESOLVED)
    (text,) = await heard(database, follower)
    assert "que vous suivez" in text
    assert "Est-ce bien réglé ?" in text


async def test_a_follower_reopens_what_is_not_solved_but_does_not_take_it_back(
    database: Database,
) -> None:
    """mysociety/fixmystreet #897: closed as fixed but not fixed, others cannot reopen."""
    reference, _, follower = await followed(database)
    await change(database, reference, Status.RESOLVED)
    async with database.transaction() as tx:
        await ChangeOwn(reference, Status.REOPENED, "toujours là").perform(tx, follower, NOW)
        steps = await tx.execute(
            select(StatusChange.status, StatusChange.actor)
            .where(StatusChange.reference == reference)
            .order_by(StatusChange.at, StatusChange.id)
        )
        assert {(row.status, row.actor) for row in steps} == {
            ("new", "citizen"), ("resolved", "agent"), ("reopened", "follower")
        }  # fmt: skip
    with pytest.raises(Conflict):
        async with database.transaction() as tx:
            await ChangeOwn(reference, Status.WITHDRAWN).perform(tx, follower, NOW)


async def test_a_follower_s_solved_is_told_to_who_filed_and_closes_nothing(
    database: Database,
) -> None:
    """Anybody may follow: "moi aussi", then "c'est réparé", closed the reports of others."""
    reference, owner, follower = await followed(database)
    for minutes in range(2):
        async with database.transaction() as tx:
            at = NOW + timedelta(minutes=minutes)
            await SaySolved(reference).perform(tx, follower, at)
    async with database.transaction() as tx:
        assert (await requests.case(tx, reference)).status is Status.NEW
        history = await life_store.history(tx, reference)
    assert [(entry.what, entry.actor) for entry in history] == [
        ("new", Actor.CITIZEN),
        ("seen_solved", Actor.FOLLOWER),
        ("seen_solved", Actor.FOLLOWER),
    ]
    (text,) = await heard(database, owner)
    assert "dit que c’est réglé" in text
    assert await expected(database, owner) == Awaiting(AwaitingKind.SEEN_SOLVED, reference)
    assert await heard(database, follower) == []
    with pytest.raises(Conflict):
        async with database.transaction() as tx:
            await ChangeOwn(reference, Status.RESOLVED).perform(tx, follower, NOW)


async def test_who_filed_says_that_it_is_solved(database: Database) -> None:
    reference, owner, follower = await followed(database)
    async with database.transaction() as tx:
        await SaySolved(reference).perform(tx, owner, NOW)
        assert (await requests.case(tx, reference)).status is Status.RESOLVED
    for speaker in (owner, follower):
        with pytest.raises(Conflict):
            async with database.transaction() as tx:
                await SaySolved(reference).perform(tx, speaker, NOW)


async def test_a_stranger_changes_nothing(database: Database) -> None:
    reference, *_ = await followed(database)
    stranger = await a_speaker(database)
    for status in (Status.RESOLVED, Status.WITHDRAWN):
        with pytest.raises(NotFound):
            async with database.transaction() as tx:
                await ChangeOwn(reference, status).perform(tx, stranger, NOW)
    with pytest.raises(NotFound):
        async with database.transaction() as tx:
            await SaySolved(reference).perform(tx, stranger, NOW)


async def test_a_refused_step_is_told_to_nobody(database: Database) -> None:
    reference, owner, follower = await followed(database)
    with pytest.raises(Invalid):
        await change(database, reference, Status.REJECTED)
    with pytest.raises(Conflict):
        await change(database, reference, Status.ARCHIVED)
    assert await heard(database, owner) == await heard(database, follower) == []


async def test_the_reason_of_a_rejection_is_told(database: Database) -> None:
    reference, owner, _ = await followed(database)
    await change(database, reference, Status.REJECTED, "Cette voie est privée.")
    (text,) = await heard(database, owner)
    assert "Cette voie est privée." in text


@pytest.mark.parametrize("topic", Topic)
@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_all_news_can_be_told_in_both_languages(
    topic: Topic, status: Status, language: str
) -> None:
    service = catalogue().service("pothole", None)
    for known in (service, None):
        for is_own in (True, False):
            news = News(topic, status, "pothole", "vu", NOW.date(), "2026-000002")
            telling = Telling("2026-000001", "Lyon", news, known, "équipe voirie")
            reply = told(telling, is_own=is_own)
            text = "\n".join(WORDS.render(line, language) for line in reply.lines)
            assert "2026-000001" in text
            assert reply.buttons


async def test_a_change_and_a_turn_that_meet_do_not_wait_for_each_other(
    database: Database,
) -> None:
    reference, owner, _ = await followed(database)
    is_turn_begun, may_end = asyncio.Event(), asyncio.Event()

    async def turn() -> None:
        async with database.transaction() as tx:
            await conversations.locked(tx, owner.conversation_id)
            is_turn_begun.set()
            await may_end.wait()
            await ChangeOwn(reference, Status.RESOLVED).perform(tx, owner, NOW)

    async def agent() -> int:
        await is_turn_begun.wait()
        may_end.set()
        return await change(database, reference, Status.REOPENED)

    _, told_to = await asyncio.gather(turn(), agent())
    assert told_to == 2


async def test_a_turn_that_waits_for_a_request_lets_its_news_be_written(
    database: Database,
) -> None:
    """The turn holds the conversation and wants the request; the agent's transaction holds the
    request, and its news refer to the conversation."""
    reference, owner, _ = await followed(database)
    both_hold = asyncio.Barrier(2)

    async def turn() -> None:
        async with database.transaction() as tx:
            await conversations.locked(tx, owner.conversation_id)
            await both_hold.wait()
            await AddWords(reference, "il s'agrandit").perform(tx, owner, NOW)

    async def agent() -> int:
        async with database.transaction() as tx:
            await life_store.locked_family(tx, reference)
            await both_hold.wait()
            await asyncio.sleep(0.2)  # the turn is waiting for the request by now
            step = Step(Status.IN_PROGRESS, Actor.AGENT)
            return await changes.change_status(tx, reference, step, NOW)

    async with asyncio.timeout(5):
        _, told_to = await asyncio.gather(turn(), agent())
    assert told_to == 2


async def test_two_who_merge_crosswise_do_not_wait_for_each_other(database: Database) -> None:
    """One names the heads of two families, the other a child of each, in the other order."""
    owner = await a_speaker(database)

    async def merge(child: str, parent: str) -> None:
        with suppress(Conflict):  # the other one was first
            async with database.transaction() as tx:
                await changes.merge(tx, child, parent, Actor.AGENT, NOW)

    for _ in range(10):
        async with database.transaction() as tx:
            a, b, child_of_b, child_of_a = [
                (await FileRequest(DRAFT, DELAY_DAYS).perform(tx, owner, NOW)).reference
                for _ in range(4)
            ]
        await merge(child_of_a, a)
        await merge(child_of_b, b)
        await asyncio.gather(merge(a, b), merge(child_of_b, child_of_a))
        async with database.transaction() as tx:
            heads = [(await requests.case(tx, child)).parent for child in (a, child_of_b)]
        assert heads[0] == b or heads[1] == a


async def test_what_a_citizen_does_is_told_to_the_others_and_not_to_them(
    database: Database,
) -> None:
    reference, owner, follower = await followed(database)
    async with database.transaction() as tx:
        await ChangeOwn(reference, Status.RESOLVED).perform(tx, owner, NOW)
    assert await heard(database, owner) == []
    (text,) = await heard(database, follower)
    assert "réglé" in text


async def test_a_question_is_for_who_filed_it_alone(database: Database) -> None:
    reference, owner, follower = await followed(database)
    await change(database, reference, Status.WAITING_CITIZEN, "De quel côté de la rue ?")
    (text,) = await heard(database, owner)
    assert "De quel côté de la rue ?" in text
    assert "Répondez ici" in text
    assert await heard(database, follower) == []
    assert await expected(database, owner) == Awaiting(AwaitingKind.ANSWER, reference)


async def test_a_question_of_the_form_is_not_answered_by_what_news_ask(
    database: Database,
) -> None:
    reference, owner, _ = await followed(database)
    async with database.transaction() as tx:
        state = {"now": {"loop": {"name": "service_form"}}}
        await conversations.save_dialogue_state(tx, owner.conversation_id, state, {}, NOW)
    await change(database, reference, Status.RESOLVED)
    assert len(await heard(database, owner)) == 1
    assert await expected(database, owner) is None


async def test_what_is_not_ours_is_answered_with_who_is_in_charge(database: Database) -> None:
    """mysociety/fixmystreet #877: misdirected reports."""
    reference, owner, _ = await followed(database)
    await change(database, reference, Status.REJECTED, "Enedis", in_charge="electricity")
    (text,) = await heard(database, owner)
    assert "Enedis" in text
    assert "09 726 750 69" in text


async def test_a_planned_day_is_told_and_becomes_the_objective(database: Database) -> None:
    reference, owner, _ = await followed(database)
    await change(database, reference, Status.PLANNED, day=date(2026, 12, 4))
    (text,) = await heard(database, owner)
    assert "vendredi 4 décembre 2026" in text
    with pytest.raises(Invalid):
        await change(database, reference, Status.PLANNED, day=date(2026, 11, 1))


async def test_another_service_takes_over_without_starting_again(database: Database) -> None:
    """mysociety/fixmystreet #1114: wrong category means starting again."""
    reference, owner, follower = await followed(database)
    async with database.transaction() as tx:
        assert await changes.reroute(tx, reference, "bollard", 5, Actor.AGENT, NOW) == 2
    (text,) = await heard(database, owner)
    for part in (reference, "chaussée dégradée", "équipe", "rien à refaire", "1er décembre 2026"):
        assert part in text
    assert len(await heard(database, follower)) == 1


async def test_duplicates_are_closed_with_news(database: Database) -> None:
    """DansMaRue: duplicates closed without news."""
    parent, _, _ = await followed(database)
    child, owner, follower = await followed(database)
    async with database.transaction() as tx:
        await changes.merge(tx, child, parent, Actor.AGENT, NOW)
    await change(database, parent, Status.PLANNED, day=date(2026, 12, 4))
    await change(database, parent, Status.RESOLVED, "Rebouché ce matin.")
    for speaker in (owner, follower):
        merged, planned, resolved = await heard(database, speaker)
        assert parent in merged
        assert child in planned
        assert "vendredi 4 décembre 2026" in planned
        assert "Rebouché ce matin." in resolved
    async with database.transaction() as tx:
        await changes.release(tx, child, Actor.AGENT, NOW)
    assert "à part" in (await heard(database, owner))[-1]


async def test_silence_is_broken_before_a_delay_is_missed_and_once(database: Database) -> None:
    """mysociety/fixmystreet #358: silence; want reminders."""
    reference, owner, follower = await followed(database)
    due = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)  # a Monday; the objective is the day after
    night = a_teller(database, due.replace(hour=3))
    assert await night.warn_of_delays() == 0
    for _ in range(2):
        await a_teller(database, due - timedelta(days=3)).warn_of_delays()
        assert await heard(database, owner) == []
    for _ in range(2):
        await a_teller(database, due).warn_of_delays()
        for speaker in (owner, follower):
            (text,) = await heard(database, speaker)
            assert "mardi 8 décembre 2026" in text
            assert reference in text


async def test_what_is_planned_is_late_once_its_day_has_passed(database: Database) -> None:
    reference, owner, _ = await followed(database)
    await change(database, reference, Status.PLANNED, day=date(2026, 12, 15))
    for day, is_late in ((8, False), (14, False), (15, False), (16, True)):
        at = datetime(2026, 12, day, 10, 0, tzinfo=UTC)
        await a_teller(database, at).warn_of_delays()
        texts = await heard(database, owner)
        assert any("prévue le mardi 15 décembre 2026" in text for text in texts) is is_late


async def test_a_citizen_s_own_words_are_for_the_team(database: Database) -> None:
    reference, owner, follower = await followed(database)
    await change(database, reference, Status.RESOLVED)
    async with database.transaction() as tx:
        why = "chez Mme Dupont c'est pareil"
        await ChangeOwn(reference, Status.REOPENED, why).perform(tx, owner, NOW)
        assert why in [entry.words for entry in await life_store.history(tx, reference)]
    assert "Dupont" not in "".join(await heard(database, follower))


async def test_who_reopens_a_merged_one_is_not_told_their_own_doing(database: Database) -> None:
    parent, first, _ = await followed(database)
    child, owner, _ = await followed(database)
    async with database.transaction() as tx:
        await changes.merge(tx, child, parent, Actor.AGENT, NOW)
    await change(database, parent, Status.RESOLVED)
    before = len(await heard(database, owner))
    async with database.transaction() as tx:
        await ChangeOwn(child, Status.REOPENED, "toujours là").perform(tx, owner, NOW)
    assert len(await heard(database, owner)) == before
    assert "rouvert" in (await heard(database, first))[-1]


async def test_a_follower_sees_no_house_number(database: Database) -> None:
    reference, owner, follower = await followed(database)
    await change(database, reference, Status.PLANNED)
    assert "12 rue Victor Hugo" in (await heard(database, owner))[0]
    (text,) = await heard(database, follower)
    assert "rue Victor Hugo" in text
    assert "12 rue" not in text


async def test_news_that_cannot_be_told_hold_nobody_up(database: Database) -> None:
    broken, _, _ = await followed(database)
    fine, owner, _ = await followed(database)
    await change(database, broken, Status.PLANNED)
    async with database.transaction() as tx:
        await tx.execute(
            update(ServiceRequest).where(ServiceRequest.reference == broken).values(commune="00000")
        )
    await change(database, fine, Status.PLANNED)
    assert len(await heard(database, owner)) == 1
    async with database.transaction() as tx:
        left = await tx.execute(
            select(Notification.attempts).where(
                Notification.reference == broken, Notification.told_at.is_(None)
            )
        )
        assert set(left.scalars()) == {3}, "told in vain three times, and left alone"
        await tx.execute(
            update(ServiceRequest).where(ServiceRequest.reference == broken).values(commune="69123")
        )


async def test_two_tellers_tell_once_and_in_order(database: Database) -> None:
    reference, owner, _ = await followed(database)
    for status in (Status.IN_PROGRESS, Status.PLANNED, Status.RESOLVED):
        await change(database, reference, status)
    await asyncio.gather(*(a_teller(database).tell_waiting() for _ in range(3)))
    texts = await heard(database, owner)
    assert len(texts) == 3
    for text, word in zip(texts, ("pris en charge", "planifiée", "réglé"), strict=True):
        assert word in text


async def test_a_detail_lands_on_the_request_and_not_on_a_stranger_s(database: Database) -> None:
    reference, _, follower = await followed(database)
    stranger = await a_speaker(database)
    async with database.transaction() as tx:
        await AddWords(reference, "ça s’agrandit").perform(tx, follower, NOW)
        words = [entry.words for entry in await life_store.history(tx, reference)]
    assert "ça s’agrandit" in words
    with pytest.raises(NotFound):
        async with database.transaction() as tx:
            await AddWords(reference, "je passe").perform(tx, stranger, NOW)
    await change(database, reference, Status.RESOLVED)
    with pytest.raises(Conflict):
        async with database.transaction() as tx:
            await AddWords(reference, "encore").perform(tx, follower, NOW)


async def test_who_gave_no_channel_to_read_in_is_told_nothing(database: Database) -> None:
    reference, owner, _ = await followed(database)
    async with database.transaction() as tx:
        await tx.execute(
            update(Conversation)
            .where(Conversation.id == owner.conversation_id)
            .values(channel="open311")
        )
    await change(database, reference, Status.PLANNED)
    assert await heard(database, owner) == []
