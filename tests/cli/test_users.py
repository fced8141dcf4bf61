"""`./guichet admin users …` on a real database."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from bot.accounts import operations
from bot.accounts.rules import Role
from bot.channels.telegram.forum import store as forum
from bot.cli.failures import CommandFailed
from bot.cli.parsing import OneLineParser
from bot.cli.subjects import users
from bot.settings import Settings
from bot.storage.transaction import Database
from tests.accounts.builders import PASSWORD, Door
from tests.cli.test_admin import ROOT
from tests.turn.scripted import now

CLAIRE = ("--name", "Claire", "--role", "agent")


TERMINAL = """
import fcntl, runpy, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
runpy.run_module("bot.cli", run_name="__main__")
"""
"""The command with its standard input as the terminal that Ctrl-C comes from."""


@dataclass(frozen=True)
class Operator:
    """Types commands about users; `login` is one that nobody has yet."""

    settings: Settings
    database: Database
    login: str
    terminal: pytest.MonkeyPatch
    screen: pytest.CaptureFixture[str]

    async def types(self, *arguments: str, password: str = "") -> str:
        """What is printed. Raises `CommandFailed`."""
        parser = OneLineParser(prog="./guichet admin users")
        users.add_arguments(parser)
        self.terminal.setattr("sys.stdin", io.StringIO(password))
        self.screen.readouterr()
        await users.main(self.settings, self.database, parser.parse_args(arguments))
        return self.screen.readouterr().out

    async def is_refused(self, *arguments: str, password: str = "") -> str:
        """Why."""
        with pytest.raises(CommandFailed) as failed:
            await self.types(*arguments, password=password)
        assert "\n" not in str(failed.value)
        return str(failed.value)

    async def adds(self, *arguments: str) -> None:
        profile = arguments or (*CLAIRE, "--all-communes")
        await self.types("add", self.login, *profile, password=f"{PASSWORD}\n")

    async def line(self) -> str:
        (found,) = [one for one in (await self.types("list")).splitlines() if self.login in one]
        return found


@pytest.fixture
def operator(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Operator:
    settings = Settings(ROOT, tmp_path, database.url)
    return Operator(settings, database, f"{uuid4().hex}@mairie.example", monkeypatch, capsys)


async def test_an_account_is_opened_for_towns_by_name_or_code_and_signs_in(
    operator: Operator, database: Database
) -> None:
    await operator.adds(
        *("--name", "Claire", "--role", "supervisor", "--commune", "Oullins"),
        *("--commune", "69029", "--team", "accueil", "--team", "voirie"),
    )
    line = await operator.line()
    assert "Claire       supervisor               active; " in line
    assert line.endswith("Bron, Oullins-Pierre-Bénite; accueil, voirie")
    assert await Door.of(database).opens(operator.login, now())
    assert "signed in nowhere" not in await operator.types("sessions", operator.login)
    assert await operator.types("sessions", operator.login, "--end") == "signed out: 1\n"
    assert await operator.types("sessions", operator.login) == "signed in nowhere\n"


async def test_a_password_that_is_made_is_printed_once_and_signs_in(
    operator: Operator, database: Database
) -> None:
    told = await operator.types("add", operator.login, *CLAIRE, "--all-communes", "--generate")
    (made,) = re.findall(r"password: (\S+)", told)
    assert made not in await operator.line()
    door = Door.of(database)
    assert await door.opens(operator.login, now(), made)
    told = await operator.types("password", operator.login, "--generate")
    assert made not in told
    assert await operator.types("sessions", operator.login) == "signed in nowhere\n"


async def test_what_is_not_named_stays(operator: Operator) -> None:
    await operator.adds(*CLAIRE, "--commune", "Bron", "--team", "voirie")
    assert "Camille      agent" in await operator.types("set", operator.login, "--name", "Camille")
    assert (await operator.line()).endswith("Bron; voirie")
    await operator.types("set", operator.login, "--all-communes", "--all-teams")
    await operator.types("set", operator.login, "--role", Role.METROPOLIS_ADMINISTRATOR)
    assert (await operator.line()).endswith(
        "metropolis_administrator active; every town; every team"
    )


async def test_an_account_is_disabled_and_enabled(operator: Operator, database: Database) -> None:
    await operator.adds()
    await Door.of(database).opens(operator.login, now())
    await operator.types("disable", operator.login)
    assert "disabled" in await operator.line()
    assert await operator.types("sessions", operator.login) == "signed in nowhere\n"
    await operator.types("enable", operator.login)
    assert await Door.of(database).opens(operator.login, now())


async def test_a_lost_telephone_is_forgotten(operator: Operator, database: Database) -> None:
    await operator.adds()
    async with database.transaction() as tx:
        agent = (await operations.account(tx, operator.login)).id
    await Door.of(database).enrols(agent, now())
    assert "second factor" in await operator.line()
    await operator.types("reset-second-factor", operator.login)
    assert "second factor" not in await operator.line()
    assert await Door.of(database).opens(operator.login, now())


async def test_what_cannot_be_is_told_in_one_line(operator: Operator) -> None:
    login, everywhere = operator.login, (*CLAIRE, "--all-communes")
    for arguments, why in (
        (("add", login, *CLAIRE), "--commune"),
        (("add", login, *CLAIRE, "--commune", "Paris"), "Paris"),
        (("add", login, *CLAIRE, "--commune", "fontaines"), "several towns"),
        (("add", login, *everywhere, "--team", "magie"), "magie"),
        (("add", login, "--name", "Claire", "--role", "mayor", "--all-communes"), "mayor"),
        (("add", login, "--name", " ", "--role", "agent", "--all-communes"), "name"),
        (("add", "claire", *everywhere, "--generate"), "e-mail address"),
        (("add", login, *everywhere), "--generate"),
        (("set", login, "--name", "Camille"), "no account"),
        (("password", login), "no account"),
        (("disable", login), "no account"),
        (("dance", login), "dance"),
    ):
        assert why in await operator.is_refused(*arguments)
    assert "12 characters" in await operator.is_refused(
        "add", login, *everywhere, password="court\n"
    )
    await operator.adds()
    assert "already" in await operator.is_refused("add", login, *everywhere, "--generate")


def at_a_terminal(operator: Operator, *typed: str) -> tuple[int, str]:
    """The exit code of adding an account at a terminal, and what it showed."""
    ours, theirs = pty.openpty()
    added = ("admin", "users", "add", operator.login, *CLAIRE, "--all-communes")
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", TERMINAL, *added],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": operator.database.url,
            "GUICHET_STATE": str(operator.settings.state),
        },
        start_new_session=True,
    )
    os.close(theirs)
    shown, waiting = b"", list(typed)
    with contextlib.suppress(OSError):  # its end, on Linux
        while piece := os.read(ours, 4096):
            shown += piece
            if waiting and shown.endswith(b": "):
                os.write(ours, waiting.pop(0).encode())
    os.close(ours)
    return process.wait(30), shown.decode()


async def test_an_agent_is_somebody_in_the_group_on_telegram(
    operator: Operator, database: Database
) -> None:
    number = str(2**33 + uuid4().int % 2**50)
    await operator.adds()
    told = await operator.types("telegram", operator.login, number)
    assert told == f"{operator.login} is the user {number} on Telegram\n"
    async with database.transaction() as tx:
        linked = await forum.linked(tx, int(number))
    assert linked is not None
    assert linked.agent is not None
    assert linked.agent.name == "Claire"
    await operator.types("telegram", operator.login, "--nobody")
    async with database.transaction() as tx:
        linked = await forum.linked(tx, int(number))
    assert linked is not None  # that they had an account is not forgotten
    assert linked.agent is None


async def test_a_terminal_asks_twice_and_shows_nothing_of_it(operator: Operator) -> None:
    code, shown = at_a_terminal(operator, f"{PASSWORD}\n", f"{PASSWORD} autre\n")
    assert code == 1
    assert "the two differ" in shown
    code, shown = at_a_terminal(operator, f"{PASSWORD}\n", f"{PASSWORD}\n")
    assert code == 0, shown
    assert PASSWORD not in shown
    assert operator.login in await operator.line()


async def test_ctrl_c_at_the_prompt_changes_nothing(operator: Operator) -> None:
    code, shown = at_a_terminal(operator, "\x03")
    assert code == 1
    assert "nothing was changed" in shown
    assert operator.login not in await operator.types("list")


async def test_a_role_must_have_a_second_factor_or_no_longer(operator: Operator) -> None:
    told = await operator.types("second-factor", "--role", "supervisor")
    assert "supervisor                 must have a second factor" in told
    assert "agent                      may have one" in told
    assert "must" in await operator.types("second-factor")
    assert "must" not in await operator.types("second-factor", "--role", "supervisor", "--not")
    assert "of which role" in await operator.is_refused("second-factor", "--not")


async def test_an_agent_may_sign_in_with_the_provider_or_no_longer(operator: Operator) -> None:
    await operator.adds()
    assert "may sign in" in await operator.types("provider", operator.login, "--allow")
    assert "active, provider;" in await operator.line()
    assert "no longer" in await operator.types("provider", operator.login, "--forbid")
    assert "provider" not in await operator.line()
