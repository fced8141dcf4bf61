"""Everything that is said exists in both languages; every action of the domain exists."""

from __future__ import annotations

import re

import yaml

from actions.table import ACTIONS
from bot.words.catalogues import LANGUAGES, read_catalogue
from tests.running import ROOT

FOREIGN = "foreign.english"
"""Said in English to whoever reads no French."""

BADLY_SET = re.compile("(?<![\u00a0\u202f])(?<!^)[:;?!»]|«(?![\u00a0\u202f])|'")
FILTER = r"\b(?:ville|équipe|état|étiquette|depuis):[\w-]+"  # as it is typed
NOT_PROSE = re.compile(rf"https?://\S+|\d{{1,2}}:\d\d|\{{+\w+(?::[^}}]*)?\}}+|{FILTER}")
KEY = re.compile(r'say\(\s*"([a-z_.]+)"')


def keys(language: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for message in read_catalogue(language):
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            said = message.string or ""
            found[key] = [said] if isinstance(said, str) else list(said)
    return found


def test_both_languages_hold_the_same_words_and_values() -> None:
    french, english = (keys(language) for language in LANGUAGES)
    assert french.keys() == english.keys()
    for key, texts in french.items():
        fields = [set(re.findall(r"\{(\w+)\}", text)) - {"n"} for text in [*texts, *english[key]]]
        assert all(text.strip() for text in [*texts, *english[key]]), key
        if len(texts) == 1:
            assert set.union(*fields) == fields[0], key


def test_everything_that_is_said_has_words() -> None:
    known = keys("fr")
    for folder in ("actions", "bot"):
        for path in (ROOT / folder).rglob("*.py"):
            for key in KEY.findall(path.read_text("utf-8")):
                assert key in known, f"{path.name}: {key}"


def test_nobody_is_called_tu() -> None:
    for texts in keys("fr").values():
        for text in texts:
            assert not re.search(r"\b(tu|toi|ton|tes)\b", text.lower()), text


def test_french_is_set_as_french_is() -> None:
    """Tall marks have a space before them that does not break, and apostrophes are curved."""
    for key, texts in keys("fr").items():
        for text in texts:
            assert key == FOREIGN or not BADLY_SET.search(NOT_PROSE.sub("x", text)), (
                f"{key}: {text}"
            )


def test_the_domain_and_the_table_name_the_same_actions() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    assert set(domain["actions"]) == set(ACTIONS)


def test_every_intent_has_data_and_a_rule() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    rules = (ROOT / "nlu/data/rules/rules.yml").read_text("utf-8")
    for intent in domain["intents"]:
        assert f"- intent: {intent}\n" in rules
        if intent != "structured_input":
            assert (ROOT / f"nlu/data/nlu/{intent}.yml").exists()
