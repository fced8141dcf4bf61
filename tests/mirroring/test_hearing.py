"""What people do in the backend happens here, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.tickets.backends.port import Attached, News, Said, Seen
from bot.tickets.backends.rules import State
from bot.tickets.rules import EventKind, Priority, Status
from tests.mirroring.hands import Hands
from tests.mirroring.paper import Paper, down
from tests.web.browsers import a_picture

MINUTE = timedelta(minutes=1)


async def mirrored(hands: Hands) -> str:
    reference = await hands.opens()
    await hands.send()
    hands.at += MINUTE
    return reference


def said(hands: Hands, text: str, *, number: int = 1, is_internal: bool = False) -> News:
    return Said("1", f"journal{number}", hands.at, "Julie Martin", text, is_internal)


def seen(hands: Hands, paper: Paper, *, is_ours: bool = False, **changed: object) -> News:
    state = replace(paper.sheets[0].state, **changed)  # type: ignore[arg-type]
    paper.sheets[0].state = state
    return Seen("1", hands.at, "Julie Martin", is_ours, state)


async def test_words_of_a_person_there_are_an_answer(hands: Hands, paper: Paper) -> None:
    reference = await mirrored(hands)
    paper.news.append(said(hands, "Nous passons jeudi."))
    await hands.read()
    assert await hands.heard(reference) == [("Julie Martin", "Nous passons jeudi.")]
    assert (await hands.ticket(reference))["assignee_name"] == "Julie Martin"


async def test_the_same_news_are_applied_once(hands: Hands, paper: Paper) -> None:
    reference = await mirrored(hands)
    paper.news += [said(hands, "Jeudi."), said(hands, "Jeudi."), said(hands, "Jeudi.")]
    await hands.read()
    await hands.read()
    assert await hands.heard(reference) == [("Julie Martin", "Jeudi.")]


async def test_a_private_note_stays_between_agents(hands: Hands, paper: Paper) -> None:
    reference = await mirrored(hands)
    paper.news.append(said(hands, "méfiance", is_internal=True))
    await hands.read()
    assert await hands.heard(reference) == []
    notes = [e for e in await hands.history(reference) if e["kind"] == EventKind.NOTE.value]
    assert [(note["author"], note["text"]) for note in notes] == [("Julie Martin", "méfiance")]


async def test_what_came_from_there_does_not_go_back(hands: Hands, paper: Paper) -> None:
    await mirrored(hands)
    paper.news += [
        said(hands, "Jeudi."),
        said(hands, "entre nous", number=2, is_internal=True),
        seen(hands, paper, priority=Priority.HIGH),
    ]
    await hands.read()
    await hands.send()
    assert paper.sheets[0].comments == []


async def test_states_set_there_are_set_here(hands: Hands, paper: Paper) -> None:
    reference = await mirrored(hands)
    paper.news.append(
        seen(hands, paper, priority=Priority.URGENT, team="voirie", assignee="Marc Petit")
    )
    await hands.read()
    ticket = await hands.ticket(reference)
    assert (ticket["priority"], ticket["team"]) == ("urgent", "voirie")
    assert ticket["assignee_name"] == "Marc Petit"
    hands.at += MINUTE
    paper.news.append(seen(hands, paper, status=Status.CLOSED))
    await hands.read()
    assert (await hands.ticket(reference))["status"] == "closed"
    hands.at += MINUTE
    paper.news.append(seen(hands, paper, status=Status.OPEN))
    await hands.read()
    assert (await hands.ticket(reference))["status"] == "open"


async def test_our_own_states_are_no_news(hands: Hands, paper: Paper) -> None:
    reference = await mirrored(hands)
    await hands.closes(reference)
    await hands.send()
    hands.at += MINUTE
    paper.news.append(seen(hands, paper, is_ours=True))
    await hands.read()
    kinds = [event["kind"] for event in await hands.history(reference)]
    assert kinds.count("closed") == 1
    assert "reopened" not in kinds


async def test_an_old_look_undoes_nothing(hands: Hands, paper: Paper) -> None:
    """The page was made before we closed the ticket there, and is applied after."""
    reference = await mirrored(hands)
    paper.news.append(seen(hands, paper))

    async def we_close_it() -> None:
        hands.at += MINUTE
        await hands.closes(reference)
        await hands.send()

    paper.meanwhile = we_close_it
    await hands.read()
    assert (await hands.ticket(reference))["status"] == "closed"
    paper.news[:] = [seen(hands, paper, is_ours=True)]
    await hands.read(MINUTE)
    assert (await hands.ticket(reference))["status"] == "closed"


async def test_a_word_that_no_mapping_explains_changes_nothing(hands: Hands, paper: Paper) -> None:
    reference = await mirrored(hands)
    before = await hands.ticket(reference)
    unknown = State(None, None, None, None)
    paper.news.append(Seen("1", hands.at, "Julie Martin", False, unknown))
    await hands.read()
    assert await hands.ticket(reference) == before


async def test_a_picture_is_shown_to_the_citizen(hands: Hands, paper: Paper) -> None:
    reference = await mirrored(hands)
    picture = a_picture()
    paper.news.append(
        Attached("1", "file1", hands.at, "Julie Martin", "plan.jpg", "image/jpeg", 0, picture.hex())
    )
    await hands.read()
    assert await hands.heard(reference) == [("Julie Martin", "Voici une image.")]


async def test_any_other_file_is_mentioned_to_agents(hands: Hands, paper: Paper) -> None:
    reference = await mirrored(hands)
    paper.news += [
        Attached("1", "file1", hands.at, "Julie", "devis.pdf", "application/pdf", 9, "00"),
        Attached("1", "file2", hands.at, "Julie", "faux.jpg", "image/jpeg", 9, b"<svg/>".hex()),
    ]
    await hands.read()
    assert await hands.heard(reference) == []
    notes = [e["text"] for e in await hands.history(reference) if e["kind"] == "note"]
    assert ["devis.pdf" in notes[0], "faux.jpg" in notes[1]] == [True, True]


async def test_somebody_elses_tickets_are_none_of_ours(hands: Hands, paper: Paper) -> None:
    reference = await mirrored(hands)
    paper.news.append(Said("999", "journal9", hands.at, "Marc", "autre projet", False))
    await hands.read()
    assert await hands.heard(reference) == []


async def test_news_of_an_hour_away_come_afterwards(hands: Hands, paper: Paper) -> None:
    reference = await mirrored(hands)
    paper.away = down()
    for number in range(5):
        paper.news.append(said(hands, f"réponse {number}", number=number))
        await hands.read(15 * MINUTE)
    assert await hands.heard(reference) == []
    paper.away = None
    await hands.read(MINUTE)
    assert [text for _, text in await hands.heard(reference)] == [
        f"réponse {number}" for number in range(5)
    ]


async def test_words_on_a_closed_ticket_open_it_again(hands: Hands, paper: Paper) -> None:
    reference = await mirrored(hands)
    await hands.closes(reference)
    await hands.send()
    hands.at += MINUTE
    paper.news.append(said(hands, "Une précision."))
    await hands.read()
    assert await hands.heard(reference) == [("Julie Martin", "Une précision.")]
    assert (await hands.ticket(reference))["status"] == "open"
