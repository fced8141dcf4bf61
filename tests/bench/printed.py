"""How a benchmark's figures are printed for people; `--json` prints them all as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

CONFUSIONS = 12
"""Most frequent pairs that are printed; the JSON holds more."""

Row = Sequence[object]


def plain(figures: Mapping[str, Any]) -> Iterator[str]:
    """One figure a line."""
    for key, value in figures.items():
        yield f"  {key:<28} {value:>10.2f}" if isinstance(value, float) else f"  {key:<28} {value}"


def beside(ours: Mapping[str, Any], stock: Mapping[str, Any]) -> Iterator[str]:
    """The figures of `bench understanding`, ours and stock Rasa's in columns, tables included."""
    yield from table(
        ("shares from 0 to 1", "ours", "stock"),
        [(key, value, stock.get(key)) for key, value in ours.items() if _is_figure(value)],
    )
    yield from table(
        ("intent accuracy, perturbed", "ours", "stock"),
        [(key, value, stock["perturbed"].get(key)) for key, value in ours["perturbed"].items()],
    )
    yield from _by_name("intent", ("precision", "recall", "f1"), ours["intents"], stock["intents"])
    yield from _by_name("service", ("top1", "top3"), ours["services"], stock["services"])
    for side, figures in (("ours", ours), ("stock", stock)):
        yield from table(
            (f"confusions, {side}", "read as", "times"),
            [
                (pair["expected"], pair["understood"], pair["times"])
                for pair in figures["confusions"][:CONFUSIONS]
            ],
        )


def table(head: Row, rows: Sequence[Row]) -> Iterator[str]:
    """Aligned columns, the first to the left, under a line of titles."""
    shown = [[_cell(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*shown, strict=True)]
    yield ""
    for row in shown:
        first, *others = zip(row, widths, strict=True)
        yield "  ".join(
            [f"  {first[0]:<{first[1]}}", *(f"{cell:>{width}}" for cell, width in others)]
        )


def _by_name(
    title: str, columns: Sequence[str], ours: Mapping[str, Any], stock: Mapping[str, Any]
) -> Iterator[str]:
    head = (title, "messages", *columns, *(f"stock {column}" for column in columns))
    yield from table(
        head,
        [
            (
                name,
                line["count"],
                *(line[column] for column in columns),
                *(stock.get(name, {}).get(column) for column in columns),
            )
            for name, line in ours.items()
        ],
    )


def _is_figure(value: object) -> bool:
    return value is None or isinstance(value, (int, float))


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
