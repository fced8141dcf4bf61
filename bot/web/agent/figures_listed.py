"""A list behind a figure, as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from bot.figures.rows import Page
from bot.figures.rules import Kind, What
from bot.web.agent.figures_said import Said
from bot.web.agent.figures_tables import Cell, Table

SAME_AS_AT = frozenset(
    {
        *(What.TICKETS_OPENED, What.TICKETS_OPEN, What.TICKETS_ANSWERED, What.TICKETS_CLOSED),
        *(What.TICKETS_GOOD, What.TICKETS_BAD, What.REQUESTS_FILED, What.REQUESTS_OPEN),
        *(What.CONVERSATIONS_BEGUN, What.CONVERSATIONS_ALONE, What.MISUNDERSTOOD),
    }
)
"""Lists one of whose columns is the moment that counts: it is not shown twice."""


def table_of(what: What, page: Page, said: Said) -> Table:
    """`page.rows` as cells: a ticket's reference leads to its conversation on the desk."""
    writes: dict[str, Callable[[Any], str]] = {
        "town": said.town,
        "team": said.team,
        "service": said.service_name,
        "channel": said.channel,
        "subject": said.subject,
        "state": said.state,
        "score": said.score,
    }

    def cell(column: str, value: Any) -> Cell:
        if column == "reference" and what.kind is Kind.TICKETS:
            return Cell(str(value), f"/agent?ticket={value}&lang={said.language}")
        if column in writes and (value is not None or column == "town"):
            return Cell(writes[column](value))
        return Cell(_plain(value, said))

    columns = list(page.columns)
    rows: Sequence[Sequence[Any]] = page.rows
    if what in SAME_AS_AT:
        columns, rows = columns[1:], [row[1:] for row in rows]
    else:  # what names a row comes first
        columns, rows = (
            [columns[1], columns[0], *columns[2:]],
            [[row[1], row[0], *row[2:]] for row in rows],
        )
    return Table(
        "list",
        said(f"figures_list_{what}"),
        [said(f"figures_column_{name}") for name in columns],
        [[cell(column, value) for column, value in zip(columns, row, strict=True)] for row in rows],
    )


def _plain(value: Any, said: Said) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return said.moment(value)
        case date():
            return said.date(value)
        case _:
            return str(value)
