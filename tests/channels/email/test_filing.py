"""What becomes of a mail: its conversation, its ticket, what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import String, cast, func, select

from bot.accounts.rules import Agent
from bot.contacts.others import others_of_ticket
from bot.conversations import store as conversations
from bot.conversations.tables import Message
from bot.errors import NotFound
from bot.handover import answering
from bot.handover import packet as packets
from bot.handover.lists import listed
from bot.handover.orders import Queue
from bot.mail import store as letters
from bot.mailbox import rules
from bot.mailbox import store as mailbox
from bot.mailbox.rules import MOST_ACKNOWLEDGED, Mailbox
from bot.mailbox.tables import ArrivedMail, MailThread
from bot.mirroring.wording import opening
from bot.service_requests.draft import Draft
from bot.storage.tables import utc_now
from bot.tickets import store as tickets
from bot.tickets.backends.rules import State
from bot.tickets.rules import Priority, Status
from bot.web.agent.speech import shaped
from tests.channels.email.conftest import Desk
from tests.channels.email.mails import ADA, AWKWARD, OURS, SENDER, a_mail, a_report
from tests.handover.builders import BRON, OULLINS, an_agent
from tests.web.browsers import a_picture

EVE = "eve@ailleurs.example"


def another(number: int = 2, **parts: Any) -> bytes:
    return a_mail(**({"message_id": f"<{number}@citoyenne.example>"} | parts))


async def replied(desk: Desk, ticket: Mapping[str, Any], agent: Agent, text: str) -> str:
    """An agent's answer, as a letter; its Message-ID."""
    async with desk.database.transaction() as tx:
        seq = await answering.reply(
            tx, agent, ticket["reference"], text, uuid4().hex, desk.service.counter, utc_now()
        )
    await desk.write()
    return next(str(one["message_id"]) for one in await desk.letters() if one["seq"] == seq)


async def test_a_mail_opens_a_ticket_of_its_town(desk: Desk) -> None:
    await desk.take(a_mail())
    (ticket,) = await desk.tickets()
    assert (ticket["commune"], ticket["team"], ticket["status"]) == (OULLINS, "accueil", "open")
    assert (ticket["contact"], ticket["reach"]) == (ADA, "write")
    said, told = await desk.messages(ticket["conversation_id"])
    assert said.text == "Bonjour, un lampadaire est éteint devant chez moi."
    assert said.content["mail"]["subject"] == "Lampadaire éteint"
    assert (told.sender, told.content["reference"]) == ("system", ticket["reference"])
    async with desk.database.transaction() as tx:
        conversation = await conversations.by_id(tx, ticket["conversation_id"])
    assert (conversation["channel"], conversation["owner"]) == ("email", "queued")
    assert conversation["waiting_since"] is not None
    assert ADA not in conversation["address"]


async def test_the_acknowledgement_says_the_facts_and_none_of_the_citizens_words(
    desk: Desk,
) -> None:
    await desk.take(a_mail())
    (ticket,) = await desk.tickets()
    (letter,) = await desk.letters()
    assert letter["recipient"] == ADA
    assert letter["reply_to"] == OURS
    assert letter["subject"] == f"Re: Lampadaire éteint ({ticket['reference']})"
    assert letter["thread"]["in_reply_to"] == "<one@citoyenne.example>"
    assert not letter["thread"]["is_personal"]
    for told in (ticket["reference"], "est bien arrivé", "équipe accueil", "112", "répondez"):
        assert told in letter["text"]
    assert "devant chez moi" not in letter["text"]


async def test_the_team_of_an_address_reads_it(desk: Desk) -> None:
    async with desk.database.transaction() as tx:
        await mailbox.keep_mailbox(tx, Mailbox("eau@x.example", None, "eau"), utc_now())
    await desk.take(a_mail("une fuite à Bron"), ADA, "eau@x.example")
    (ticket,) = await desk.tickets()
    assert (ticket["team"], ticket["commune"]) == ("eau", BRON)


async def test_agents_of_the_town_see_it_and_others_do_not(desk: Desk) -> None:
    await desk.take(a_mail())
    (ticket,) = await desk.tickets()
    claire = await an_agent(desk.database)
    paul = await an_agent(desk.database, "Paul", communes=frozenset({BRON}))
    async with desk.database.transaction() as tx:
        rows = (await listed(tx, claire, Queue.ALL, utc_now())).rows
        assert "Lampadaire éteint" in [row.mail_subject for row in rows]
        assert ticket["reference"] not in [
            r.reference for r in (await listed(tx, paul, Queue.ALL, utc_now())).rows
        ]
        with pytest.raises(NotFound):
            await packets.packet(
                tx, paul, ticket["reference"], desk.service.counter, "fr", utc_now()
            )


async def test_an_agents_reply_is_a_letter_in_the_thread(desk: Desk) -> None:
    await desk.take(a_mail(references="<zero@citoyenne.example>"))
    (ticket,) = await desk.tickets()
    claire = await an_agent(desk.database)
    ours = await replied(desk, ticket, claire, "Bonjour,\n\nl’équipe passe demain.")
    letter = (await desk.letters())[-1]
    assert letter["thread"]["is_personal"]
    assert letter["thread"]["in_reply_to"] == "<one@citoyenne.example>"
    assert "l’équipe passe demain." in letter["text"]
    assert "Claire, équipe accueil" in letter["text"]
    await desk.take(another(in_reply_to=ours, text="Merci, j’attends."))
    (again,) = await desk.tickets()
    assert again["reference"] == ticket["reference"]
    texts = [m.text for m in await desk.messages(ticket["conversation_id"])]
    assert texts[-1] == "Merci, j’attends."
    assert len(await desk.letters()) == 2  # nothing more is acknowledged
    await replied(desk, ticket, claire, "Bien.")
    assert (await desk.letters())[-1]["thread"]["refers_to"] == [
        "<one@citoyenne.example>",
        "<2@citoyenne.example>",
    ]


async def test_who_joins_is_not_said_by_mail(desk: Desk) -> None:
    await desk.take(a_mail())
    (ticket,) = await desk.tickets()
    await replied(desk, ticket, await an_agent(desk.database), "Bonjour")
    assert len(await desk.letters()) == 2
    said = [m.text for m in await desk.messages(ticket["conversation_id"])]
    assert len(said) == 4  # the mail, the acknowledgement, who joined, the reply


async def test_the_sender_goes_on_by_their_own_mail_or_our_reference(desk: Desk) -> None:
    await desk.take(a_mail())
    (ticket,) = await desk.tickets()
    await desk.take(another(2, in_reply_to="<one@citoyenne.example>"))
    await desk.take(another(3, subject=f"encore {ticket['reference']}"))
    assert [t["reference"] for t in await desk.tickets()] == [ticket["reference"]]


async def test_a_reference_proves_nothing_for_another_address(desk: Desk) -> None:
    await desk.take(a_mail())
    (first,) = await desk.tickets()
    await desk.take(another(sender=EVE, subject=f"Re: x ({first['reference']})"), EVE)
    await desk.take(another(3, sender=EVE, in_reply_to="<one@citoyenne.example>"), EVE)
    others = (await desk.tickets())[1:]
    assert len(others) == 2
    assert {t["conversation_id"] for t in others}.isdisjoint({first["conversation_id"]})
    assert {t["citizen_id"] for t in others}.isdisjoint({first["citizen_id"]})
    assert others[0]["packet"]["mail"]["about"] == first["reference"]
    to_eve = [one for one in await desk.letters() if one["recipient"] == EVE]
    assert all("lampadaire" not in one["text"].lower() for one in to_eve[:1])


async def test_a_subject_of_its_own_is_another_conversation_of_the_same_sender(desk: Desk) -> None:
    await desk.take(a_mail())
    await desk.take(another(subject="Autre chose"))
    first, second = await desk.tickets()
    assert first["conversation_id"] != second["conversation_id"]
    assert first["citizen_id"] == second["citizen_id"]


async def test_an_answer_after_the_end_reopens_without_rating(desk: Desk) -> None:
    await desk.take(a_mail())
    (ticket,) = await desk.tickets()
    claire = await an_agent(desk.database)
    async with desk.database.transaction() as tx:
        await answering.close(tx, claire, ticket["reference"], desk.service.counter, utc_now())
    await desk.write()
    closing = (await desk.letters())[-1]
    assert "répondez à ce message dans les 14 jours" in closing["text"]
    await desk.take(another(in_reply_to=str(closing["message_id"]), text="Toujours éteint."))
    (again,) = await desk.tickets()
    assert (again["status"], again["score"]) == ("open", None)
    assert "reprend" in (await desk.letters())[-1]["text"]


@pytest.mark.parametrize(
    "headers",
    [{"auto_submitted": "auto-replied"}, {"precedence": "bulk"}, {"list_id": "<x.example>"}],
)
async def test_machines_are_not_answered(desk: Desk, headers: dict[str, Any]) -> None:
    await desk.take(a_mail(**headers))
    await desk.take(another(), "")  # an empty return path
    await desk.take(another(3, sender=OURS), OURS)
    assert await desk.tickets() == []
    assert await desk.letters() == []
    assert [row["kind"] for row in await desk.arrived()] == ["automatic", "automatic", "own"]


async def test_an_automatic_reply_stands_in_its_conversation_and_waits_for_nobody(
    desk: Desk,
) -> None:
    await desk.take(a_mail())
    (ticket,) = await desk.tickets()
    ours = await replied(desk, ticket, await an_agent(desk.database), "Bonjour")
    away = another(in_reply_to=ours, subject="Réponse automatique", text="Je suis absente.")
    await desk.take(away)
    last = (await desk.messages(ticket["conversation_id"]))[-1]
    assert (last.text, last.content["mail"]["automatic"]) == ("Je suis absente.", True)
    async with desk.database.transaction() as tx:
        conversation = await conversations.by_id(tx, ticket["conversation_id"])
    assert conversation["waiting_since"] is None
    assert len(await desk.letters()) == 2


async def test_what_never_arrived_is_shown_to_agents(desk: Desk) -> None:
    await desk.take(a_mail())
    (ticket,) = await desk.tickets()
    ours = await replied(desk, ticket, await an_agent(desk.database), "Bonjour")
    letter = (await desk.letters())[-1]
    async with desk.database.transaction() as tx:
        attempt = uuid4()
        await letters.lease(tx, attempt, utc_now(), 10)
        for one in await desk.letters():
            await letters.mark_sent(tx, one["id"], attempt, utc_now())
    await desk.write()
    await desk.take(a_report(ours, action="delayed", status="4.4.1"), "", SENDER)
    async with desk.database.transaction() as tx:
        assert await conversations.undelivered(tx, ticket["conversation_id"]) == {}
        assert await conversations.shown_through(tx, ticket["conversation_id"]) == letter["seq"]
    await desk.take(a_report(ours), "", SENDER)
    async with desk.database.transaction() as tx:
        shown = await conversations.undelivered(tx, ticket["conversation_id"])
        history = [row["kind"] for row in await tickets.history(tx, ticket["reference"])]
    assert shown == {letter["seq"]: False}
    assert history[-1] == "bounced"
    assert (await desk.letters())[-1]["failed_at"] is not None


async def test_a_report_on_no_letter_of_ours_changes_nothing(desk: Desk) -> None:
    await desk.take(a_report("<other@metropole.example>"), "", SENDER)
    assert [row["kind"] for row in await desk.arrived()] == ["bounce"]


async def test_one_sender_is_acknowledged_and_heard_only_so_often(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_AN_HOUR", 5)
    for number in range(7):
        await desk.hand(another(number, subject=f"Sujet {number}"))
    while await desk.taker.one():
        pass
    await desk.write()
    kinds = [row["kind"] for row in await desk.arrived()]
    assert kinds.count("mail") == 5
    assert kinds.count("limited") == 2
    assert len(await desk.letters()) == MOST_ACKNOWLEDGED


async def test_files_are_kept_for_agents_and_pictures_shown(desk: Desk) -> None:
    files = (
        ("plan.pdf", "application/pdf", b"%PDF-1.4"),
        ("trou.jpg", "image/jpeg", a_picture()),
        ("fausse.jpg", "image/jpeg", b"no picture"),
    )
    await desk.take(a_mail(files=files))
    (ticket,) = await desk.tickets()
    said, *kept, _ = await desk.messages(ticket["conversation_id"])
    assert said.kind == "photo"
    assert [m.content["file"]["name"] for m in kept] == ["plan.pdf", "fausse.jpg"]
    claire = await an_agent(desk.database)
    async with desk.database.transaction() as tx:
        packet = await packets.packet(
            tx, claire, ticket["reference"], desk.service.counter, "fr", utc_now()
        )
        assert len(packet.photos) == 1
        found = await packets.attachment_of(
            tx, claire, ticket["reference"], packet.files[0].id, utc_now()
        )
    assert await desk.service.attachments.read(found.id) == b"%PDF-1.4"


async def test_a_mail_too_long_for_a_message_is_a_file_beside_it(desk: Desk) -> None:
    await desk.take(a_mail("mot " * 30_000))
    (ticket,) = await desk.tickets()
    said, whole, _ = await desk.messages(ticket["conversation_id"])
    assert len(said.text) <= 15_000
    assert whole.content["file"]["size"] > 100_000


async def test_the_oddest_mails_are_all_taken(desk: Desk) -> None:
    for name, raw in AWKWARD.items():
        told = await desk.hand(raw)
        assert told[0][:3] == "250", name
    while await desk.taker.one():
        pass
    await desk.write()
    rows = await desk.arrived()
    assert {row["state"] for row in rows} == {"taken"}
    assert all(row["last_error"] is None for row in rows)


async def test_what_is_forgotten_leaves_no_address(desk: Desk) -> None:
    await desk.take(a_mail(html="<p>x</p>"))
    (ticket,) = await desk.tickets()
    await replied(desk, ticket, await an_agent(desk.database), "Bonjour")
    conversation: UUID = ticket["conversation_id"]
    async with desk.database.transaction() as tx:
        assert await _holds(tx, Message, conversation)
        await conversations.forget_words(tx, [conversation])
        assert not await _holds(tx, MailThread, conversation)
        left = (await tx.execute(select(cast(func.to_jsonb(_row(ArrivedMail)), String)))).scalars()
        assert not any(ADA in text or "Lovelace" in text for text in left)
        closed = await tickets.by_reference(tx, ticket["reference"])
    assert ADA not in str(dict(closed))
    for letter in await desk.letters():
        assert ADA not in str(letter)
    await desk.hand(a_mail())  # a repeat is known all the same
    assert not await desk.taker.one()


def _row(table: type) -> Any:
    return table.__table__.table_valued()  # type: ignore[attr-defined]  # every model has one


async def _holds(tx: Any, table: Any, conversation: UUID) -> bool:
    count = await tx.scalar(
        select(func.count()).select_from(table).where(table.conversation_id == conversation)
    )
    return bool(count)


# -- senders that the mail server vouches for ---------------------------------------------------

VOUCHES = "mx.oullins.example"
GOOD = f"{VOUCHES}; dmarc=pass header.from=citoyenne.example"
BAD = f"{VOUCHES}; dmarc=fail header.from=citoyenne.example"


@pytest.fixture
def vouched(desk: Desk) -> Desk:
    """A town whose mail server says who proved to be who they say."""
    desk.service.settings = replace(desk.service.settings, mail_authserv=VOUCHES)
    return desk


@pytest.mark.parametrize("results", [BAD, f"mx.evil.example; {GOOD}", f"{VOUCHES}; none"])
async def test_a_forged_sender_joins_nobody(vouched: Desk, results: str) -> None:
    await vouched.take(a_mail(authentication_results=GOOD))
    (ticket,) = await vouched.tickets()
    claire = await an_agent(vouched.database)
    async with vouched.database.transaction() as tx:
        await answering.close(tx, claire, ticket["reference"], vouched.service.counter, utc_now())
    for number, parts in enumerate(
        (
            {"subject": f"Re: x ({ticket['reference']})"},
            {"in_reply_to": "<one@citoyenne.example>"},
            {"subject": "Autre chose"},
        )
    ):
        await vouched.take(another(number, authentication_results=results, **parts))
    first, *forged = await vouched.tickets()
    assert first["status"] == "closed"
    assert len(forged) == 3
    assert len({one["citizen_id"] for one in (first, *forged)}) == 4
    assert {one["contact"] for one in forged} == {None}
    assert forged[0]["packet"]["mail"]["about"] == first["reference"]
    said = (await vouched.messages(forged[0]["conversation_id"]))[0]
    shown = shaped(said, []).mail
    assert shown is not None
    assert shown.is_unproven
    state = State(Status.OPEN, Priority.NORMAL, None)
    row: Any = forged[0]
    told = opening(row, state, Draft(), [], vouched.service.counter, "https://x.example")
    assert "Expéditeur non prouvé" in told.text
    async with vouched.database.transaction() as tx:
        beside = {
            one.ticket for one in await others_of_ticket(tx, claire, first["reference"], utc_now())
        }
        assert beside.isdisjoint(one["reference"] for one in forged)
        assert await others_of_ticket(tx, claire, forged[0]["reference"], utc_now()) == []

    await vouched.take(another(9, authentication_results=GOOD, subject="Encore autre chose"))
    own = (await vouched.tickets())[-1]
    assert own["citizen_id"] == first["citizen_id"]


async def test_who_answers_our_letter_goes_on_whatever_the_server_says(vouched: Desk) -> None:
    await vouched.take(a_mail(authentication_results=GOOD))
    (ticket,) = await vouched.tickets()
    ours = await replied(vouched, ticket, await an_agent(vouched.database), "Bonjour")
    await vouched.take(another(authentication_results=BAD, in_reply_to=ours, text="Merci."))
    assert len(await vouched.tickets()) == 1
    said = (await vouched.messages(ticket["conversation_id"]))[-1]
    assert (said.text, said.content["mail"]["unproven"]) == ("Merci.", True)


async def test_a_proven_sender_goes_on_as_before(vouched: Desk) -> None:
    await vouched.take(a_mail(authentication_results=GOOD))
    await vouched.take(another(authentication_results=GOOD, in_reply_to="<one@citoyenne.example>"))
    (ticket,) = await vouched.tickets()
    assert ticket["contact"] == ADA
    shown = shaped((await vouched.messages(ticket["conversation_id"]))[0], []).mail
    assert shown is not None
    assert not shown.is_unproven


async def test_without_a_server_that_vouches_its_words_are_not_read(desk: Desk) -> None:
    await desk.take(a_mail(authentication_results=BAD))
    await desk.take(another(authentication_results=BAD, in_reply_to="<one@citoyenne.example>"))
    (ticket,) = await desk.tickets()
    assert ticket["contact"] == ADA
