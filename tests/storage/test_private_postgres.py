"""On the real server: each test has one of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage.private_postgres import PrivatePostgres, ServerFailed
from bot.supervision.identity import start_mark
from tests.supervision.processes import Stranger

ROOT = Path(__file__).resolve().parents[2]

Make = Callable[[], PrivatePostgres]

OWNER = """
import asyncio, sys
from pathlib import Path
from bot.storage.private_postgres import PrivatePostgres

async def main():
    server = PrivatePostgres(Path(sys.argv[1]), durable=False)
    await server.start()
    print(server.pid, flush=True)
    await server.keep()

asyncio.run(main())
"""


@pytest.fixture
def fresh_state() -> Iterator[Path]:
    """A state folder that an unprivileged account can reach."""
    with tempfile.TemporaryDirectory(prefix="guichet-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def made_state() -> Iterator[Path]:
    """A state whose database was made and stopped: making one takes half of a start's time."""
    with tempfile.TemporaryDirectory(prefix="guichet-test-") as folder:
        Path(folder).chmod(0o755)

        async def make() -> None:
            async with PrivatePostgres(Path(folder), durable=False):
                pass

        asyncio.run(make())
        yield Path(folder)


@pytest.fixture
def state(fresh_state: Path, made_state: Path) -> Path:
    """A copy of that state, for one test."""
    subprocess.run(["cp", "-a", made_state / "postgres", fresh_state], check=True)
    return fresh_state


@pytest.fixture
async def make(state: Path) -> AsyncIterator[Make]:
    """Servers of one checkout, all gone at the end of the test."""
    async with AsyncExitStack() as made:

        def make() -> PrivatePostgres:
            server = PrivatePostgres(state, durable=False, max_connections=20)
            made.push_async_callback(server.remove)
            return server

        yield make


async def answer(url: str, question: str) -> object:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return (await connection.execute(text(question))).scalar_one()
    finally:
        await engine.dispose()


async def until(condition: Callable[[], bool], within_s: float = 15.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  (another process cannot set an event here)
            await asyncio.sleep(0.02)


def is_gone(pid: int) -> bool:
    return start_mark(pid) is None


async def test_it_serves_and_goes(make: Make) -> None:
    server = make()
    url = await server.start()
    assert url.startswith("postgresql+psycopg://guichet:")
    assert str(await answer(url, "SHOW server_version")).startswith("18")
    assert await answer(url, "SELECT lower('ÉCOLE À LYON')") == "école à lyon"
    french = "SELECT to_tsvector('french', 'les poubelles') @@ to_tsquery('french', 'poubelle')"
    assert await answer(url, french) is True
    pid = server.pid
    assert pid is not None
    await server.stop()
    assert is_gone(pid)


async def test_what_was_written_is_there_at_the_next_start(make: Make) -> None:
    server = make()
    url = await server.start()
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE kept AS SELECT 69149 AS insee"))
    await engine.dispose()
    await server.stop()
    assert await make().start() == url
    assert await answer(url, "SELECT insee FROM kept") == 69149


async def test_a_wrong_password_is_refused(make: Make) -> None:
    server = make()
    url = await server.start()
    password = url.split(":")[2].split("@")[0]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        await psycopg.AsyncConnection.connect(
            url.replace("+psycopg", "").replace(password, "guess")
        )


async def test_nothing_of_it_is_open_to_others(make: Make, state: Path) -> None:
    before = state.stat().st_mode
    server = make()
    url = await server.start()
    sockets = Path(str(await answer(url, "SHOW unix_socket_directories")))
    assert sockets.stat().st_mode & 0o077 == 0
    assert server.data.stat().st_mode & 0o077 == 0
    assert (server.data.parent / "password").stat().st_mode & 0o077 == 0
    assert state.stat().st_mode == before
    assert await answer(url, "SHOW listen_addresses") == ""
    assert server.pid is not None
    assert psutil.Process(server.pid).uids().real != 0


async def test_the_second_process_adopts_and_does_not_stop(make: Make) -> None:
    first, second = make(), make()
    url = await first.start()
    assert await second.start() == url
    assert second.is_adopted
    assert second.pid == first.pid
    await second.stop()
    assert await answer(url, "SELECT 1") == 1


async def test_two_that_start_at_once_share_one_server(make: Make) -> None:
    servers = [make(), make(), make()]
    urls = await asyncio.gather(*(server.start() for server in servers))
    assert len(set(urls)) == 1
    assert sorted(server.is_adopted for server in servers) == [False, True, True]


async def test_the_second_takes_over_when_the_first_leaves(make: Make) -> None:
    first, second = make(), make()
    url = await first.start()
    await second.start()
    keeping = asyncio.create_task(second.keep())
    await first.stop()
    await until(lambda: second.pid is not None and not second.is_adopted)
    assert await answer(url, "SELECT 1") == 1
    await second.stop()
    await keeping


async def test_a_server_that_was_killed_comes_back(make: Make) -> None:
    server = make()
    url = await server.start()
    keeping = asyncio.create_task(server.keep())
    killed = server.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    await until(lambda: server.pid not in {None, killed})
    assert await answer(url, "SELECT 1") == 1
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping


async def test_a_killed_owner_leaves_no_server_and_the_next_start_works(
    make: Make, state: Path
) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(state)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    owner.kill()
    owner.communicate()
    server = make()
    url = await server.start()
    assert not server.is_adopted
    assert is_gone(pid)
    assert await answer(url, "SELECT 1") == 1


@pytest.mark.parametrize("note", ["", "12", "{pid}\n{data}\n1\n5432\n\n", "{pid}\n", "no\n\0"])
async def test_a_stale_or_cut_pid_file_ends_nobody(make: Make, note: str) -> None:
    server = make()
    await server.start()
    await server.stop()
    with Stranger() as unrelated:
        text_of_note = note.format(pid=unrelated.pid, data=server.data)
        (server.data / "postmaster.pid").write_text(text_of_note)
        assert await answer(await make().start(), "SELECT 1") == 1
        assert unrelated.is_alive


async def test_a_stale_lock_of_the_socket_ends_nobody(make: Make) -> None:
    first = make()
    url = await first.start()
    sockets = Path(str(await answer(url, "SHOW unix_socket_directories")))
    killed = first.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    await until(lambda: is_gone(killed))
    with Stranger() as unrelated:
        (sockets / ".s.PGSQL.5432.lock").write_text(f"{unrelated.pid}\n{first.data}\n")
        assert await make().start() == url
        assert await answer(url, "SELECT 1") == 1
        assert unrelated.is_alive


async def test_a_server_whose_record_was_lost_is_replaced(make: Make, state: Path) -> None:
    first = make()
    await first.start()
    pid = first.pid
    assert pid is not None
    (state / "run" / "postgres.json").write_text("{")
    second = make()
    url = await second.start()
    assert not second.is_adopted
    assert is_gone(pid)
    assert await answer(url, "SELECT 1") == 1


async def test_a_set_up_that_was_killed_is_begun_again(fresh_state: Path) -> None:
    half = fresh_state / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    server = PrivatePostgres(fresh_state, durable=False)
    try:
        assert await answer(await server.start(), "SELECT 1") == 1
    finally:
        await server.remove()
    assert not half.exists()


@pytest.mark.parametrize("damage", ["PG_VERSION", "global/pg_control", "postgresql.conf", "base"])
async def test_a_damaged_data_directory_is_told_in_one_line(make: Make, damage: str) -> None:
    server = make()
    await server.start()
    await server.stop()
    damaged = server.data / damage
    if damaged.is_dir():
        shutil.rmtree(damaged)
    else:
        damaged.unlink()
    with pytest.raises(ServerFailed) as told:
        await make().start()
    assert str(server.data) in str(told.value)
    assert "\n" not in str(told.value)
    assert server.pid is None


async def test_a_password_that_is_not_the_server_s_is_told(make: Make) -> None:
    server = make()
    await server.start()
    await server.stop()
    (server.data.parent / "password").write_text("another")
    with pytest.raises(ServerFailed, match="refuses its password"):
        await make().start()


async def test_a_lost_password_is_told(make: Make) -> None:
    server = make()
    await server.start()
    await server.stop()
    (server.data.parent / "password").unlink()
    with pytest.raises(ServerFailed, match="password is missing"):
        await make().start()


async def test_a_deep_and_private_checkout_works(tmp_path: Path) -> None:
    deep = tmp_path / ("a long name with spaces and é " * 4) / "state"
    server = PrivatePostgres(deep, durable=False)
    try:
        assert await answer(await server.start(), "SELECT 1") == 1
    finally:
        await server.remove()


async def test_databases_can_be_made_from_a_template_and_dropped(make: Make) -> None:
    server = make()
    url = await server.start()
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE model AS SELECT 7 AS seven"))
    await engine.dispose()
    copy = await server.create_database("copy", template="guichet")
    assert await answer(copy, "SELECT seven FROM model") == 7
    await server.drop_database("copy")
    assert await answer(url, "SELECT count(*) FROM pg_database WHERE datname = 'copy'") == 0
