"""Questions answered from the articles, in their own words, or passed to a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.desk import Desk, Event
from actions.humans import open_ticket_button
from bot.conversations.turn import Turn
from bot.information.operations import LONGEST_QUESTION, KeepQuestion, NoteFeedback
from bot.information.rules import (
    Finding,
    Match,
    ShownArticle,
    close_second,
    judge,
    worth_offering,
)
from bot.notifications.messages import HUMAN
from bot.service_requests.reading import Said
from bot.services.working_days import local_date
from bot.tickets.rules import Subject
from bot.words.dates import Day
from bot.words.phrases import Button, Line, Press, Source, say

ASK_AGENT = open_ticket_button("button.ask_agent", Subject.QUESTION)


async def answer(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """A question, or a button under an answer: say the article, offer titles, or say that nothing
    fits. The question comes back to the form by its own rule."""
    pressed = said.press
    if "useful" in pressed:
        await _feedback(turn, desk, pressed)
    elif "article" in pressed:
        await _chosen(turn, desk, pressed)
    elif "none_of" in pressed:
        _nothing(turn, str(pressed["none_of"]), turn.commune)
    elif said.text.strip():
        await _question(turn, desk, said.text)
    else:
        turn.say(say("information.what"), buttons=(HUMAN,), expects="text")
    return []


async def _question(turn: Turn, desk: Desk, question: str) -> None:
    mention = desk.gazetteer.mention(question)
    commune = turn.commune
    if mention is not None and mention.commune is not None:
        commune = mention.commune.insee
    asked = question
    if mention is not None:  # the town says whose article, not what it is about
        start, end = mention.span
        asked = f"{question[:start]} {question[end:]}"
    matches = await desk.articles.find(asked, turn.language, commune)
    match judge(matches):
        case Finding.ANSWER:
            second = close_second(matches)
            _say(
                turn,
                matches[0].article,
                question,
                offered=() if second is None else (second.article,),
                others=_codes(matches[1:]),
            )
        case Finding.DOUBT:
            turn.doubted = True
            titles = tuple(_title(m.article, question) for m in worth_offering(matches))
            none = Button(
                say("button.none_of_these"),
                Press("ask_information", {"none_of": question[:LONGEST_QUESTION]}),
                lasting=True,
            )
            turn.say(say("information.which"), buttons=(*titles, none, HUMAN), expects="choice")
        case Finding.NOTHING:
            _nothing(turn, question, commune)


def _nothing(turn: Turn, question: str, commune: str | None) -> None:
    turn.note(KeepQuestion(question, commune))
    turn.say(say("information.none"), buttons=(ASK_AGENT,))


async def _chosen(turn: Turn, desk: Desk, pressed: Any) -> None:
    articles = await desk.articles.of_codes([str(pressed["article"])], pressed.get("commune"))
    if not articles:
        turn.say(say("information.gone"), buttons=(HUMAN,))
        return
    _say(turn, articles[0], str(pressed.get("question", "")))


async def _feedback(turn: Turn, desk: Desk, pressed: Any) -> None:
    useful, commune = bool(pressed["useful"]), str(pressed["commune"])
    turn.note(NoteFeedback(str(pressed["about"]), commune, useful))
    if useful:
        turn.say(say("information.feedback_thanks"))
        return
    question = str(pressed.get("question", ""))
    turn.note(KeepQuestion(question, commune or turn.commune))
    others = await desk.articles.of_codes(list(pressed.get("others", ())), commune or turn.commune)
    key = "information.feedback_others" if others else "information.feedback_sorry"
    turn.say(
        say(key),
        buttons=(*(_title(article, question) for article in others), ASK_AGENT),
        expects="choice" if others else None,
    )


def _say(
    turn: Turn,
    article: ShownArticle,
    question: str,
    *,
    offered: Sequence[ShownArticle] = (),
    others: Sequence[str] = (),
) -> None:
    """The article's own words, where they come from, and what one may do next."""
    about = {
        "about": article.code,
        "commune": article.commune,
        "question": question[:LONGEST_QUESTION],
        "others": list(others),
    }
    lines: list[Line] = [article.body, _origin(article)]
    if article.is_overdue(local_date(turn.now)):
        lines.append(say("information.overdue", day=Day(article.review_by, "long")))
    turn.say(
        *lines,
        buttons=(
            *(
                Button(
                    say(key), Press("ask_information", {**about, "useful": useful}), lasting=True
                )
                for key, useful in (("button.useful", True), ("button.not_useful", False))
            ),
            *(_title(other, question) for other in offered),
            HUMAN,
        ),
        sources=_sources(article),
    )


def _sources(article: ShownArticle) -> tuple[Source, ...]:
    if article.source_name is None or article.source_url is None:
        return ()
    return (Source(article.source_name, article.source_url, article.source_read),)


def _origin(article: ShownArticle) -> Line:
    if article.source_name is None or article.source_read is None:
        return say("information.title", title=article.title)
    day = Day(article.source_read, "long")
    return say("information.source", name=article.source_name, day=day)


def _title(article: ShownArticle, question: str) -> Button:
    values = {
        "article": article.code,
        "commune": article.commune or None,
        "question": question[:LONGEST_QUESTION],
    }
    return Button(article.title, Press("ask_information", values), lasting=True)


def _codes(matches: Sequence[Match]) -> list[str]:
    return [m.article.code for m in worth_offering(matches)]
