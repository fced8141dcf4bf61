"""What a PostgreSQL leaves where it runs or ran: its pid file, its sockets, its orphans."""

from __future__ import annotations

import contextlib
import signal
import time
from pathlib import Path

import psutil

from bot.storage.postgres_failures import WAY_OUT, ServerFailed
from bot.storage.postgres_place import SOCKET_FILE
from bot.supervision.identity import Identity, Record, command_line

ORPHANS_TIMEOUT_S = 10.0
LOOK_EVERY_S = 0.1


def serves(record: Record, data: Path) -> bool:
    """Whether the process, its command line and the data directory's own note agree."""
    lines = _pid_file_lines(data)
    return (
        len(lines) > 1
        and lines[0] == str(record.process.pid)
        and lines[1] == str(data)
        and _data_of(command_line(record.process.pid)) == str(data)
    )


def unrecorded(data: Path) -> Record | None:
    """A server on this data of which we have no true record: nobody owns it."""
    lines = _pid_file_lines(data)
    if not lines or not lines[0].isdecimal() or int(lines[0]) <= 1:
        return None
    process = Identity.of(int(lines[0]))
    command = command_line(int(lines[0]))
    if process is None or _data_of(command) != str(data):
        return None
    return Record(process, Identity(process.pid, "nobody"), (command,), signal.SIGINT)


def _pid_file_lines(data: Path) -> list[str]:
    try:
        text = (data / "postmaster.pid").read_text("utf-8", "replace")
    except OSError:
        return []
    return [line.strip() for line in text.splitlines()]


def _data_of(command: tuple[str, ...]) -> str | None:
    """The data directory on a server's command line; None for any other process."""
    if len(command) > 2 and Path(command[0]).name == "postgres" and command[1] == "-D":
        return command[2]
    return None


def version_of(data: Path) -> int | None:
    """The major version that made the data; None when there is none yet."""
    if not data.exists():
        return None
    try:
        return int((data / "PG_VERSION").read_text("ascii"))
    except PermissionError:
        raise ServerFailed(
            f"{data} belongs to another account; start as that one, or move it away"
        ) from None
    except (OSError, ValueError):
        raise ServerFailed(
            f"the private database in {data} is damaged (no PG_VERSION); {WAY_OUT}"
        ) from None


def clear_the_way(data: Path, sockets: Path) -> None:
    """Remove what makes PostgreSQL refuse to start although no server runs on this data. Blocks.

    It will not start over a cut note, or one whose pid somebody else has now (or is still a
    zombie of a careless container). The notes also guard the data from two servers, so first the
    last process of a killed server must be gone; then, under our lock, this is safe.
    """
    end_orphans(data)
    (sockets / f"{SOCKET_FILE}.lock").unlink(missing_ok=True)
    (sockets / SOCKET_FILE).unlink(missing_ok=True)
    (data / "postmaster.pid").unlink(missing_ok=True)


def end_orphans(data: Path) -> None:
    """Wait for the processes of a killed server on this data, then end those that stay. Blocks.

    They work in the data directory, and leave by themselves when they see their parent gone.
    """
    began = time.monotonic()
    while orphans := _processes_in(data):
        waited_s = time.monotonic() - began
        if waited_s > 2 * ORPHANS_TIMEOUT_S:
            raise ServerFailed(
                f"process {orphans[0].pid} still works in {data} and cannot be ended"
            )
        if waited_s > ORPHANS_TIMEOUT_S:
            for process in orphans:
                with contextlib.suppress(psutil.Error):
                    process.kill()
        time.sleep(LOOK_EVERY_S)


def _processes_in(data: Path) -> list[psutil.Process]:
    places = {str(data), str(data.resolve())}
    return [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["cwd"] in places and "postgres" in (process.info["name"] or "")
    ]
