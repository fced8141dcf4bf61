"""The whole service killed in the middle of its work, and started again."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from tests.running import RunningService, Visitor, state_for_tests

REPORT = "trou dans la chaussée 12 rue de la République à Oullins"


def owned_by(service: RunningService) -> list[psutil.Process]:
    """The processes of a service: its state's folder is on their command line."""
    return [
        p
        for p in psutil.process_iter(["cmdline"])
        if str(service.state) in " ".join(p.info["cmdline"] or [])
    ]


@pytest.mark.xdist_group("killed")
@pytest.mark.timeout(300)
def test_a_killed_service_and_a_killed_engine_lose_nothing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    service = RunningService(state_for_tests(tmp_path_factory.mktemp("killed") / "state"))
    service.start()
    try:
        service.wait("/healthz")
        visitor = Visitor(service.url)
        visitor.post(text=REPORT)  # while the assistant warms up
        assert visitor.hear(120)[-1]["expects"] == "choice"

        pid = next(p.pid for p in owned_by(service) if "engine.py" in " ".join(p.cmdline()))
        os.kill(pid, signal.SIGKILL)
        visitor.post(text="passer")
        assert visitor.hear(120)[-1]["expects"] == "photo"

        visitor.post(text="passer")
        service.kill()
        service.start()
        service.wait()
        ready = time.monotonic()
        assert visitor.hear()[-1]["expects"] == "confirm"
        assert time.monotonic() - ready < 5
        filed = visitor.say("oui")[-1]["reference"]
        assert [r["reference"] for r in visitor.call("/api/requests")["requests"]] == [filed]
    finally:
        owned = owned_by(service)
        assert service.stop() == 0
        _, alive = psutil.wait_procs(owned, timeout=10)
        assert alive == []
