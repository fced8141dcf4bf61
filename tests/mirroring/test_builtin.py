"""Our own tables as a backend, beyond what every backend must do."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from bot.cli.failures import CommandFailed
from bot.cli.subjects import tickets as command
from bot.files.folder import FolderStore
from bot.handover import answering
from bot.handover.attaching import AttachedFiles
from bot.mirroring.builtin import Builtin
from bot.service_requests.photos import PhotoFiles
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.tickets.backends.port import (
    Attached,
    Comment,
    File,
    News,
    NotNow,
    Opening,
    Refused,
    Remote,
    Said,
    Seen,
)
from bot.tickets.backends.rules import State
from bot.tickets.rules import Priority, Status
from bot.words.phrases import ShownPhoto
from tests.handover.builders import COUNTER, OULLINS, Case, a_case, an_agent
from tests.running import ROOT
from tests.tickets.backends.builtin_place import builtin
from tests.unique import a_word
from tests.web.browsers import a_picture

ELSEWHERE = State(Status.OPEN, Priority.NORMAL, "voirie")


@pytest.fixture
def backend(database: Database, tmp_path: Path) -> Builtin:
    return builtin(database, tmp_path)


async def found(backend: Builtin, case: Case) -> Remote:
    remote = await backend.find(case.reference)
    assert remote is not None
    return remote


def an_opening(reference: str) -> Opening:
    return Opening(reference, "un permis", "« c’est combien ? »", "", ELSEWHERE, utc_now())


async def news_of(backend: Builtin, case: Case, cursor: str) -> list[News]:
    """Of its ticket, page after page: other tests' tickets have moved too."""
    news: list[News] = []
    page = await backend.changes(cursor)
    while True:
        news += [one for one in page.news if one.remote_id == case.reference]
        if page.is_last:
            return news
        page = await backend.changes(page.cursor)


async def begin(backend: Builtin) -> str:
    return (await backend.changes(None)).cursor


async def test_a_citizens_ticket_is_found_and_never_made_twice(
    backend: Builtin, database: Database
) -> None:
    case = await a_case(database)
    made = await backend.create(an_opening(case.reference))
    assert made == await found(backend, case)
    assert made.url.endswith(f"/agent?ticket={case.reference}")
    assert (await case.ticket())["summary"] == "je veux parler à quelqu'un"


async def test_a_reference_from_elsewhere_is_given_to_nobody_else(
    backend: Builtin, database: Database
) -> None:
    year, number = (await a_case(database)).reference.split("-")
    ahead = int(number) + 1
    await backend.create(an_opening(f"{year}-{ahead:06d}"))
    assert (await a_case(database)).reference == f"{year}-{ahead + 1:06d}"
    with pytest.raises(Refused, match="no reference"):
        await backend.create(an_opening("permis"))


async def test_words_said_twice_under_one_key_reach_the_citizen_once(
    backend: Builtin, database: Database
) -> None:
    case = await a_case(database)
    for _ in range(2):
        await backend.comment(case.reference, Comment("1/m4", "Karim", "Nous passons jeudi."))
        await backend.comment(case.reference, Comment("1/e5", "Karim", "la clé est au 3", True))
    assert [text for sender, text in await case.said() if sender == "agent"] == [
        "Nous passons jeudi."
    ]
    assert (await case.kinds()).count("note") == 1
    assert (await case.ticket())["assignee_name"] == "Karim"


async def test_a_reply_through_it_is_known_as_its_own(backend: Builtin, database: Database) -> None:
    case, cursor = await a_case(database), await begin(backend)
    await backend.comment(case.reference, Comment("1/m4", "Karim", "Bonjour"))
    [seen] = await news_of(backend, case, cursor)
    assert isinstance(seen, Seen)
    assert seen.is_ours


async def test_pictures_of_an_agents_answer_can_be_fetched(
    backend: Builtin, database: Database, tmp_path: Path
) -> None:
    case, cursor = await a_case(database), await begin(backend)
    agent = await an_agent(database)
    photos = PhotoFiles(FolderStore(tmp_path))
    photo, picture = await photos.keep(a_picture())
    async with database.transaction() as tx:
        await answering.reply(
            tx,
            agent,
            case.reference,
            "Voici.",
            uuid4().hex,
            COUNTER,
            utc_now(),
            photos=(ShownPhoto(str(photo), "un plan"),),
        )
    news = await news_of(backend, case, cursor)
    assert [one.text for one in news if isinstance(one, Said)] == ["Voici."]
    [shown] = [one for one in news if isinstance(one, Attached)]
    assert await backend.fetch(shown.handle, len(picture.data)) == picture.data


async def test_a_state_that_it_has_already_is_not_set_again(
    backend: Builtin, database: Database
) -> None:
    case = await a_case(database)
    before = (await found(backend, case)).state
    wanted = replace(before, status=Status.CLOSED, priority=Priority.HIGH)
    assert await backend.update(case.reference, wanted, before) == wanted
    kinds = await case.kinds()
    assert await backend.update(case.reference, wanted, before) == wanted
    assert await case.kinds() == kinds
    assert await backend.update(case.reference, before, wanted) == replace(
        before, priority=Priority.NORMAL
    )


async def test_one_of_several_with_a_name_is_nobody_and_a_login_is_somebody(
    backend: Builtin, database: Database
) -> None:
    case, name = await a_case(database), f"Sacha {a_word()}"
    first = await an_agent(database, name)
    await an_agent(database, name)
    before = (await found(backend, case)).state
    assert (
        await backend.update(case.reference, replace(before, assignee=name), before)
    ).assignee is None
    by_login = replace(before, assignee=f"{first.id.hex}@oullins.example")
    assert (await backend.update(case.reference, by_login, before)).assignee == name
    assert (await case.ticket())["assignee"] == first.id


async def test_what_our_rules_refuse_is_refused_in_words(
    backend: Builtin, database: Database
) -> None:
    case = await a_case(database)
    before = (await found(backend, case)).state
    with pytest.raises(Refused, match="no such team"):
        await backend.update(case.reference, replace(before, team="nulle-part"), before)
    with pytest.raises(Refused, match="nothing was written"):
        await backend.comment(case.reference, Comment("1/m4", "Karim", "  "))
    with pytest.raises(Refused, match="no such ticket"):
        await backend.holds("2020-999999", "1/m4")
    with pytest.raises(Refused, match="no such file"):
        await backend.fetch("nothing.attached", 10)
    await backend.update(case.reference, replace(before, status=Status.CLOSED), before)
    with pytest.raises(Refused, match="not open"):
        await backend.comment(case.reference, Comment("1/m4", "Karim", "Bonjour"))


class Suspicious:
    """A scanner that finds something in everything."""

    async def finding(self, data: bytes) -> str | None:
        return "Eicar"


async def test_an_infected_file_is_kept_nowhere(
    backend: Builtin, database: Database, tmp_path: Path
) -> None:
    case = await a_case(database)
    wary = replace(backend, files=AttachedFiles(FolderStore(tmp_path), Suspicious()))
    with pytest.raises(Refused, match="Eicar"):
        await wary.attach(case.reference, File("1/m5", "a.pdf", "application/pdf", b"%PDF"))
    assert not any(tmp_path.iterdir())
    assert "note" not in await case.kinds()


async def test_a_database_that_is_away_is_asked_later(tmp_path: Path) -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    try:
        with pytest.raises(NotNow):
            await builtin(away, tmp_path).find("2026-000001")
    finally:
        await away.close()


# -- the command line, where a test need not start a process ------------------------------------


class Operator:
    """Who types `./guichet admin tickets STEP REFERENCE --as Karim …`."""

    def __init__(
        self, database: Database, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._database, self._folder, self._capsys = database, folder, capsys

    async def types(self, step: str, reference: str, *more: str) -> str:
        """What is printed."""
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        author = () if step == "show" else ("--as", "Karim")
        given = parser.parse_args([step, reference, *author, *more])
        await command.main(Settings(ROOT, self._folder), self._database, given)
        return self._capsys.readouterr().out.strip()


@pytest.fixture
def operator(database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(database, tmp_path, capsys)


async def test_the_operator_reads_all_that_was_said_and_done(
    operator: Operator, database: Database
) -> None:
    case = await a_case(database, "ma demande de composteur n’avance pas")
    reference = case.reference
    await operator.types("reply", reference, "Je regarde.")
    await operator.types("note", reference, "il rappelle tous les jours")
    await operator.types("transfer", reference, "voirie")
    assert await operator.types("close", reference) == f"{reference} is closed"
    shown = await operator.types("show", reference)
    assert shown.startswith(f"{reference}  closed, normal, voirie, with nobody")
    for line in (
        "composteur",
        "Karim: Je regarde.",
        "note by Karim: il rappelle",
        "transferred by Karim",
        "closed by",
    ):
        assert line in shown
    assert "il rappelle" not in str(await case.said())
    with pytest.raises(CommandFailed, match="the team is one of"):
        await operator.types("transfer", reference, "voiries")
    with pytest.raises(CommandFailed, match="not open"):
        await operator.types("reply", reference, "encore")


async def test_the_operator_gives_a_ticket_to_an_agent_of_the_town(
    operator: Operator, database: Database
) -> None:
    case, name = await a_case(database), f"Sacha {a_word()}"
    agent = await an_agent(database, name, communes=frozenset({OULLINS}))
    reference = case.reference
    assert await operator.types("assign", reference, "--to", name) == f"{reference} is with {name}"
    assert (await case.ticket())["assignee"] == agent.id
    assert (await operator.types("assign", reference, "--nobody")).endswith("with nobody")
    assert (await operator.types("assign", reference, "--nobody")).endswith("already")
    assert (await operator.types("priority", reference, "urgent")).endswith("priority urgent")
    await operator.types("close", reference)
    assert await operator.types("reopen", reference) == f"{reference} is open"
    with pytest.raises(CommandFailed, match="no agent of that town"):
        await operator.types("assign", reference, "--to", "personne")
    await an_agent(database, name)
    with pytest.raises(CommandFailed, match="several agents are called"):
        await operator.types("assign", reference, "--to", name)


async def test_what_a_citizen_wrote_does_not_command_the_terminal(
    operator: Operator, database: Database
) -> None:
    case = await a_case(database, "bonjour\x1b[2Jet merci")
    shown = await operator.types("show", case.reference)
    assert "\x1b" not in shown
    assert "et merci" in shown
