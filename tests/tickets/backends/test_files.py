"""`tickets.yml`: what is wrong is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.services.content_files import CatalogueError
from bot.tickets.backends.files import BUILTIN, load_backend
from bot.tickets.backends.mapping import Kind, Outside, read, written
from bot.tickets.rules import Priority, Status
from tests.actions.desks import catalogue

WHOLE = """\
backend: redmine
url: https://redmine.example/
project: guichet
tracker: Support
status:
  open: [New, In Progress]
  closed: [Closed, Rejected]
priority:
  normal: Normal
  high: High
  urgent: [Urgent, Immediate]
teams:
  voirie: Voirie
"""


def loaded(root: Path, text: str | None) -> Outside:
    if text is not None:
        (root / "tickets.yml").write_text(text, encoding="utf-8")
    return load_backend(root, catalogue())


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    outside = loaded(tmp_path, WHOLE)
    assert (outside.kind, outside.url) == (Kind.REDMINE, "https://redmine.example")
    assert written(outside.statuses, Status.CLOSED) == "Closed"
    assert read(outside.statuses, "rejected") is Status.CLOSED
    assert read(outside.priorities, "Immediate") is Priority.URGENT
    assert read(outside.teams, "Propreté") is None
    assert outside.poll_s == 5.0


@pytest.mark.parametrize("text", [None, "backend: builtin\n"])
def test_tickets_stay_in_our_tables_unless_another_place_is_named(
    tmp_path: Path, text: str | None
) -> None:
    assert loaded(tmp_path, text) == BUILTIN


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ("backend: redmine", "backend: jira", 1, "backend"),
        ("url: https://redmine.example/", "url: http://redmine.example/", 2, "https"),
        ("url: https://redmine.example/", "url: https://key@redmine.example", 2, "URL"),
        ("project: guichet\n", "", 1, "project"),
        ("  voirie: Voirie", "  voiries: Voirie", 13, "teams.yml"),
        ("[Closed, Rejected]", "[Closed, new]", 5, "twice"),
        ("  high: High\n", "", 8, "high"),
        ("tracker: Support", "poll_seconds: 0", 4, "poll_seconds"),
        ("backend: redmine", "backend: roundup", 3, "Redmine"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, before: str, after: str, line: int, words: str
) -> None:
    with pytest.raises(CatalogueError) as found:
        loaded(tmp_path, WHOLE.replace(before, after))
    problem = found.value.problems[0]
    assert words in str(problem)
    assert problem.line == line
