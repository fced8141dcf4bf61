"""What of our tickets arrives in the backend, once and in order, whatever happens in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.attachments.rules import Sent, What
from bot.tickets.rules import Status
from tests.mirroring.hands import Hands
from tests.mirroring.paper import Killed, Paper, down

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def test_a_ticket_arrives_with_what_the_citizen_would_repeat(
    hands: Hands, paper: Paper
) -> None:
    reference = await hands.opens("mon dossier de poubelle cassée")
    assert await hands.send() >= 1
    opening = paper.sheets[0].opening
    assert opening.reference == reference
    assert "poubelle" in opening.subject
    assert "Oullins" in opening.text
    assert "Usager : mon dossier de poubelle cassée" in opening.text
    assert opening.link.endswith(f"https://guichet.example/agent?ticket={reference}")
    copy = await hands.copy(reference)
    assert (copy.remote_id, copy.in_doubt, copy.last_error) == ("1", False, None)


async def test_both_sides_of_the_conversation_arrive_in_order(hands: Hands, paper: Paper) -> None:
    reference = await hands.opens()
    await hands.send()
    await hands.says(reference, "c’est urgent")
    hands.at += MINUTE
    await hands.replies(reference, "Bonjour, je regarde.")
    hands.at += MINUTE
    await hands.notes(reference, "il a déjà appelé")
    hands.at += MINUTE
    await hands.says(reference, "merci")
    await hands.send()
    assert [(one.author, one.text, one.is_internal) for one in paper.sheets[0].comments] == [
        ("Usager", "c’est urgent", False),
        ("Karim", "Bonjour, je regarde.", False),
        ("Karim", "il a déjà appelé", True),
        ("Usager", "merci", False),
    ]
    assert await hands.send() == 0


async def test_photos_arrive_as_files(hands: Hands, paper: Paper) -> None:
    reference = await hands.opens()
    await hands.shows(reference)
    await hands.send()
    [file] = paper.sheets[0].files
    assert file.mime == "image/jpeg"
    assert file.data.startswith(b"\xff\xd8")


async def test_an_album_arrives_whole_with_its_words(hands: Hands, paper: Paper) -> None:
    reference = await hands.opens()
    await hands.send()
    await hands.shows(reference, 3, "les trois trous")
    await hands.send()
    assert len({file.key for file in paper.sheets[0].files}) == 3
    assert [one.text for one in paper.sheets[0].comments] == ["les trois trous"]
    assert await hands.send() == 0


async def test_an_album_that_was_cut_off_arrives_once(hands: Hands, paper: Paper) -> None:
    reference = await hands.opens()
    await hands.send()
    await hands.shows(reference, 3)
    paper.attached_at_once = 2  # then nobody is there, which is known for sure
    assert await hands.send() == 0
    paper.attached_at_once = None
    await hands.send(after=MINUTE)
    keys = [file.key for file in paper.sheets[0].files]
    assert len(keys) == len(set(keys)) == 3


async def test_a_file_arrives_under_its_own_name(hands: Hands, paper: Paper) -> None:
    reference = await hands.opens()
    await hands.send()
    sent = Sent(What.DOCUMENT, "devis.pdf", "application/pdf")
    await hands.sends_file(reference, b"%PDF", sent, "le devis")
    await hands.send()
    [file] = paper.sheets[0].files
    assert (file.name, file.mime, file.data) == ("devis.pdf", "application/pdf", b"%PDF")
    assert [one.text for one in paper.sheets[0].comments] == ["le devis"]


async def test_a_file_that_they_do_not_take_holds_up_nothing(hands: Hands, paper: Paper) -> None:
    reference = await hands.opens()
    await hands.send()
    paper.most_bytes = 3
    await hands.sends_file(reference, b"%PDF", Sent(What.DOCUMENT, "devis.pdf"))
    await hands.says(reference, "voilà")
    await hands.send()
    first, second = paper.sheets[0].comments
    assert first.text.endswith("devis.pdf")
    assert second.text == "voilà"


@pytest.mark.parametrize(
    ("kind", "content", "words", "told"),
    [
        ("other", {"what": "sticker"}, "👍", "[autocollant] 👍"),
        ("other", {"what": "poll"}, "Quand ?", "[sondage] Quand ?"),
        ("other", {"what": "contact_of_other"}, "", "[contact de quelqu’un d’autre, non gardé]"),
        (
            "file",
            {"file": None, "what": "video", "why": "too_large"},
            "regardez",
            "[Vidéo : fichier trop lourd] regardez",
        ),
        (
            "location",
            {"latitude": 45.7, "longitude": 4.8, "name": "Mairie"},
            "place Roger-Salengro",
            "Mairie\nplace Roger-Salengro\n45.7, 4.8",
        ),
    ],
    ids=["sticker", "poll", "contact", "lost", "venue"],
)
async def test_what_is_no_words_arrives_in_words(
    hands: Hands, paper: Paper, kind: str, content: dict[str, Any], words: str, told: str
) -> None:
    reference = await hands.opens()
    await hands.send()
    await hands.sends(reference, kind, content, words)
    await hands.send()
    assert [one.text for one in paper.sheets[0].comments] == [told]


async def test_an_edit_arrives_as_newer_words(hands: Hands, paper: Paper) -> None:
    reference = await hands.opens()
    await hands.send()
    first = await hands.says(reference, "au 12")
    await hands.sends(reference, "edit", {"edits_id": first}, "au 14")
    await hands.send()
    told = [one.text for one in paper.sheets[0].comments]
    assert told == ["au 12", "message modifié\N{NO-BREAK SPACE}: au 14"]


async def test_a_photo_that_is_no_longer_kept_holds_up_nothing(hands: Hands, paper: Paper) -> None:
    reference = await hands.opens()
    await hands.send()
    await hands.shows(reference)
    await hands.says(reference, "voilà")
    for file in hands.folder.iterdir():
        file.unlink()
    await hands.send()
    assert [one.text for one in paper.sheets[0].comments] == [
        "Une photo envoyée ici n’est plus conservée.",
        "voilà",
    ]
    assert paper.sheets[0].files == []
    assert (await hands.copy(reference)).last_error is None


async def test_a_closing_arrives_and_what_the_assistant_says_later_does_not(
    hands: Hands, paper: Paper
) -> None:
    reference = await hands.opens()
    await hands.send()
    hands.at += MINUTE
    await hands.closes(reference)
    await hands.send()
    assert paper.sheets[0].state.status is Status.CLOSED
    hands.at += MINUTE
    await hands.says(reference, "bonjour, autre chose")
    await hands.send()
    assert paper.sheets[0].comments == []


async def test_after_an_hour_away_everything_arrives(hands: Hands, paper: Paper) -> None:
    first = await hands.opens()
    await hands.send()
    paper.away = down()
    later = await hands.opens("une autre demande")
    await hands.says(first, "vous êtes là ?")
    for _ in range(60):
        await hands.send(MINUTE)
        await hands.read()
    copy = await hands.copy(first)
    assert copy.last_error == "it answered 503"
    assert copy.failing_since is not None
    assert paper.asked < 60 * 4  # it was left in peace meanwhile
    paper.away = None
    await hands.read(MINUTE)  # it answers again: what waits is due at once
    await hands.send()
    assert [one.opening.reference for one in paper.sheets] == [first, later]
    assert [one.text for one in paper.sheets[0].comments] == ["vous êtes là ?"]
    copy = await hands.copy(first)
    assert (copy.last_error, copy.failing_since, copy.failures) == (None, None, 0)


async def test_it_is_left_alone_as_long_as_it_asks(hands: Hands, paper: Paper) -> None:
    await hands.opens()
    paper.away = down(retry_after_s=300)
    await hands.send()
    paper.away = None
    assert await hands.send(timedelta(minutes=4)) == 0
    assert await hands.send(timedelta(minutes=2)) >= 1


@pytest.mark.parametrize("end", [down(), Killed()])
async def test_a_ticket_in_doubt_is_made_once(
    hands: Hands, paper: Paper, end: BaseException
) -> None:
    """It did what was asked, and nobody heard."""
    reference = await hands.opens()
    paper.away, paper.is_late = end, True
    try:
        await hands.send()
    except Killed:
        await hands.leases_end()
    assert (await hands.copy(reference)).in_doubt
    paper.away = None
    await hands.send(MINUTE)
    assert len(paper.sheets) == 1
    assert (await hands.copy(reference)).remote_id == "1"


@pytest.mark.parametrize("end", [down(), Killed()])
async def test_words_in_doubt_are_said_once(hands: Hands, paper: Paper, end: BaseException) -> None:
    reference = await hands.opens()
    await hands.send()
    await hands.says(reference, "une fois")
    await hands.shows(reference)
    for _ in range(2):
        paper.away, paper.is_late = end, True
        try:
            await hands.send(MINUTE)
        except Killed:
            await hands.leases_end()
        paper.is_late = False
        paper.away = None
    await hands.send(MINUTE)
    assert [one.text for one in paper.sheets[0].comments] == ["une fois"]
    assert len(paper.sheets[0].files) == 1


async def test_a_refusal_holds_up_no_other_ticket(hands: Hands, paper: Paper) -> None:
    refused = await hands.opens()
    other = await hands.opens("une autre demande")
    paper.refused.add(refused)
    await hands.send()
    assert [one.opening.reference for one in paper.sheets] == [other]
    assert (await hands.copy(refused)).last_error == "it answered 422"


async def test_a_note_that_everybody_could_read_stays_here(hands: Hands, paper: Paper) -> None:
    reference = await hands.opens()
    paper.keeps_notes = False
    await hands.notes(reference, "attention, ton")
    await hands.says(reference, "alors ?")
    await hands.send()
    assert [one.text for one in paper.sheets[0].comments] == ["alors ?"]
    assert (await hands.copy(reference)).withheld == 1


async def test_two_services_tell_each_thing_once(hands: Hands, paper: Paper) -> None:
    reference = await hands.opens()
    twin = Hands(hands.database, paper, hands.folder)
    await hands.send()
    await hands.says(reference, "bonjour")
    await twin.send()
    await hands.send()
    assert [one.text for one in paper.sheets[0].comments] == ["bonjour"]
