from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.supervision.leftovers import clean_leftovers
from tests.supervision.processes import WILL_NOT_STOP, Stranger, us


def test_a_child_whose_owner_is_gone_is_ended(tmp_path: Path) -> None:
    with Stranger() as left:
        left.record(tmp_path / "engine.json")
        assert clean_leftovers(tmp_path) == ["engine"]
        assert not left.is_alive
    assert list(tmp_path.iterdir()) == []


def test_one_that_will_not_end_is_forced(tmp_path: Path) -> None:
    with Stranger(WILL_NOT_STOP) as left:
        left.record(tmp_path / "engine.json")
        assert clean_leftovers(tmp_path, wait_s=0.1) == ["engine"]
        assert not left.is_alive


def test_a_child_of_a_living_owner_is_left_alone(tmp_path: Path) -> None:
    with Stranger() as child:
        child.record(tmp_path / "engine.json", owner=us())
        assert clean_leftovers(tmp_path) == []
        assert child.is_alive
    assert (tmp_path / "engine.json").exists()


def test_a_process_that_has_the_pid_of_an_old_child_is_left_alone(tmp_path: Path) -> None:
    with Stranger() as unrelated:
        before = replace(unrelated.identity(), mark="an earlier start")
        unrelated.record(tmp_path / "engine.json", process=before)
        assert clean_leftovers(tmp_path) == []
        assert unrelated.is_alive


def test_a_process_with_another_command_line_is_left_alone(tmp_path: Path) -> None:
    with Stranger() as unrelated:
        unrelated.record(tmp_path / "engine.json", commands=(("engine", "--serve"),))
        assert clean_leftovers(tmp_path) == []
        assert unrelated.is_alive


@pytest.mark.parametrize(
    "content", ["", "{", '{"pid": 12', "[]", "null", '{"pid": -1}', '{"pid": "1"}', "\0\0\0"]
)
def test_a_record_that_was_cut_or_spoilt_is_removed(tmp_path: Path, content: str) -> None:
    (tmp_path / "engine.json").write_text(content)
    assert clean_leftovers(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [1, 10, 40, 80])
def test_a_record_cut_anywhere_ends_nobody(tmp_path: Path, size: int) -> None:
    path = tmp_path / "engine.json"
    with Stranger() as child:
        child.record(path)
        path.write_bytes(path.read_bytes()[:size])
        assert clean_leftovers(tmp_path) == []
        assert child.is_alive


def test_no_folder_is_no_leftover(tmp_path: Path) -> None:
    assert clean_leftovers(tmp_path / "never") == []
