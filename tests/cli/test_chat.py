"""The terminal: choices by their numbers, and what it says while nobody answers yet."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from bot.app import assemble
from bot.cli.chat import Choices, Terminal
from bot.cli.running import Door
from bot.parts import Service
from bot.services.catalogue_files import load_catalogue
from bot.settings import Settings
from bot.storage.transaction import Database
from bot.web.internal import internal_application
from tests.running import ROOT


def offering(*titles: str, expects: str | None = None) -> dict[str, Any]:
    return {"buttons": [{"title": t, "payload": f"/{t}"} for t in titles], "expects": expects}


def test_the_lists_of_one_answer_are_counted_through() -> None:
    choices = Choices()
    assert choices.offered(offering("Oui", "Non")) == [(1, "Oui"), (2, "Non")]
    assert choices.offered(offering("Passer")) == [(3, "Passer")]
    assert [choices.meant_by(str(n)) for n in range(5)] == [None, "/Oui", "/Non", "/Passer", None]


def test_the_next_question_has_numbers_of_its_own() -> None:
    choices = Choices()
    choices.offered(offering("Oui", "Non"))
    choices.age()
    assert choices.meant_by("2") == "/Non"  # nothing else was offered yet
    assert choices.offered(offering("Passer")) == [(1, "Passer")]
    assert choices.meant_by("2") is None


def test_a_number_that_answers_a_question_is_no_earlier_choice() -> None:
    choices = Choices()
    choices.offered(offering("Oui", "Non"))
    choices.age()
    choices.offered(offering(expects="answer"))
    assert choices.meant_by("1") is None


@pytest.mark.parametrize("typed", ["", "0", "-1", "²", "1.", "9" * 5000, "deux"])
def test_what_is_no_number_of_a_choice_is_a_message(typed: str) -> None:
    choices = Choices()
    choices.offered(offering("Oui", "Non"))
    assert choices.meant_by(typed) is None


@pytest.fixture
async def starting(database: Database, tmp_path: Any) -> AsyncIterator[Service]:
    """A service whose assistant is not there yet, with its private socket open."""
    settings = Settings(ROOT, tmp_path / "state", database.url)
    catalogue = load_catalogue(ROOT / "catalogue")
    service = assemble(settings, database, database.url, catalogue, "s" * 32)
    runner = web.AppRunner(internal_application(service))
    await runner.setup()
    await web.UnixSite(runner, str(service.internal_socket)).start()
    yield service
    await runner.cleanup()


async def test_whoever_writes_during_the_start_is_told_once_how_to_come_back(
    starting: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    door = Door(str(starting.internal_socket), starting.internal_secret)
    asked = argparse.Namespace(json=False, commune=None, who="Camille L")
    terminal = Terminal(door, asked)
    await terminal.send("un trou devant la mairie")
    told = capsys.readouterr().out
    assert "Votre message est gardé" in told
    assert "./guichet chat --as 'Camille L'" in told
    await terminal.send("à Oullins")
    assert capsys.readouterr().out == ""
    await door.close()
