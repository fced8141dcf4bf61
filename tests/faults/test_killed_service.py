"""The real service and the real engine killed at each step of a turn, and started again."""

from __future__ import annotations

import re
import signal
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.rows import DAYS
from tests.running import RunningService, Visitor, state_for_tests

REPORT = "trou dans la chaussée {} rue de la République à Oullins"
"""At a number of its own each time: a second report at one place is shown the first."""

NUMBERS = count(12)
STEPS = [  # at an answer of the form, and at the confirmation that files the request
    ("receiving", "accepted"),
    ("leased", "acting"),
    ("read", "committing"),
    ("asked", "committed"),
]
RESUMES_WITHIN_S = 5
"""More than an answer takes when nothing was killed, on the same machine at the same time."""


class LaunchedService(RunningService):
    """A service whose kills are armed; see `tests/faults/launched.py`."""

    def __init__(self, state: Path, *, has_own_engine: bool = False) -> None:
        super().__init__(state, has_own_engine=has_own_engine)
        self.command = [sys.executable, "-m", "tests.faults.launched", str(self.port)]
        self.armed = state / "armed"

    def arm(self, victim: str, step: str) -> None:
        fresh = self.armed.with_suffix(".new")
        fresh.write_text(f"{victim} {step}")
        fresh.replace(self.armed)

    def wait_for_the_kill(self) -> None:
        """Until the armed victim is dead, and until the doors know of it."""
        deadline = time.monotonic() + 30
        while self.armed.exists():
            assert time.monotonic() < deadline, "nobody was killed"
            time.sleep(0.02)

    def wait_until_it_is_not_ready(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.url + "/readyz", timeout=5).close()
            except urllib.error.HTTPError as error:
                error.close()
                return
            time.sleep(0.02)
        raise AssertionError("it never saw its engine go")

    def bury(self) -> None:
        """The service has killed itself."""
        assert self.process is not None
        assert self.process.wait(30) == -signal.SIGKILL
        assert not self.armed.exists()


@contextmanager
def ended(service: RunningService) -> Iterator[None]:
    """At the end, none of its processes is left."""
    try:
        yield
    finally:
        family = service.family()
        assert service.stop() == 0
        _, alive = psutil.wait_procs(family, timeout=10)
        assert alive == []


def transcript(visitor: Visitor) -> list[tuple[str, str]]:
    """All that was said from the first message on, but for notices, days, and the numbers of
    requests and houses."""
    events = visitor.call("/api/events?after=0")["events"]
    return [
        (e["sender"], re.sub(r"20\d\d-\d{6,}|\d+(?= rue)", "NUMBER", DAYS.sub("DAY", e["text"])))
        for e in events
        if e["sender"] != "system"
    ]


def resumed(service: RunningService, visitor: Visitor) -> list[dict[str, Any]]:
    """What is said once the service is ready again, which must come at once."""
    service.wait()
    ready = time.monotonic()
    answers = visitor.hear()
    took = time.monotonic() - ready
    assert took < RESUMES_WITHIN_S or took < RESUMES_WITHIN_S + usual_s(service)
    return [a for a in answers if a["sender"] != "system"]


def usual_s(service: RunningService) -> float:
    """Seconds of an answer to somebody else, now."""
    other = Visitor(service.url)
    began = time.monotonic()
    other.say("bonjour")
    return time.monotonic() - began


def references(visitor: Visitor) -> list[str]:
    return [r["reference"] for r in visitor.call("/api/requests")["requests"]]


def sent_whatever_happens(service: LaunchedService, visitor: Visitor, text: str, step: str) -> None:
    """Send as a web page does: again, under the same id, until it is acknowledged."""
    left = service.family()
    service.arm("service", step)
    message = {"id": uuid.uuid4().hex, "text": text}
    try:
        first = visitor.call("/api/messages", message)
    except (urllib.error.URLError, ConnectionError, HTTPException):
        first = None
    service.bury()
    service.start()
    service.wait("/healthz")
    _, alive = psutil.wait_procs(left, timeout=10)
    assert alive == []  # nothing of the killed one
    assert {child["owner_pid"] for child in service.children()} == {service.family()[0].pid}
    again = visitor.call("/api/messages", message)
    assert again["repeated"] == (step != "receiving")
    assert first is None or first["accepted"] == again["accepted"]
    assert (first is None) == (step in ("receiving", "accepted"))


def disturbed(service: LaunchedService, at_answer: str, at_filing: str) -> list[tuple[str, str]]:
    """A report during which the service is killed twice; returns what was said."""
    visitor = Visitor(service.url)
    visitor.say(REPORT.format(next(NUMBERS)))
    sent_whatever_happens(service, visitor, "passer", at_answer)
    assert resumed(service, visitor)[-1]["expects"] == "photo"
    assert visitor.say("passer")[-1]["expects"] == "confirm"
    sent_whatever_happens(service, visitor, "oui", at_filing)
    filed = resumed(service, visitor)[-1]["reference"]
    assert references(visitor) == [filed]
    return transcript(visitor)


def wait_until_the_database_answers(visitor: Visitor) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            references(visitor)
            return
        except urllib.error.HTTPError as error:
            error.close()
            time.sleep(0.05)
    raise AssertionError("the database did not come back")


@pytest.mark.xdist_group("killed")
@pytest.mark.timeout(600)
def test_a_service_killed_at_any_step_of_a_turn_loses_nothing_and_repeats_nothing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    state = state_for_tests(tmp_path_factory.mktemp("killed") / "state")
    service = LaunchedService(state)
    service.start()
    with ended(service):
        service.wait()
        undisturbed = Visitor(service.url)
        for text in (REPORT.format(next(NUMBERS)), "passer", "passer", "oui"):
            undisturbed.say(text)
        expected = transcript(undisturbed)
        for at_answer, at_filing in STEPS:
            assert disturbed(service, at_answer, at_filing) == expected

        service.arm("database", "asked")
        undisturbed.post(text="merci")
        service.wait_for_the_kill()
        wait_until_the_database_answers(undisturbed)
        assert len(resumed(service, undisturbed)) == 1


@pytest.mark.xdist_group("killed")
@pytest.mark.timeout(600)
def test_an_engine_killed_at_any_step_and_then_all_of_it_lose_nothing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    service = LaunchedService(
        state_for_tests(tmp_path_factory.mktemp("engine") / "state"), has_own_engine=True
    )
    service.start()
    with ended(service):
        service.wait("/healthz")
        visitor = Visitor(service.url)
        visitor.post(text=REPORT.format(next(NUMBERS)))  # while the assistant warms up
        assert resumed(service, visitor)[-1]["expects"] == "choice"

        for step, next_question in (("read", "photo"), ("acting", "confirm")):
            service.arm("engine", step)  # before it is asked; while it calls an action
            visitor.post(text="passer")
            service.wait_for_the_kill()
            service.wait_until_it_is_not_ready()
            assert resumed(service, visitor)[-1]["expects"] == next_question

        service.arm("engine", "asked")  # it has answered, and nothing is committed yet
        filed = visitor.say("oui")[-1]["reference"]
        assert not service.armed.exists()
        assert references(visitor) == [filed]
        said = transcript(visitor)
        assert len(said) == len(set(said)) + 1  # "passer" was written twice; no answer was

        visitor.post(text="merci")  # the engine is away
        service.kill()
        service.start()
        assert len(resumed(service, visitor)) == 1
        assert references(visitor) == [filed]
