"""What was not understood, grouped by likeness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.figures.history import Said as Message
from bot.figures.likeness import grouped
from bot.web.agent.figures_said import Said
from bot.web.agent.figures_tables import Cell, Table

MOST_GROUPS = 12
MOST_EXAMPLES = 3
LONGEST_EXAMPLE = 200
"""Characters of a message that the page shows."""


@dataclass(frozen=True)
class Doubt:
    """Alike messages: how many, the words they share, the first of them."""

    count: int
    words: str
    examples: Sequence[Cell]
    more: int


@dataclass(frozen=True)
class Doubts:
    shown: Sequence[Doubt]
    groups: int
    messages: int
    table: Table


def doubts(messages: Sequence[Message], said: Said) -> Doubts:
    """Slow for many messages: ask it in a thread."""
    groups = grouped([message.text for message in messages])
    shown = [
        Doubt(
            len(group.members),
            ", ".join(group.words),
            [_example(messages[index], said) for index in group.members[:MOST_EXAMPLES]],
            max(len(group.members) - MOST_EXAMPLES, 0),
        )
        for group in groups[:MOST_GROUPS]
    ]
    rows = [
        [
            Cell(str(number), value=number),
            Cell(str(len(group.members)), value=len(group.members)),
            Cell(", ".join(group.words)),
            Cell(said.moment(messages[index].at)),
            Cell(said.town(messages[index].commune)),
            Cell(said.channel(messages[index].channel)),
            Cell(messages[index].text),
        ]
        for number, group in enumerate(groups, start=1)
        for index in group.members
    ]
    columns = ("group", "alike", "shared", "said", "town", "channel", "words")
    named = [said(f"figures_column_{name}") for name in columns]
    table = Table("doubts", said("figures_doubts"), named, rows)
    return Doubts(shown, len(groups), len(messages), table)


def _example(message: Message, said: Said) -> Cell:
    text = message.text.strip()
    if len(text) > LONGEST_EXAMPLE:
        text = f"{text[:LONGEST_EXAMPLE]}…"
    reference = message.reference
    href = None if reference is None else f"/agent?ticket={reference}&lang={said.language}"
    return Cell(text, href)
