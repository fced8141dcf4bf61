"""Whole messages as citizens write them: the town and the address that each holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.places.addresses import find_address, without_town
from bot.places.communes import Gazetteer
from bot.places.rules import CommuneMention

_ROWS = (Path(__file__).parent / "messages.tsv").read_text(encoding="utf-8").splitlines()[1:]
MESSAGES = [tuple(row.split("\t")) for row in _ROWS]


def _shown(mention: CommuneMention | None) -> str:
    if mention is None:
        return "-"
    if mention.is_outside:
        return "OUT"
    towns = "+".join(c.name for c in mention.candidates)
    return f"{towns} {mention.arrondissement}" if mention.arrondissement else towns


@pytest.mark.parametrize(("message", "town", "address"), MESSAGES)
def test_the_town_and_the_address_of_a_message_are_found(
    gazetteer: Gazetteer, message: str, town: str, address: str
) -> None:
    mention = gazetteer.mention(message)
    found = find_address(message, mention.span if mention else None)
    assert _shown(mention) == town
    assert (found.text if found else "-") == address


@pytest.mark.parametrize(("message", "town", "address"), MESSAGES)
def test_cutting_the_town_afterwards_gives_the_same_address(
    gazetteer: Gazetteer, message: str, town: str, address: str
) -> None:
    mention = gazetteer.mention(message)
    found = find_address(message)
    if found is not None and mention is not None:
        found = without_town(found, mention.span)
    assert (found.text if found else "-") == address
