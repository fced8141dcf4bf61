"""What messages in a topic are meant as and what topics are called."""

from __future__ import annotations

import pytest

from bot.channels.telegram.forum.rules import (
    Deed,
    Meant,
    Unclear,
    is_member,
    meant,
    meant_together,
    topic_name,
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Bonjour", Meant("Bonjour")),
        ("http://exemple.fr // voir", Meant("http://exemple.fr // voir")),
        ("// rappeler", Meant("rappeler", is_note=True)),
        ("NOTE : rappeler\ndemain", Meant("rappeler\ndemain", is_note=True)),
        ("note: call back", Meant("call back", is_note=True)),
        ("notez bien : jeudi", Meant("notez bien : jeudi")),
        ("//", Meant("", is_note=True)),
        ("/clore", Meant(deed=Deed.CLOSE)),
        ("/Take@guichet_bot", Meant(deed=Deed.TAKE)),
        ("/note@guichet_bot pas joignable", Meant("pas joignable", is_note=True)),
        ("/notes", Meant(unclear=Unclear.COMMAND)),
        ("/ interne", Meant(unclear=Unclear.COMMAND)),
        (" \n// rappeler", Meant("rappeler", is_note=True)),
        ("\u200b\ufeff// rappeler", Meant("rappeler", is_note=True)),
        ("\uff0f\uff0f rappeler", Meant("rappeler", is_note=True)),
        ("\U0001f512 rappeler", Meant("rappeler", is_note=True)),
        ("Note interne : rappeler", Meant("rappeler", is_note=True)),
        ("interne\u00a0: rappeler", Meant("rappeler", is_note=True)),
        ("@guichet_bot // rappeler", Meant("rappeler", is_note=True)),
        ("@guichet_bot, note : rappeler", Meant("rappeler", is_note=True)),
        ("@guichet_bot /clore", Meant(deed=Deed.CLOSE)),
        ("\n /clore", Meant(deed=Deed.CLOSE)),
        ("@claire tu peux voir ?", Meant(unclear=Unclear.TO_A_MEMBER)),
        ("écrivez à claire@oullins.fr", Meant("écrivez à claire@oullins.fr")),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_a_message_is_meant_as(text: str, wanted: Meant) -> None:
    assert meant(text) == wanted


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (["", ""], Meant()),
        (["", "// plan"], Meant("plan", is_note=True)),
        (["// plan", "note : détail"], Meant("plan\ndétail", is_note=True)),
        (["Le plan", "Le détail"], Meant("Le plan\nLe détail")),
        (["Le plan", "// détail"], Meant(unclear=Unclear.MIXED)),
        (["Le plan", "/clore"], Meant(unclear=Unclear.MIXED)),
    ],
    ids=["none", "second", "notes", "words", "mixed", "command"],
)
def test_what_the_pictures_of_an_album_are_meant_as(texts: list[str], wanted: Meant) -> None:
    assert meant_together(texts) == wanted


def test_a_topic_says_whose_it_is_and_fits() -> None:
    parts = ("Oullins", "demande :  un  agent")
    free = topic_name("2026-004302", parts, holder=None, is_open=True)
    assert free == "2026-004302 · Oullins · demande : un agent"
    held = topic_name("2026-004302", parts, holder="Paul", is_open=True)
    assert held == "● 2026-004302 · Paul · Oullins · demande : un agent"
    over = topic_name("2026-004302", parts, holder="Paul", is_open=False)
    assert over == "✓ 2026-004302 · Oullins · demande : un agent"
    assert len(topic_name("2026-004302", ("x" * 300,), holder=None, is_open=True)) == 128


@pytest.mark.parametrize(
    ("status", "is_still_in", "wanted"),
    [
        ("creator", False, True),
        ("administrator", False, True),
        ("member", False, True),
        ("restricted", True, True),
        ("restricted", False, False),
        ("left", False, False),
        ("kicked", True, False),
    ],
)
def test_who_is_in(status: str, *, is_still_in: bool, wanted: bool) -> None:
    assert is_member(status, is_still_in=is_still_in) is wanted
