"""`./guichet run` as a person starts and ends it, on a good day and on bad ones."""

from __future__ import annotations

import fcntl
import os
import pty
import socket
import subprocess
import termios
import time
import urllib.error
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.engine.model import Recipe, model_path
from bot.settings import Settings
from tests.cli.test_command_line import one_line
from tests.running import ROOT, RunningService, Visitor, real_state, state_for_tests

pytestmark = [pytest.mark.xdist_group("run"), pytest.mark.timeout(240)]


def a_service(folder: Path) -> RunningService:
    folder.chmod(0o755)
    return RunningService(state_for_tests(folder / "state"), has_own_engine=True)


def in_a_terminal(service: RunningService) -> int:
    """Start it in a terminal of its own; returns the terminal's other end."""
    ours, its = pty.openpty()
    service.process = subprocess.Popen(
        service.command,
        env=service.environment,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
    )
    os.close(its)
    (service.state / "run.log").touch()
    return ours


@pytest.mark.parametrize("how", ["Ctrl-C", "closed terminal"])
def test_ctrl_c_and_a_closed_terminal_leave_no_process(
    tmp_path_factory: pytest.TempPathFactory, how: str
) -> None:
    service = a_service(tmp_path_factory.mktemp("ends"))
    terminal = in_a_terminal(service)
    assert service.process is not None
    try:
        service.wait("/healthz")
        family = service.family()
        assert len(family) > 2
        if how == "Ctrl-C":
            os.write(terminal, b"\x03")
        else:
            os.close(terminal)
        assert service.process.wait(30) == 0
        _, alive = psutil.wait_procs(family, timeout=10)
        assert alive == []
        assert not list((service.state / "run").glob("*.json"))
    finally:
        service.kill()
        if how == "Ctrl-C":
            os.close(terminal)


def test_a_port_in_use_is_told_in_one_line(tmp_path_factory: pytest.TempPathFactory) -> None:
    service = a_service(tmp_path_factory.mktemp("port"))
    with socket.create_server(("127.0.0.1", service.port)):
        service.start()
        assert service.process is not None
        family = service.family()
        assert service.process.wait(60) == 1
    told = service.log()
    assert one_line(told), told
    assert f"port {service.port}" in told
    assert "--port" in told
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []


def test_with_a_broken_model_one_line_says_so_and_messages_wait_for_a_human(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("broken")
    settings = Settings(ROOT, real_state(), None)
    whole = model_path(settings, Recipe.ours(settings))
    broken = folder / "state" / "models" / whole.name
    broken.parent.mkdir(parents=True)
    broken.write_bytes(whole.read_bytes()[:20_000])
    service = a_service(folder)
    service.start()
    try:
        service.wait("/healthz")
        visitor = Visitor(service.url)
        visitor.post(text="trou dans la chaussée 12 rue de la République à Oullins")
        notice = next_event(visitor, "system")
        visitor.post(payload=notice["buttons"][0]["payload"])
        assert next_event(visitor, "system")["reference"]
        assert visitor.call(f"/api/events?after={visitor.seen - 1}")["thinking"]  # it is kept
        with pytest.raises(urllib.error.HTTPError) as refused:
            visitor.call("/readyz")
        with refused.value as error:
            assert error.code == 503
        lines = first_lines_about(service, "cannot be loaded")
        assert whole.name in lines[0]
        assert "delete it" in lines[0]
        assert "Traceback" not in service.log()
    finally:
        assert service.stop() == 0


def next_event(visitor: Visitor, sender: str) -> dict[str, Any]:
    """The next thing that a sender says."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for event in visitor.call(f"/api/events?after={visitor.seen}")["events"]:
            visitor.seen = event["seq"]
            if event["sender"] == sender:
                return dict(event)
    raise AssertionError(f"{sender} said nothing")


def first_lines_about(service: RunningService, words: str) -> list[str]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = [line for line in service.log().splitlines() if words in line]
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(service.log())
