"""A letter is promised when one is written, and only then."""

from __future__ import annotations

import pytest

from actions import service_form
from bot.conversations.turn import Turn
from bot.mail.letters import Mailer
from bot.service_requests.draft import Answer
from bot.service_requests.operations import FileRequest
from tests.actions.desks import WORDS, a_desk, a_draft, a_turn, something_said
from tests.mail.builders import MAILER

PROMISE = "Un accusé de réception part à a…@citoyenne.example."


async def filed(contact: str, mailer: Mailer | None, language: str = "fr") -> Turn:
    draft = a_draft(service="parking_permit", answers={"email": Answer(contact)})
    turn = a_turn("oui", draft=draft, language=language)
    await service_form.file(turn, a_desk(mailer=mailer), something_said("oui"))
    return turn


def said(turn: Turn) -> list[str]:
    return [WORDS.render(line, turn.language) for line in turn.replies[0].lines[1:]]


def letter_of(turn: Turn) -> object:
    (noted,) = turn.operations
    assert isinstance(noted, FileRequest)
    return noted.letter


async def test_a_letter_is_noted_and_promised_to_a_masked_address() -> None:
    turn = await filed("ada@citoyenne.example", MAILER)
    assert letter_of(turn) is not None
    assert PROMISE in said(turn)
    assert not any("ada@" in line for line in said(turn))
    english = await filed("ada@citoyenne.example", MAILER, "en")
    assert "An acknowledgement is on its way to a…@citoyenne.example." in said(english)


@pytest.mark.parametrize(
    ("contact", "mailer"), [("ada@citoyenne.example", None), ("+33612345678", MAILER)]
)
async def test_without_a_mail_server_or_an_address_none_is_promised(
    contact: str, mailer: Mailer | None
) -> None:
    turn = await filed(contact, mailer)
    assert letter_of(turn) is None
    assert not any("@" in line or "accusé" in line for line in said(turn))
    assert "Demande reçue" in said(turn)[0]  # acknowledged in the conversation all the same
