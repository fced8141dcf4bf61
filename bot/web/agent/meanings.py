"""What a message may have meant, as agents choose it: intents, services, towns."""

from __future__ import annotations

from bot.learning.rules import INTENTS
from bot.parts import Service
from bot.web.agent import shapes
from bot.web.agent.mending_shapes import Meanings
from bot.words.catalogues import Words
from bot.words.phrases import say

PERSON = "contact_agent"
NOTHING = "out_of_scope"


def meaning(words: Words, intent: str, language: str) -> str:
    """What an intent is called as a choice."""
    own = {PERSON: "page.desk_reading_person", NOTHING: "page.desk_reading_nothing"}
    return words.render(say(own.get(intent, f"reading.{intent}")), language)


def meanings(service: Service, language: str) -> Meanings:
    """Everything that can be chosen, the commonest intents first, the rest by its name."""
    services = {one.code: one.label.in_(language) for one in service.catalogue.every_variant()}
    towns = {town.insee: town.name for town in service.gazetteer.communes}
    return Meanings(
        intents=[
            shapes.Named(code=intent, label=meaning(service.words, intent, language))
            for intent in INTENTS
        ],
        services=_named(services),
        towns=_named(towns),
    )


def _named(labels: dict[str, str]) -> list[shapes.Named]:
    named = [shapes.Named(code=code, label=label) for code, label in labels.items()]
    return sorted(named, key=lambda one: one.label)
