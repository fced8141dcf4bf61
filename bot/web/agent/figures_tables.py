"""Tables of figures: as a page shows them, and as a spreadsheet opens them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
BOM = "﻿"


@dataclass(frozen=True)
class Cell:
    """`text` is shown, and leads to `href`; `value` goes into a spreadsheet, the text without
    one."""

    text: str
    href: str | None = None
    value: float | None = None


@dataclass(frozen=True)
class Table:
    """`columns` are headings; the first cell of each row names it."""

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Figure:
    """A plot with what it means, its sums, and its table."""

    title: str
    meaning: str
    sums: Sequence[tuple[str, Cell]]
    plot: Markup
    table: Table

    @property
    def is_empty(self) -> bool:
        return not self.plot


def as_csv(table: Table, *, decimal: str) -> bytes:
    """UTF-8 with a mark, semicolons, and `decimal` in numbers, as spreadsheets in French expect.
    What a citizen wrote is no formula (OWASP, "CSV injection")."""
    out = io.StringIO(newline="")
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow([_harmless(column) for column in table.columns])
    rows.writerows([_exported(cell, decimal) for cell in row] for row in table.rows)
    return (BOM + out.getvalue()).encode()


def _exported(cell: Cell, decimal: str) -> str:
    if cell.value is None:
        return _harmless(cell.text)
    if float(cell.value).is_integer():
        return str(int(cell.value))
    return f"{cell.value:.2f}".replace(".", decimal)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
