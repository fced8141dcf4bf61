"""Opens the doors of a service: the private socket always, the public port when asked."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from bot.app import EngineOf, bring_up
from bot.conversations.worker import OnStep
from bot.engine.process import EngineProcess
from bot.errors import Unavailable
from bot.parts import Service
from bot.settings import Settings
from bot.web.internal import internal_application
from bot.web.public import public_application

MOST_FILES = 16_384
"""Ten thousand pages of the widget, and everything else."""
EVERY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104  (compared, not bound)


@asynccontextmanager
async def serve(
    settings: Settings,
    host: str = "127.0.0.1",
    port: int | None = None,
    *,
    engine_of: EngineOf = EngineProcess,
    on_step: OnStep | None = None,
) -> AsyncIterator[Service]:
    """A service with its doors open; see `bring_up` for what may be given to it.

    Raises `Unavailable` when the port is taken.
    """
    async with bring_up(settings, engine_of=engine_of, on_step=on_step) as service:
        private = web.AppRunner(internal_application(service), access_log=None)
        public = web.AppRunner(public_application(service), access_log=None, shutdown_timeout=2.0)
        note = settings.run / "service.door"
        try:
            await private.setup()
            await web.UnixSite(private, str(service.internal_socket)).start()
            service.internal_socket.chmod(0o600)
            if port is not None:
                await public.setup()
                try:
                    await web.TCPSite(public, host, port).start()
                except OSError as error:
                    raise Unavailable(
                        f"port {port} of {host} cannot be used ({error.strerror or error}): "
                        "another program has it; choose another with --port"
                    ) from error
                _leave_note(service, note.with_suffix(".new"), f"http://{_reached(host)}:{port}")
                note.with_suffix(".new").replace(note)
            yield service
        finally:
            if port is not None and note.exists() and _pid(note) == os.getpid():
                note.unlink(missing_ok=True)
            await public.cleanup()
            await private.cleanup()
            service.internal_socket.unlink(missing_ok=True)


def allow_open_files() -> None:
    """Each open page is a file to the system, which often allows 1 024 unless it is asked."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _reached(host: str) -> str:
    """A host that this machine can open, as a URL names it."""
    if host in EVERY_ADDRESS:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _leave_note(service: Service, note: Path, url: str) -> None:
    """Where the other commands of this checkout find us: readable by our user only."""
    body = {
        "socket": str(service.internal_socket),
        "secret": service.internal_secret,
        "pid": os.getpid(),
        "url": url,
    }
    note.touch(mode=0o600)
    note.write_text(json.dumps(body), "utf-8")


def _pid(note: Path) -> int:
    try:
        return int(json.loads(note.read_text("utf-8"))["pid"])
    except (OSError, ValueError, KeyError):
        return 0
