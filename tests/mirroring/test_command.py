"""What an operator sees of copies: `./guichet admin tickets`."""

from __future__ import annotations

import argparse
import json

import pytest

from bot.cli.subjects import tickets
from bot.settings import Settings
from tests.mirroring.hands import Hands
from tests.mirroring.paper import Paper, down
from tests.running import ROOT


async def listed(hands: Hands, capsys: pytest.CaptureFixture[str], *, as_json: bool) -> str:
    settings = Settings(ROOT, hands.folder)
    await tickets.main(settings, hands.database, argparse.Namespace(step="list", json=as_json))
    return capsys.readouterr().out


async def test_a_copy_is_shown_with_its_id_there(
    hands: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    await hands.opens()
    await hands.send()
    assert "paper 1  " in await listed(hands, capsys, as_json=False)


async def test_what_fails_is_shown_with_its_reason(
    hands: Hands, paper: Paper, capsys: pytest.CaptureFixture[str]
) -> None:
    await hands.opens()
    paper.away = down()
    await hands.send()
    shown = await listed(hands, capsys, as_json=False)
    assert "paper - failing since 2026-11-25 10:00: it answered 503" in shown
    [read] = json.loads(await listed(hands, capsys, as_json=True))["copies"]
    assert (read["backend"], read["remote_id"]) == ("paper", None)
    assert read["last_error"] == "it answered 503"


async def test_without_a_backend_nothing_is_said_of_copies(
    hands: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = await hands.opens()
    shown = await listed(hands, capsys, as_json=False)
    assert shown.startswith(reference)
    assert "paper" not in shown
