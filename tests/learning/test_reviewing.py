"""From a misunderstood message to the training data, past an agent and a reviewer."""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from bot.accounts.rules import Agent, Role
from bot.audit import store as audit
from bot.audit.rules import Wanted
from bot.cli.subjects import training
from bot.errors import Conflict, Forbidden, Invalid, NotFound
from bot.handover import correcting, passing
from bot.handover.correcting import Correction
from bot.handover.rules import Taken
from bot.learning import operations, store
from bot.learning.operations import Decision, Example
from bot.learning.rules import Meant, Status
from bot.learning.writing import as_yaml, read
from bot.retention.operations import forget_refused, forget_training
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest, FollowRequest
from bot.settings import Settings
from bot.storage.transaction import Database
from bot.words.folding import fold
from tests.handover.builders import BRON, COUNTER, OULLINS, Case, a_case, an_agent
from tests.turn.scripted import now
from tests.unique import a_word

SETTINGS = Settings.from_environment({})
MEANT = Meant("ask_information")


async def explain(case: Case, agent: Agent, meant: Meant = MEANT, **parts: str) -> None:
    async with case.database.transaction() as tx:
        correction = Correction(1, meant, **parts)
        await correcting.correct(tx, agent, case.reference, correction, COUNTER, now())


async def pending(database: Database, agent: Agent) -> list[int]:
    async with database.transaction() as tx:
        return [row["id"] for row in await store.listed(tx, agent, Status.PENDING, now())]


async def decides(
    database: Database, agent: Agent, number: int, status: Status, text: str = "au fait"
) -> None:
    async with database.transaction() as tx:
        await operations.decide(tx, agent, number, Decision(status, text, MEANT), now())


async def a_lead(database: Database, commune: str = OULLINS) -> Agent:
    return await an_agent(database, "Nadia", Role.SUPERVISOR, frozenset({commune}))


async def test_a_meaning_waits_for_review_without_anything_personal(database: Database) -> None:
    case, claire = (
        await a_case(database, "je m'appelle Zoé, c quand le camion"),
        await an_agent(database),
    )
    lead = await a_lead(database)
    await explain(case, claire, Meant("complain"))
    await explain(case, claire)  # the last word counts
    async with database.transaction() as tx:
        rows = await store.listed(tx, lead, Status.PENDING, now())
    (row,) = [row for row in rows if row["conversation_id"] == case.speaker.conversation_id]
    assert row["text"] == "je m'appelle ‹nom›, c quand le camion"
    assert (row["intent"], row["author"], row["commune"]) == ("ask_information", "Claire", OULLINS)
    assert (await case.kinds())[-2:] == ["corrected", "corrected"]


async def test_a_wrong_service_is_put_right_on_the_request_as_well(database: Database) -> None:
    case, claire = await a_case(database, "une lampe"), await an_agent(database)
    async with database.transaction() as tx:
        draft = Draft(service="pothole", commune=OULLINS)
        filed = (await FileRequest(draft).perform(tx, case.speaker, now())).reference
    await explain(case, claire, Meant("file_request", "street_light_damaged"), request=filed)
    async with database.transaction() as tx:
        assert (await requests.case(tx, filed)).service == "street_light_damaged"
    with pytest.raises(NotFound):
        await explain(case, claire, Meant("file_request", "pothole"), request="2026-999999")


async def test_a_request_is_put_right_by_who_has_the_ticket_of_its_author(
    database: Database,
) -> None:
    case, other, claire = await a_case(database), await a_case(database), await an_agent(database)
    draft = Draft(service="pothole", commune=OULLINS)
    async with database.transaction() as tx:
        filed = (await FileRequest(draft).perform(tx, case.speaker, now())).reference
        await FollowRequest(filed, draft).perform(tx, other.speaker, now())
    light = Meant("file_request", "street_light_damaged")
    with pytest.raises(NotFound):  # of somebody else, whom this citizen only follows
        await explain(other, claire, light, request=filed)
    karim = await an_agent(database, "Karim")
    async with database.transaction() as tx:
        await passing.take(tx, karim, case.reference, COUNTER, now())
    with pytest.raises(Taken):
        await explain(case, claire, light, request=filed)
    await explain(case, claire, light)  # what was meant, anybody says
    async with database.transaction() as tx:
        assert (await requests.case(tx, filed)).service == "pothole"
    await explain(case, karim, light, request=filed)


@pytest.mark.parametrize(
    "meant",
    [Meant("nonsense"), Meant("file_request", "nonsense"), Meant("complain", "pothole")],
)
async def test_what_nothing_means_is_refused(database: Database, meant: Meant) -> None:
    case, claire = await a_case(database), await an_agent(database)
    with pytest.raises(Invalid):
        await explain(case, claire, meant)


async def test_only_leads_of_the_town_review(database: Database) -> None:
    case, claire = await a_case(database, "c quand le camion"), await an_agent(database)
    await explain(case, claire)
    elsewhere, lead = await a_lead(database, BRON), await a_lead(database)
    (number, *_) = await pending(database, lead)
    with pytest.raises(Forbidden):
        await decides(database, claire, number, Status.ACCEPTED)
    with pytest.raises(NotFound):
        await decides(database, elsewhere, number, Status.ACCEPTED)
    await decides(database, lead, number, Status.ACCEPTED)
    with pytest.raises(Conflict):
        await explain(case, claire)
    async with database.transaction() as tx:
        counts = await store.counts(tx, lead)
    assert counts["accepted"] >= 1


async def test_refused_ones_go_after_a_month_and_all_after_a_year(database: Database) -> None:
    claire, lead = await an_agent(database), await a_lead(database)
    await explain(await a_case(database, "premier message"), claire)
    await explain(await a_case(database, "second message"), claire)
    second, first, *_ = await pending(database, lead)
    await decides(database, lead, first, Status.REFUSED)
    async with database.transaction() as tx:
        await forget_refused(tx, now() + timedelta(days=31))
        assert first not in [
            row["id"] for row in await store.listed(tx, lead, Status.REFUSED, now())
        ]
        assert second in [row["id"] for row in await store.listed(tx, lead, Status.PENDING, now())]
        await forget_training(tx, now() + timedelta(days=366))
        assert await store.listed(tx, lead, Status.PENDING, now()) == []


def test_examples_are_written_as_the_reader_has_them(tmp_path: Path) -> None:
    file = tmp_path / "corrections.yml"
    examples = [
        Example(1, "c quand le camion", "ask_information", None),
        Example(2, "C'est quand: le camion ?", "ask_information", None),
        Example(3, "la lampe", "file_request", "street_light_damaged"),
    ]
    file.write_text(as_yaml(examples), "utf-8")
    assert read(file) == [(one.text, one.intent) for one in sorted(examples, key=_order)]
    assert "# street_light_damaged: la lampe" in file.read_text("utf-8")
    assert yaml.safe_load(as_yaml([])) == {"version": "3.1", "nlu": []}


async def test_whoever_reads_what_waits_for_review_is_in_the_audit_log(database: Database) -> None:
    lead = await an_agent(database, uuid4().hex, Role.SUPERVISOR, frozenset({OULLINS}))
    nadia = Agent(uuid4(), "Nadia", Role.COMMUNE_ADMINISTRATOR, frozenset({OULLINS}))
    for _ in range(2):
        await pending(database, lead)
    async with database.transaction() as tx:
        found = await audit.entries(tx, nadia, Wanted(who=lead.name))
    assert [(one.action, one.subject) for one in found] == [("list.seen", "training:pending")]


def _order(example: Example) -> tuple[str, str]:
    return example.intent, fold(example.text)


async def test_accepted_ones_are_added_once_and_contradictions_are_left_out(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claire, lead = await an_agent(database), await a_lead(database)
    texts = [f"passage du camion {a_word()} zut", "on me dérange la nuit"]
    for text in texts:
        await explain(await a_case(database, text), claire)
        (number, *_) = await pending(database, lead)
        await decides(database, lead, number, Status.ACCEPTED, text)
    known = "nlu:\n  - intent: complain\n    examples: |\n      - On me dérange la nuit\n"
    (tmp_path / "complain.yml").write_text(known, "utf-8")
    into = tmp_path / "corrections.yml"
    asked = argparse.Namespace(step="add", into=into)
    await training.main(SETTINGS, database, asked)
    assert (texts[0], "ask_information") in read(into)
    assert texts[1] not in into.read_text("utf-8")
    told = capsys.readouterr().out
    assert "run ./guichet train" in told
    assert "say otherwise: on me dérange la nuit" in told
    before = into.read_bytes()
    await training.main(SETTINGS, database, asked)
    assert into.read_bytes() == before
    assert "nothing new" in capsys.readouterr().out
    out = tmp_path / "out.yml"
    await training.main(SETTINGS, database, argparse.Namespace(step="export", accepted=out))
    assert (texts[1], "ask_information") in read(out)
