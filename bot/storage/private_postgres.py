"""A PostgreSQL of our own, for a checkout without `DATABASE_URL`.

The programs come from a wheel (`postgres_binaries`); starting, watching and ending them is ours:
a supervised child that dies with us, on a Unix socket in a private folder, with a password, under
an unprivileged account when we are root. Several processes of one checkout share one server: the
first starts it, the others adopt it, and when the first leaves another one takes over.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from bot.storage.postgres_binaries import Binaries, find_binaries
from bot.storage.postgres_failures import (
    ServerFailed,
    failure_of,
    in_plain_words,
    raise_what_will_not_pass,
)
from bot.storage.postgres_place import (
    SOCKET_FILE,
    Place,
    find_place,
    read_or_make_password,
    socket_folder,
)
from bot.storage.postgres_traces import clear_the_way, serves, unrecorded, version_of
from bot.storage.unprivileged import own, unprivileged_account
from bot.supervision.child import Account, Child, ChildFailed, ChildSpec
from bot.supervision.identity import Record, read_record
from bot.supervision.leftovers import end

__all__ = ["PrivatePostgres", "ServerFailed"]

USER = "guichet"
PORT = 5432
LOOK_EVERY_S = 0.1
LOCK_TIMEOUT_S = 90.0
ADOPTION_TIMEOUT_S = 15.0
INITDB_TIMEOUT_S = 120.0
LONGEST_RETRY_S = 10.0


class PrivatePostgres:
    """The private server of the checkout whose state is in `state`.

    `durable=False` trades safety for speed (tests only). `database` is made when missing.
    """

    def __init__(
        self,
        state: Path,
        *,
        durable: bool = True,
        max_connections: int = 100,
        database: str = "guichet",
        start_timeout_s: float = 60.0,
    ) -> None:
        self._state = state.absolute()
        self._durable = durable
        self._max_connections = max_connections
        self._database = database
        self._start_timeout_s = start_timeout_s
        self._child: Child | None = None
        self._adopted: Record | None = None
        self._stopping = asyncio.Event()
        # Known once `start` has looked around.
        self._account: Account | None = None
        self._place: Place | None = None
        self._binaries: Binaries | None = None
        self._password = ""
        self._sockets: Path | None = None

    @property
    def is_adopted(self) -> bool:
        """Whether the server was started by another process of this checkout."""
        return self._adopted is not None

    @property
    def pid(self) -> int | None:
        """The server's process id."""
        if self._adopted is not None:
            return self._adopted.process.pid
        return self._child.pid if self._child is not None else None

    @property
    def data(self) -> Path:
        """The data directory; known after `start`."""
        return self._known_place().data

    def program(self, name: str) -> str:
        """The path of one of PostgreSQL's programs (`pg_dump`…); known after `start`."""
        if self._binaries is None:
            raise ServerFailed("the private database has not been started")
        return self._binaries.program(name)

    def url(self, database: str | None = None) -> str:
        """SQLAlchemy's URL of a database of this server; the same at every start."""
        where = quote(str(self._known_sockets()), safe="")
        name = quote(database or self._database)
        return f"postgresql+psycopg://{USER}:{self._password}@/{name}?host={where}&port={PORT}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> str:
        """Start the server or adopt the one that runs, and return the URL of our database.

        Raises `ServerFailed` with one line for a person.
        """
        self._stopping.clear()
        with in_plain_words():
            self._run.mkdir(mode=0o700, parents=True, exist_ok=True)
            async with self._alone():
                await asyncio.to_thread(self._look_around)
                await self._start_or_adopt()
                await self._make_database_if_missing()
        return self.url()

    async def keep(self) -> None:
        """Bring the server back whenever it goes, until cancelled or stopped.

        It goes when it crashes, or when the process that we adopted it from ends. The URL stays
        true. A task for the owner's group, after `start`.
        """
        delay_s = LOOK_EVERY_S
        while not self._stopping.is_set():
            await self._wait_for_its_end()
            if self._stopping.is_set():
                return
            try:
                await self.start()
                delay_s = LOOK_EVERY_S
            except ServerFailed:
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, LONGEST_RETRY_S)

    async def stop(self) -> None:
        """Stop the server when it is ours; one that we adopted is left to its owner."""
        self._stopping.set()
        self._adopted = None
        child, self._child = self._child, None
        if child is not None:
            await child.stop()
        if self._sockets is not None:
            # Only when empty: a server that others use keeps its socket there.
            with contextlib.suppress(OSError):
                self._sockets.rmdir()

    async def remove(self) -> None:
        """Stop the server and erase its data (tests)."""
        await self.stop()
        if self._place is not None:
            await asyncio.to_thread(shutil.rmtree, self._place.home, ignore_errors=True)

    async def create_database(self, name: str, template: str = "template1") -> str:
        """Make a database, dropping any of that name, and return its URL."""
        async with await self._connect("postgres") as connection:
            await connection.execute(_drop(name))
            await connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return self.url(name)

    async def drop_database(self, name: str) -> None:
        """Drop a database with whoever is connected to it."""
        async with await self._connect("postgres") as connection:
            await connection.execute(_drop(name))

    # Looking around ------------------------------------------------------------------------

    def _look_around(self) -> None:
        self._account = unprivileged_account()
        if os.geteuid() == 0 and self._account is None:
            raise ServerFailed(
                "PostgreSQL does not run as root and no other account exists; create one named "
                "postgres, or set DATABASE_URL"
            )
        place = find_place(self._state, self._account)
        self._place = place
        self._binaries = find_binaries(self._account, place.copies, version_of(place.data))
        self._password = read_or_make_password(place)
        self._sockets = socket_folder(place, self._password, self._account)

    def _known_place(self) -> Place:
        if self._place is None:
            raise ServerFailed("the private database has not been started")
        return self._place

    def _known_sockets(self) -> Path:
        if self._sockets is None:
            raise ServerFailed("the private database has not been started")
        return self._sockets

    @property
    def _run(self) -> Path:
        return self._state / "run"

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """One process of the checkout at a time looks for or starts the server."""
        handle = os.open(self._run / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            deadline = time.monotonic() + LOCK_TIMEOUT_S
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise ServerFailed(
                            "another process of this checkout has been starting the private "
                            f"database for {LOCK_TIMEOUT_S:.0f} s"
                        ) from None
                    await asyncio.sleep(LOOK_EVERY_S / 2)
            yield
        finally:
            os.close(handle)

    # A server that already runs ------------------------------------------------------------

    async def _start_or_adopt(self) -> None:
        self._adopted = await self._find_running()
        if self._adopted is not None:
            return
        await asyncio.to_thread(clear_the_way, self.data, self._known_sockets())
        if not self.data.exists():
            await self._make_data()
        await self._start_server()

    async def _find_running(self) -> Record | None:
        """The record of a server that can be adopted; what must go is ended first."""
        deadline = time.monotonic() + ADOPTION_TIMEOUT_S
        while True:
            record = read_record(self._run / "postgres.json")
            if record is None or not record.is_running:
                record = unrecorded(self.data)
            if record is None:
                return None
            if not record.owner.is_alive:
                await asyncio.to_thread(end, record)
                continue
            if serves(record, self.data) and await self._answers():
                return record
            # It is on its way up or down.
            if time.monotonic() > deadline:
                raise ServerFailed(
                    f"the private database of process {record.owner.pid} does not answer; end "
                    "that process and try again"
                )
            await asyncio.sleep(LOOK_EVERY_S)

    async def _wait_for_its_end(self) -> None:
        if self._adopted is not None:
            adopted = self._adopted
            # Another process cannot set an event here.
            while adopted.process.is_alive and not self._stopping.is_set():  # noqa: ASYNC110
                await asyncio.sleep(LOOK_EVERY_S)
        elif self._child is not None:
            await self._child.wait()

    # A server of ours ----------------------------------------------------------------------

    async def _make_data(self) -> None:
        """`initdb` beside the place, renamed into it when whole."""
        fresh = self.data.with_name("data.new")
        await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        own(fresh, self._account)
        secret = self._secret_for_initdb()
        initdb = Child(
            self._spec(
                "initdb",
                "-D",
                str(fresh),
                f"--username={USER}",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                *self._locale_options(),
                "--no-instructions",
                *([] if self._durable else ["--no-sync", "--wal-segsize=1"]),
            )
        )
        try:
            code = await initdb.run(INITDB_TIMEOUT_S)
            if code != 0:
                raise failure_of(initdb, "cannot be created", self.data)
            fresh.rename(self.data)
        finally:
            secret.unlink(missing_ok=True)
            if fresh.exists():
                shutil.rmtree(fresh, ignore_errors=True)

    def _locale_options(self) -> list[str]:
        """Unicode's rules for upper and lower case, the same everywhere (PostgreSQL 17)."""
        if self._binaries is None or self._binaries.major < 17:
            return []
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]

    def _secret_for_initdb(self) -> Path:
        """The password where the server's account, and nobody else, can read it for a moment."""
        path = self._known_sockets() / "initdb.secret"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self._password)
        own(path, self._account)
        return path

    async def _start_server(self) -> None:
        child = Child(self._spec("postgres", *self._server_options(), ready=True))
        try:
            await child.start()
        except ChildFailed as failure:
            raise failure_of(child, "cannot start", self.data) from failure
        self._child = child

    def _server_options(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self._sockets),
            "unix_socket_permissions": "0700",
            "max_connections": str(self._max_connections),
            "shared_buffers": "256MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "off",
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = ["-D", str(self.data)]
        for name, value in settings.items():
            options += ["-c", f"{name}={value}"]
        return options

    def _spec(self, program: str, *arguments: str, ready: bool = False) -> ChildSpec:
        return ChildSpec(
            name=program,
            command=(self.program(program), *arguments),
            run=self._run,
            log=self._state / "logs" / f"{program}.log",
            environment=_environment(),
            cwd=self._known_place().home,
            account=self._account,
            # "Fast" shutdown: sessions are ended, the data is left clean.
            stop_signal=signal.SIGINT,
            stop_timeout_s=20.0,
            death_signal=signal.SIGINT,
            ready_timeout_s=self._start_timeout_s,
            **({"ready": self._answers} if ready else {}),
        )

    # Connections ---------------------------------------------------------------------------

    async def _connect(self, database: str) -> psycopg.AsyncConnection[tuple[object, ...]]:
        return await psycopg.AsyncConnection.connect(
            host=str(self._sockets),
            port=PORT,
            user=USER,
            password=self._password,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    async def _answers(self) -> bool:
        """Whether the server behind our socket serves our data with our password."""
        if self._sockets is None or not (self._sockets / SOCKET_FILE).exists():
            return False
        try:
            async with await self._connect("postgres") as connection:
                cursor = await connection.execute("SELECT current_setting('data_directory')")
                row = await cursor.fetchone()
        except psycopg.Error as error:
            raise_what_will_not_pass(str(error), self.data, self._known_place().password_file)
            return False
        return row is not None and row[0] == str(self.data)

    async def _make_database_if_missing(self) -> None:
        async with await self._connect("postgres") as connection:
            cursor = await connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [self._database]
            )
            if await cursor.fetchone() is None:
                name = sql.Identifier(self._database)
                await connection.execute(sql.SQL("CREATE DATABASE {}").format(name))


def _environment() -> dict[str, str]:
    """Little, so that no PG* variable of a person's reaches the server."""
    libraries = os.environ.get("LD_LIBRARY_PATH")  # the launcher's Python may need it
    return {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C",
        "TZ": "UTC",
        **({"LD_LIBRARY_PATH": libraries} if libraries else {}),
    }


def _drop(name: str) -> sql.Composed:
    return sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
