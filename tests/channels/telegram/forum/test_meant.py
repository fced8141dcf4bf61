"""What is not clearly the citizen's to read does not reach them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.mirroring.store import messages_after
from tests.channels.telegram.forum.desk import Desk, Raw
from tests.web.browsers import a_picture


def album(desk: Desk, reference: str, caption: str = "", count: int = 2) -> list[Raw]:
    return desk.paul.sends_album(
        [a_picture() for _ in range(count)], caption,
        place=desk.group, topic=desk.thread(reference),
    )  # fmt: skip


async def pictures(desk: Desk, reference: str) -> int:
    """How many the citizen was shown."""
    ticket = await desk.hands.ticket(reference)
    async with desk.service.database.transaction() as tx:
        said = await messages_after(tx, ticket["conversation_id"], 0)
    return sum(len(one.shown) for one in said if one.sender == "agent")


# -- albums ---------------------------------------------------------------------------------------


async def test_a_late_picture_of_a_note_stays_inside(desk: Desk) -> None:
    reference = await desk.opened()
    first, second = album(desk, reference, "// pièce d’identité")
    await desk.takes(first)
    await desk.takes(second)
    assert await desk.hands.heard(reference) == []
    assert [text.split(" (")[0] for _, text in await desk.notes(reference)] == [
        "pièce d’identité",
        ["(avec un fichier, resté dans le groupe Telegram)"][0],
    ]


async def test_words_under_a_late_picture_of_a_note_stay_inside_as_well(desk: Desk) -> None:
    reference = await desk.opened()
    first, second = album(desk, reference, "// pièce d’identité")
    second["message"]["caption"] = "le verso"
    await desk.takes(first)
    await desk.takes(second)
    assert await desk.hands.heard(reference) == []
    assert len(await desk.notes(reference)) == 2


async def test_a_late_picture_of_an_answer_follows_it(desk: Desk) -> None:
    reference = await desk.opened()
    first, second, third = album(desk, reference, "Voici le plan.", 3)
    await desk.takes(first, second)
    await desk.takes(third)
    assert await pictures(desk, reference) == 3


async def test_a_late_picture_of_what_was_refused_is_refused(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.writes(desk.claire, reference, "Bonjour.")
    first, second = album(desk, reference, "Voici le plan.")
    await desk.takes(first)
    await desk.hands.closes(reference)
    await desk.hands.reopens(reference)  # it is free again for Paul, whose words were not sent
    await desk.takes(second)
    assert await pictures(desk, reference) == 0
    assert "album" in desk.texts(reference)[-1]


async def test_a_picture_before_the_words_of_its_album_is_refused(desk: Desk) -> None:
    reference = await desk.opened()
    first, second, third = album(desk, reference, "// pièce d’identité", 3)
    await desk.takes(second)
    assert "début de son album" in desk.texts(reference)[-1]
    await desk.takes(first)
    await desk.takes(third)
    assert await desk.hands.heard(reference) == []


async def test_an_album_without_words_is_refused(desk: Desk) -> None:
    reference = await desk.opened()
    first, *others = album(desk, reference, "// pièce d’identité", 3)
    await desk.takes(*others)
    assert "ne partent qu’avec une légende" in desk.texts(reference)[-1]
    await desk.takes(first)
    assert await desk.hands.heard(reference) == []
    assert len(await desk.notes(reference)) == 1


async def test_captions_that_differ_send_nothing(desk: Desk) -> None:
    reference = await desk.opened()
    first, second = album(desk, reference, "Voici le plan.")
    second["message"]["caption"] = "// et sa pièce d’identité"
    await desk.takes(first, second)
    assert await desk.hands.heard(reference) == []
    assert "ne disent pas la même chose" in desk.texts(reference)[-1]


async def test_a_picture_that_is_told_again_is_not_sent_again(desk: Desk) -> None:
    reference = await desk.opened()
    first, second = album(desk, reference, "Voici le plan.")
    await desk.takes(first, second)
    await desk.takes({**second, "update_id": second["update_id"] + 5000})
    assert await pictures(desk, reference) == 2


# -- between members ------------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["console", "group"])
async def test_an_answer_to_a_note_is_not_sent(desk: Desk, told: str) -> None:
    reference = await desk.opened()
    if told == "console":
        await desk.hands.notes(reference, "il a déjà appelé")
        await desk.tell()
        note = desk.shows(reference).last.id
    else:
        note = await desk.writes(desk.paul, reference, "// il a déjà appelé")
    update = desk.paul.says_in(
        desk.group, "quel pénible", topic=desk.thread(reference), reply_to=note
    )
    await desk.takes(update)
    assert await desk.hands.heard(reference) == []
    assert "échange interne" in desk.texts(reference)[-1]


async def test_an_answer_to_a_colleague_is_not_sent(desk: Desk) -> None:
    reference = await desk.opened()
    said = await desk.writes(desk.claire, reference, "// qui le connaît ?")
    where: dict[str, Any] = {"topic": desk.thread(reference), "reply_to": said}
    await desk.takes(desk.paul.says_in(desk.group, "moi, hélas", **where))
    assert await desk.hands.heard(reference) == []
    await desk.takes(desk.paul.says_in(desk.group, "// moi", **where))
    assert [text for _, text in await desk.notes(reference)] == ["qui le connaît ?", "moi"]


async def test_an_answer_to_what_the_citizen_wrote_is_sent(desk: Desk) -> None:
    reference = await desk.opened()
    await desk.hands.says(reference, "quel jour ?")
    await desk.tell()
    question = desk.shows(reference).last.id
    where: dict[str, Any] = {"topic": desk.thread(reference)}
    await desk.takes(desk.paul.says_in(desk.group, "Jeudi.", reply_to=question, **where))
    answer = await desk.writes(desk.paul, reference, "À 8 h.")
    await desk.takes(desk.paul.says_in(desk.group, "Ou à 9 h.", reply_to=answer, **where))
    heard = [words for _, words in await desk.hands.heard(reference)]
    assert heard == ["Jeudi.", "À 8 h.", "Ou à 9 h."]


@pytest.mark.parametrize("how", ["forward_origin", "via_bot"])
async def test_words_of_others_are_not_sent(desk: Desk, how: str) -> None:
    reference = await desk.opened()
    update = desk.paul.says_in(desk.group, "il est fou", topic=desk.thread(reference))
    update["message"][how] = {
        "forward_origin": {"type": "user", "date": 1, "sender_user": desk.claire.user},
        "via_bot": {"id": 5, "is_bot": True, "first_name": "Gif"},
    }[how]
    await desk.takes(update)
    assert await desk.hands.heard(reference) == []
    assert "transféré" in desk.texts(reference)[-1]


async def test_who_is_named_without_a_user_name_is_a_member_too(desk: Desk) -> None:
    reference = await desk.opened()
    for words in ("Claire, tu le connais ?", "Claire // tu le connais ?"):
        update = desk.paul.says_in(desk.group, words, topic=desk.thread(reference))
        named = {"type": "text_mention", "offset": 0, "length": 6, "user": desk.claire.user}
        update["message"]["entities"] = [named]
        await desk.takes(update)
    assert await desk.hands.heard(reference) == []
    assert await desk.notes(reference) == [("Paul", "tu le connais ?")]


async def test_a_note_that_is_edited_into_an_answer_is_not_sent(desk: Desk) -> None:
    reference = await desk.opened()
    message_id = await desk.writes(desk.paul, reference, "// jeudi")
    await desk.takes(desk.paul.edits(message_id, "jeudi", place=desk.group))
    assert await desk.hands.heard(reference) == []
    assert "ne verra pas cette modification" in desk.texts(reference)[-1]
