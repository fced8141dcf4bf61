"""What the private PostgreSQL says when it cannot serve, in one line for a person."""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg

from bot.errors import Unavailable
from bot.supervision.child import Child, ChildFailed

FULL_DISK = ("No space left on device", "Disk quota exceeded", "Check free disk space")
WAY_OUT = "restore a backup, or move that folder away to begin with an empty database"


class ServerFailed(Unavailable):
    """The private PostgreSQL cannot serve; the message is one line for a person."""


@contextlib.contextmanager
def in_plain_words() -> Iterator[None]:
    """Turn what programs, connections and files raise into `ServerFailed`."""
    try:
        yield
    except ChildFailed as failure:
        raise ServerFailed(str(failure)) from failure
    except psycopg.Error as failure:
        full = isinstance(failure, psycopg.errors.DiskFull)
        why = "the disk is full" if full else " ".join(str(failure).split())
        raise ServerFailed(f"the private database does not answer: {why}") from failure
    except OSError as failure:
        full = failure.errno in {errno.ENOSPC, errno.EDQUOT}
        why = "the disk is full" if full else f"{failure.strerror} ({failure.filename})"
        raise ServerFailed(f"the private database cannot be prepared: {why}") from failure


def failure_of(child: Child, what: str, data: Path) -> ServerFailed:
    """Why a program of the server ended, from its own words, and where to look."""
    said = child.log_of_this_start()
    if any(sign in said for sign in FULL_DISK):
        return ServerFailed(f"the private database {what}: the disk is full ({data})")
    errors = re.findall(r"(?:FATAL|PANIC|ERROR|initdb: error): +(.+)", said)
    why = errors[0] if errors else child.last_words(1) or "it ended without a word"
    return ServerFailed(
        f"the private database {what}: {why}; its data is in {data}, its log in {child.spec.log}"
    )


def raise_what_will_not_pass(error: str, data: Path, password_file: Path) -> None:
    """Waiting helps a server that starts or stops, or has no free connection; only these."""
    if "password authentication failed" in error:
        raise ServerFailed(
            "the private database refuses its password "
            f"({password_file} is not the one it was made with)"
        )
    fatal = re.search(r"FATAL: +(.+)", error)
    if fatal and not re.search(r"database system is|too many clients", fatal[1]):
        raise ServerFailed(
            f"the private database in {data} refuses connections: {fatal[1]}; {WAY_OUT}"
        )
