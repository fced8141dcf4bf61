"""What an agent hides is hidden everywhere, kept apart for a while, and then gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import String, cast, select, update

import bot.app  # noqa: F401  (every table that there is)
from bot.accounts.rules import Agent, Role
from bot.attachments import operations as attachments
from bot.attachments import store as attachment_store
from bot.attachments.rules import Kept, What
from bot.audit import store as audit
from bot.audit.rules import Wanted
from bot.conversations import store as conversations
from bot.conversations.tables import Conversation, Message
from bot.errors import Forbidden, Invalid, NotFound
from bot.handover import answering, correcting, packet, redacting
from bot.handover.redacting import Target
from bot.learning.rules import Meant
from bot.mail.operations import post
from bot.mail.tables import Letter
from bot.retention.erasing import erase_conversation
from bot.retention.operations import forget_attachments, forget_originals
from bot.service_requests import photo_store
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest
from bot.service_requests.tables import Photo
from bot.storage.tables import Base
from bot.storage.transaction import Database
from bot.tickets import redactions
from bot.tickets.rules import ORIGINAL_KEPT_FOR
from bot.words.personal_data import HIDDEN
from tests.handover.builders import BRON, COUNTER, OULLINS, Case, a_case, an_agent
from tests.mail.builders import MAILER, an_envelope, some_content
from tests.turn.scripted import now

CARD = "4111 1111 1111 1111"


async def hide(case: Case, agent: Agent, seq: int, *words: str) -> None:
    async with case.database.transaction() as tx:
        target = Target(seq, None, words)
        await redacting.redact(tx, agent, case.reference, target, uuid4().hex, now())


async def tables_with(database: Database, words: str) -> list[str]:
    """The tables in which something still holds those words."""
    found = []
    async with database.transaction() as tx:
        for table in Base.metadata.sorted_tables:
            texts = [cast(column, String) for column in table.columns]
            held = await tx.execute(select(*texts))
            if any(words in (value or "") for row in held for value in row):
                found.append(table.name)
    return found


async def test_words_are_hidden_wherever_they_are_repeated(database: Database) -> None:
    words = f"{CARD} {uuid4().hex}"
    case, claire = await a_case(database, f"débité sur {words} merci"), await an_agent(database)
    async with database.transaction() as tx:
        draft = Draft(service="pothole", description=f"payé {words}")
        await requests.save_draft(tx, case.speaker.conversation_id, draft, now())
        state = {"events": [{"event": "user", "text": f"débité sur {words}"}]}
        await conversations.save_dialogue_state(tx, case.speaker.conversation_id, state, {}, now())
    await hide(case, claire, 1, words)
    assert (await case.said())[0] == ("citizen", f"débité sur {HIDDEN} merci")
    assert await tables_with(database, words) == ["redaction"]
    assert (await case.kinds())[-1] == "redacted"
    async with database.transaction() as tx:
        known = await packet.packet(tx, claire, case.reference, COUNTER, "fr", now())
    assert [(one["seq"], one["author"]) for one in known.redactions] == [(1, "Claire")]
    assert known.messages[0].content["hidden"]


async def test_a_letter_that_was_given_up_is_never_sent_with_what_was_hidden(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    key, words = uuid4().hex, f"{CARD} {uuid4().hex}"
    envelope = an_envelope(reference=case.reference)
    content = some_content(subject=f"Re: {words}", lines=(f"Payé avec {words}.",))
    async with database.transaction() as tx:
        await post(tx, MAILER, envelope, content, key=key, now=now())
        await tx.execute(update(Letter).where(Letter.key == key).values(failed_at=now()))
    seq = await case.writes(f"Payé avec {words}.")
    await hide(case, claire, seq, words)
    async with database.transaction() as tx:
        left = await tx.execute(
            select(Letter.subject, Letter.text, Letter.html).where(Letter.key == key)
        )
    assert all(HIDDEN in text and words not in text for text in left.one())


async def test_the_whole_of_a_note_is_hidden(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    async with database.transaction() as tx:
        words = "Habite chez sa fille, code 4512"
        await answering.note(tx, claire, case.reference, words, "n1", now())
        target = Target(None, "note:n1")
        await redacting.redact(tx, claire, case.reference, target, "r1", now())
        await redacting.redact(tx, claire, case.reference, target, "r1", now())  # a repeat
        known = await packet.packet(tx, claire, case.reference, COUNTER, "fr", now())
    assert [e["text"] for e in known.history if e["kind"] == "note"] == [HIDDEN]
    assert len(known.redactions) == 1


async def a_file(case: Case) -> tuple[int, UUID]:
    """The citizen sends a document; its number and its id."""
    kept = Kept(uuid4(), What.DOCUMENT, "ordonnance.pdf", "application/pdf", 10, None)
    seq = await case.writes("voici")
    conversation = case.speaker.conversation_id
    async with case.database.transaction() as tx:
        await attachments.add(tx, kept, case.speaker.citizen_id, conversation, now())
        await tx.execute(
            update(Message)
            .where(Message.conversation_id == conversation, Message.seq == seq)
            .values(kind="file", content=kept.content())
        )
    return seq, kept.id


async def test_a_hidden_file_is_opened_by_nobody_and_stays_as_long_as_its_original(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    seq, file = await a_file(case)
    await hide(case, claire, seq)
    later = now() + timedelta(days=2)
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await packet.attachment_of(tx, claire, case.reference, file, now())
        await forget_attachments(tx, later)
        assert await attachment_store.known(tx, [file]) == {file}
        await forget_originals(tx, now() + ORIGINAL_KEPT_FOR + timedelta(days=1))
        await forget_attachments(tx, later)
        assert await attachment_store.known(tx, [file]) == set()


async def test_only_what_stands_there_is_hidden_by_whoever_sees_it(database: Database) -> None:
    case, claire = await a_case(database, "bonjour"), await an_agent(database)
    away = await an_agent(database, "Karim", communes=frozenset({BRON}))
    with pytest.raises(Invalid):
        await hide(case, claire, 1, "bonsoir")
    for agent, seq in ((claire, 99), (away, 1)):
        with pytest.raises(NotFound):
            await hide(case, agent, seq, "bonjour")


async def test_the_original_is_read_by_administrators_with_a_reason(database: Database) -> None:
    case, claire = await a_case(database, f"ma carte {CARD}"), await an_agent(database)
    towns = frozenset({OULLINS})
    nadia = await an_agent(database, "Nadia", Role.COMMUNE_ADMINISTRATOR, towns)
    await hide(case, claire, 1, CARD)
    async with database.transaction() as tx:
        (kept,) = await redactions.of_conversations(tx, [case.speaker.conversation_id])

    async def read(agent: Agent, why: str) -> str:
        async with database.transaction() as tx:
            asked = (tx, agent, case.reference, kept["id"], why, now())
            return (await redacting.original(*asked)).text

    with pytest.raises(Forbidden):
        await read(claire, "par curiosité")
    with pytest.raises(Invalid):
        await read(nadia, "")
    assert await read(nadia, "plainte de la banque") == f"ma carte {CARD}"
    async with database.transaction() as tx:
        wanted = Wanted(subject=case.reference, action="ticket.original_seen")
        lines = await audit.entries(tx, nadia, wanted)
        await forget_originals(tx, now() + ORIGINAL_KEPT_FOR + timedelta(days=1))
    assert [line.name for line in lines] == ["Nadia"]
    with pytest.raises(NotFound):
        await read(nadia, "plainte de la banque")


async def test_erasing_leaves_nothing_of_it_in_any_table(database: Database) -> None:
    secret = f"zébulon{uuid4().hex}"
    case, claire = await a_case(database, f"une lampe cassée {secret}"), await an_agent(database)
    await case.writes(f"encore {secret} et le banc")
    async with database.transaction() as tx:
        correction = correcting.Correction(3, Meant("complain"))
        seq = max(m.seq for m in await case.messages() if m.sender == "citizen")
        correction = correcting.Correction(seq, Meant("complain"))
        await correcting.correct(tx, claire, case.reference, correction, COUNTER, now())
    await hide(case, claire, 1, secret)
    async with database.transaction() as tx:
        await answering.close(tx, claire, case.reference, COUNTER, now())
    assert "redaction" in await tables_with(database, secret)
    async with database.transaction() as tx:
        await erase_conversation(tx, case.speaker.conversation_id, now())
    assert await tables_with(database, secret) == []
    assert await _rows_of(database, case.speaker.conversation_id) == KEPT


KEPT = {"ownership_change", "ticket"}
"""Who had it and that somebody was asked for: no words."""


async def _rows_of(database: Database, conversation: UUID) -> set[str]:
    """The tables that have rows of a conversation."""
    found = set()
    async with database.transaction() as tx:
        for table in Base.metadata.sorted_tables:
            keys: list[Any] = [
                column
                for column in table.columns
                if any(key.column is Conversation.__table__.c.id for key in column.foreign_keys)
            ]
            for key in keys:
                if (await tx.execute(select(key).where(key == conversation).limit(1))).first():
                    found.add(table.name)
    return found


async def test_a_filed_request_loses_the_words_too(database: Database) -> None:
    case, claire = await a_case(database, f"trou, appelez Zoé au {CARD}"), await an_agent(database)
    async with database.transaction() as tx:
        filed = await _filed(tx, case)
    await hide(case, claire, 1, f"Zoé au {CARD}")
    async with database.transaction() as tx:
        row = await requests.case(tx, filed)
    assert row.description == f"trou, appelez {HIDDEN}"


async def _filed(tx: Any, case: Case) -> str:
    draft = Draft(service="pothole", commune=OULLINS, description=f"trou, appelez Zoé au {CARD}")
    return (await FileRequest(draft).perform(tx, case.speaker, now())).reference


async def test_words_that_mean_other_things_elsewhere_stay_in_what_another_town_has(
    database: Database,
) -> None:
    said = f"dans la route, carte {CARD}"
    case, claire = await a_case(database, said), await an_agent(database)
    photo = await a_photo(case)
    async with database.transaction() as tx:
        own = (await FileRequest(_about(said, OULLINS)).perform(tx, case.speaker, now())).reference
        await answering.close(tx, claire, case.reference, COUNTER, now())
        await conversations.change(tx, case.speaker.conversation_id, commune=BRON)
    await case.writes(said)
    there = await case.open(said, commune=BRON)
    async with database.transaction() as tx:
        paul = await an_agent(database, "Paul", communes=frozenset({BRON}))
        await answering.note(tx, paul, there, said, "n1", now())
        filing = FileRequest(_about(said, BRON, str(photo)))
        theirs = (await filing.perform(tx, case.speaker, now())).reference
        await requests.save_draft(tx, case.speaker.conversation_id, _about(said, BRON), now())
    before = await _photos_of(database, theirs)
    await hide(case, claire, 1, "dans", "route", CARD)
    await hide(case, claire, 2)
    hidden = f"{HIDDEN} la {HIDDEN}, carte {HIDDEN}"
    proven = f"dans la route, carte {HIDDEN}"
    texts = [m.text for m in await case.messages() if m.sender == "citizen"]
    assert texts == [hidden, HIDDEN, proven]
    async with database.transaction() as tx:
        assert (await requests.case(tx, own)).description == hidden
        assert (await requests.case(tx, theirs)).description == proven
        draft = await requests.draft_of(tx, case.speaker.conversation_id, now())
        known = await packet.packet(tx, paul, there, COUNTER, "fr", now())
    assert draft is not None
    assert draft.description == proven
    assert known.ticket["summary"] == proven
    assert [e["text"] for e in known.history if e["kind"] == "note"] == [proven]
    assert await _photos_of(database, theirs) == before == [photo]


def _about(said: str, commune: str, *photos: str) -> Draft:
    return Draft(service="pothole", commune=commune, description=said, photos=photos)


async def a_photo(case: Case) -> UUID:
    """The citizen sends a picture, as their second message."""
    photo, seq = uuid4(), await case.writes("voyez")
    async with case.database.transaction() as tx:
        await photo_store.add_photo(tx, photo, case.speaker.citizen_id, 4, 3, 10, now())
        await tx.execute(
            update(Message)
            .where(Message.conversation_id == case.speaker.conversation_id, Message.seq == seq)
            .values(kind="photo", content={"photo": str(photo)})
        )
    return photo


async def _photos_of(database: Database, reference: str) -> list[UUID]:
    async with database.transaction() as tx:
        found = select(Photo.id).where(Photo.reference == reference, Photo.hidden_at.is_(None))
        return list(await tx.scalars(found))
