"""Questions answered from the articles, on the running service."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import create_engine, text

from bot.storage.private_postgres import PrivatePostgres
from tests.running import RunningService, Visitor

REPORT = "trou dans la chaussée 12 rue de la République à Oullins"
SURE = "quels papiers faut-il pour renouveler ma carte d'identité ?"


def plain(answers: list[dict[str, Any]]) -> str:
    return "\n".join(str(a["text"]) for a in answers).replace("\u00a0", " ")


def titles(answer: dict[str, Any]) -> list[str]:
    return [button["title"] for button in answer["buttons"]]


def rows(service: RunningService, query: str) -> list[tuple[Any, ...]]:
    """What the service's own database holds; its server is running, and is adopted."""

    async def url() -> str:
        return await PrivatePostgres(service.state).start()

    engine = create_engine(asyncio.run(url()))
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


def test_a_question_is_answered_with_its_source_and_the_press_is_recorded(
    service: RunningService, visitor: Visitor
) -> None:
    answers = visitor.say(SURE)
    said = plain(answers)
    assert "Source : Ville de Vénissieux, vérifié le 24 novembre 2026" in said
    assert {"Utile", "Pas utile", "Parler à un agent"} <= set(titles(answers[-1]))
    assert "noté" in plain(visitor.press("Utile"))
    assert ("identity_card", True) in rows(service, "SELECT code, useful FROM article_feedback")


def test_an_english_question_is_answered_in_english(visitor: Visitor) -> None:
    said = plain(visitor.say("how do I get a copy of my birth certificate?"))
    assert "checked on 24 November 2026" in said


def test_not_useful_offers_a_person(visitor: Visitor) -> None:
    visitor.say(SURE)
    assert "Poser la question à un agent" in titles(visitor.press("Pas utile")[-1])
    assert visitor.press("Poser la question à un agent")[-1]["reference"]


def test_what_no_article_answers_is_kept_and_passed_to_a_person(
    service: RunningService, visitor: Visitor
) -> None:
    answers = visitor.say(SURE)
    visitor.press("Pas utile")
    assert (SURE,) in rows(service, "SELECT text FROM unanswered_question")
    assert answers


def test_a_question_in_the_middle_of_the_form_and_its_buttons_keep_the_form(
    visitor: Visitor,
) -> None:
    visitor.say(REPORT)
    visitor.say("passer")
    answers = visitor.say(SURE)
    assert "Source : " in plain(answers)
    assert answers[-1]["expects"] == "photo"
    pressed = visitor.press("Utile")
    assert "noté" in plain(pressed)
    assert pressed[-1]["expects"] == "photo"
    (human,) = visitor.press("Parler à un agent")
    # Whoever asks for a person is not asked about their report in the same breath.
    assert human["reference"]
    assert visitor.press("Reprendre mon signalement")[-1]["expects"] == "photo"
