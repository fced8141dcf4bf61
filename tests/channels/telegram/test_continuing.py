"""Links between the chat and the website, as Telegram brings them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversations.store import StoredMessage
from bot.parts import Service
from tests.channels.telegram.line import Line
from tests.continuing.builders import Page, a_page
from tests.servers.telegram.people import Person

PUBLIC = "https://guichet.example"


@pytest.fixture
def marie(line: Line) -> Person:
    return line.person("Marie")


@pytest.fixture
async def page(assembled: Service) -> Page:
    return await a_page(assembled.database)


async def told(line: Line, person: Person) -> StoredMessage:
    return (await line.messages(person.id))[-1]


async def press(line: Line, person: Person, title: str) -> None:
    """Press a button of the last message that the chat was told."""
    payloads = {b["title"]: b["payload"] for b in (await told(line, person)).content["buttons"]}
    await press_data(line, person, payloads[title])


async def press_data(line: Line, person: Person, data: str) -> None:
    assert len(data.encode()) <= 64
    with line.server.holding():
        message_id = person.says("…")["message"]["message_id"]
    await line.does(lambda: person.presses_data(data, message_id))


async def test_a_chat_and_a_page_become_one_conversation(
    line: Line, marie: Person, page: Page
) -> None:
    link = await page.asks(line.now)
    await line.does(lambda: marie.start(f"w_{link.token}"))
    await press(line, marie, link.code)
    assert (await page.standing(line.now)).name == "Marie"
    await page.answers(at=line.now)
    await line.does(lambda: marie.says("me voici"))
    assert (await page.heard())[-1].text == "me voici"
    assert len(line.manners.answered) == 1


async def test_a_link_that_is_repeated_asks_again_and_is_no_message(
    line: Line, marie: Person, page: Page
) -> None:
    link = await page.asks(line.now)
    for _ in range(2):
        await line.does(lambda: marie.start(f"w_{link.token}"))
    assert {m.sender for m in await line.messages(marie.id)} == {"system"}
    await press(line, marie, link.code)
    assert (await page.standing(line.now)).step == "matched"


async def test_a_forwarded_button_is_nobody_s(line: Line, marie: Person, page: Page) -> None:
    link = await page.asks(line.now)
    await line.does(lambda: marie.start(f"w_{link.token}"))
    (right,) = [
        b["payload"]
        for b in (await told(line, marie)).content["buttons"]
        if b["title"] == link.code
    ]
    other = line.person("Mallory")
    await line.does(lambda: other.says("bonjour"))
    await press_data(line, other, right)
    assert (await page.standing(line.now)).step == "opened"
    assert line.manners.answered[-1][1]  # it is good no more, they are told


async def test_the_chat_leaves_by_a_command(line: Line, marie: Person, page: Page) -> None:
    link = await page.asks(line.now)
    await line.does(lambda: marie.start(f"w_{link.token}"))
    await press(line, marie, link.code)
    await page.answers(at=line.now)
    await line.does(lambda: marie.says("/stop"))
    await press(line, marie, "Quitter ici")
    assert (await page.row())["continued_channel"] is None
    assert (await line.conversation(marie.id))["id"] != page.conversation


async def test_elsewhere_the_command_means_what_it_always_does(line: Line, marie: Person) -> None:
    await line.does(lambda: marie.says("/stop"))
    message = await line.only_message(marie.id)
    assert message.content["press"]["intent"] == "stop"


async def test_a_link_into_a_browser_is_sent_and_kept_nowhere(line: Line, marie: Person) -> None:
    line.service.settings = replace(line.service.settings, public_url=PUBLIC)
    await line.does(lambda: marie.says("/mesdonnees"))
    (shown,) = [m for m in marie.screen.messages if m.buttons]
    assert "navigateur" in shown.text
    stored = str(await line.messages(marie.id))
    assert "/continuer/" not in stored
    assert (await told(line, marie)).content["press"]["intent"] == "privacy_request"


async def test_without_an_address_of_ours_the_command_is_only_itself(
    line: Line, marie: Person
) -> None:
    await line.does(lambda: marie.says("/mesdonnees"))
    assert not [m for m in marie.screen.messages if m.buttons]
    assert (await line.only_message(marie.id)).content["press"]["intent"] == "privacy_request"
