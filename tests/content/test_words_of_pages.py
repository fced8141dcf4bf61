"""Every word of the templates and scripts exists, and every word for scripts is said by one."""

from __future__ import annotations

import re

from bot.web.agent.words import DESK_WORDS
from bot.web.public import HERE, SCRIPT_WORDS
from bot.words.catalogues import read_catalogue


def test_the_words_of_the_templates_exist() -> None:
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in read_catalogue("fr")}
    for path in (HERE / "templates").glob("*.html"):
        for key in re.findall(r"""say\(["'](\w+)["'][),]""", path.read_text("utf-8")):
            assert f"page.{key}" in known, f"{path.name}: {key}"


def test_the_scripts_are_given_exactly_the_words_they_say() -> None:
    said = {
        key
        for path in (HERE / "static").glob("*.js")
        for key in re.findall(r"\bwords\.(\w+)", path.read_text("utf-8"))
    }
    assert said == set(SCRIPT_WORDS)


def test_the_agents_scripts_are_given_exactly_the_words_they_say() -> None:
    """Theirs, and those of the citizens' scripts that draw a map for both."""
    static = HERE / "static"
    said = {
        key
        for path in (*(static / "agent").glob("*.js"), static / "leaflet.js")
        for key in re.findall(r"\bwords\.(\w+)", path.read_text("utf-8"))
    }
    assert said == set(DESK_WORDS)
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in read_catalogue("fr")}
    assert {f"page.{key}" for key in said} <= known


def test_no_template_has_a_style_or_a_script_of_its_own() -> None:
    for path in (HERE / "templates").glob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text), path.name
