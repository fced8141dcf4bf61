"""The guide of agents: every form it is written in is read, and its page shows it with pictures."""

from __future__ import annotations

from pathlib import Path

from bot.parts import Service
from bot.web.agent.guide_text import (
    Heading,
    Items,
    Line,
    Paragraph,
    Picture,
    Piece,
    Table,
    pieces,
    read,
)
from tests.handover.builders import an_agent
from tests.web.browsers import Browsers
from tests.web.test_team_pages import at_desk

DOCS = Path(__file__).parents[2] / "docs"


def plain(line: Line) -> str:
    return "".join(piece.words for piece in line)


def test_each_form_becomes_a_block() -> None:
    text = "# Un\n\nDeux\nlignes\n- a\n- b\n\n1. c\n\n| T | E |\n|---|---|\n| `j` | suivante |\n"
    assert read(f"{text}\n![Vue](images/vue.png)\n") == [
        Heading(1, "Un"),
        Paragraph((Piece("Deux lignes"),)),
        Items([(Piece("a"),), (Piece("b"),)], is_ordered=False),
        Items([(Piece("c"),)], is_ordered=True),
        Table(
            [(Piece("T"),), (Piece("E"),)],
            [[(Piece("j", "code"),), (Piece("suivante"),)]],
        ),
        Picture("vue.png", "Vue"),
    ]


def test_strong_words_and_keys_are_set_apart() -> None:
    assert pieces("**Prendre** : touche `a`.") == (
        Piece("Prendre", "strong"),
        Piece(" : touche "),
        Piece("a", "code"),
        Piece("."),
    )


def test_nothing_of_the_guide_is_left_as_markup() -> None:
    for block in read((DOCS / "guide-agent.md").read_text("utf-8")):
        said = ""
        match block:
            case Heading():
                said = block.words
            case Paragraph():
                said = plain(block.line)
            case Items():
                said = " ".join(map(plain, block.lines))
            case Table():
                assert {len(row) for row in block.rows} == {len(block.head)}
                said = " ".join(plain(cell) for row in block.rows for cell in row)
            case Picture():
                assert (DOCS / "images" / block.name).is_file()
                said = block.says
        assert not set("`*#[]|<>") & set(said), said


async def test_an_agent_reads_the_guide_with_its_pictures(
    assembled: Service, browsers: Browsers
) -> None:
    browser = await at_desk(assembled, browsers, await an_agent(assembled.database, "Claire"))
    page = (await browser.get("/agent/guide")).body.decode()
    assert '<h1 id="part-1">Guide de l’agent</h1>' in page
    assert "Ce guide est écrit en français" not in page
    picture = await browser.get("/agent/guide/guide-desk.png")
    assert (picture.status, picture.body[:4]) == (200, b"\x89PNG")
    english = (await browser.get("/agent/guide?lang=en")).body.decode()
    assert "This guide is written in French." in english
    assert '<article lang="fr">' in english


async def test_no_other_file_is_handed_out(assembled: Service, browsers: Browsers) -> None:
    browser = await at_desk(assembled, browsers, await an_agent(assembled.database, "Claire"))
    for name in ("widget.png", "guide-agent.md", "..%2Fguide-agent.md", "%00"):
        assert (await browser.get(f"/agent/guide/{name}")).status == 404, name
