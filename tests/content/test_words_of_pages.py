"""Every word of the templates and scripts exists, and every word for scripts is said by one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from bot.web.agent.figures import FIGURES_WORDS
from bot.web.agent.words import DESK_WORDS
from bot.web.public import HERE, SCRIPT_WORDS
from bot.words.catalogues import read_catalogue

OWN_PAGES = {"figures.js": FIGURES_WORDS}
"""Scripts of agents' pages other than the desk, and what these are given."""


def said_by(scripts: Iterable[Path], given: Iterable[str]) -> set[str]:
    """The words that scripts name, and of those given to them, the ones that they name by their
    beginning (`words[`file_${what}`]`)."""
    texts = [path.read_text("utf-8") for path in scripts]
    beginnings = tuple(b for text in texts for b in re.findall(r"\bwords\[`(\w+)\$\{", text))
    named = {key for text in texts for key in re.findall(r"\bwords\.(\w+)", text)}
    return named | {key for key in given if beginnings and key.startswith(beginnings)}


def test_the_words_of_the_templates_exist() -> None:
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in read_catalogue("fr")}
    for path in (HERE / "templates").glob("*.html"):
        for key in re.findall(r"""say\(["'](\w+)["'][),]""", path.read_text("utf-8")):
            assert f"page.{key}" in known, f"{path.name}: {key}"


def test_the_scripts_are_given_exactly_the_words_they_say() -> None:
    assert said_by((HERE / "static").glob("*.js"), SCRIPT_WORDS) == set(SCRIPT_WORDS)


def test_the_agents_scripts_are_given_exactly_the_words_they_say() -> None:
    """Theirs, and those of the citizens' scripts that draw a map for both."""
    static = HERE / "static"
    desk = [path for path in (static / "agent").glob("*.js") if path.name not in OWN_PAGES]
    pages = {static / "agent" / name: words for name, words in OWN_PAGES.items()}
    said = said_by([*desk, static / "leaflet.js"], DESK_WORDS)
    assert said == set(DESK_WORDS)
    for path, given in pages.items():
        assert said_by([path], given) == set(given), path.name
        said |= set(given)
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in read_catalogue("fr")}
    assert {f"page.{key}" for key in said} <= known


def test_no_template_has_a_style_or_a_script_of_its_own() -> None:
    for path in (HERE / "templates").glob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text), path.name
