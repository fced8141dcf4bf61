"""The operator's commands on a real database."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

from bot.errors import Forbidden
from bot.files.folder import FolderStore
from bot.mail import store as letters
from bot.open311 import operations as open311
from bot.retention.sweeping import Stored, sweep
from bot.service_requests.operations import FileRequest
from bot.storage.transaction import Database
from tests.commands import perform
from tests.handover.builders import a_case
from tests.mail.builders import id_of, no_letters, posted
from tests.retention.old_things import a_conversation, days
from tests.service_requests.test_twins import DRAFT, a_speaker
from tests.turn.scripted import now

ROOT = Path(__file__).resolve().parents[2]


def admin(state: Path, url: str, *arguments: str) -> str:
    done = run_admin(state, url, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_admin(state: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": url, "GUICHET_STATE": str(state)}
    return perform(["admin", *arguments], environment)


async def test_retention_is_rehearsed_or_done_with_its_counts(
    database: Database, tmp_path: Path
) -> None:
    await sweep(database, Stored.of(FolderStore(tmp_path / "files")), now())
    old = await a_conversation(database, now() - days(91))
    told = admin(tmp_path, database.url, "retention", "--dry-run")
    assert "conversation_text       1" in told
    assert "nothing was forgotten" in told
    assert await old.left() != []
    assert "conversation_text       1" in admin(tmp_path, database.url, "retention")
    assert await old.left() == []


async def test_a_key_of_open311_is_shown_once_listed_and_revoked(
    database: Database, tmp_path: Path
) -> None:
    def keys(*arguments: str) -> str:
        return admin(tmp_path, database.url, "open311", "keys", *arguments)

    secret = keys("add", "Allo Oullins", "--commune", "69149").strip()
    async with database.transaction() as tx:
        key = await open311.key_of(tx, secret)
        assert (key.name, key.commune) == ("Allo Oullins", "69149")
    (line,) = [line for line in keys("list").splitlines() if "Allo Oullins" in line]
    assert "69149" in line
    assert line.endswith("in use")
    assert secret not in line
    again = run_admin(tmp_path, database.url, "open311", "keys", "add", "Allo Oullins")
    assert again.returncode == 1
    assert "revoke it first" in again.stderr
    assert "is revoked" in keys("revoke", "Allo Oullins")
    async with database.transaction() as tx:
        with pytest.raises(Forbidden):
            await open311.key_of(tx, secret)
    assert keys("add", "Allo Oullins").strip() != secret


def test_a_key_is_for_a_town_of_ours_and_only_a_key_in_use_is_revoked(
    database_url: str, tmp_path: Path
) -> None:
    for arguments, why in (
        (("add", "Paris", "--commune", "75056"), "75056"),
        (("revoke", "nobody"), "nobody"),
    ):
        refused = run_admin(tmp_path, database_url, "open311", "keys", *arguments)
        assert refused.returncode == 1
        assert why in refused.stderr


async def test_a_letter_that_failed_is_seen_with_its_cause_and_sent_again(
    database: Database, tmp_path: Path
) -> None:
    await no_letters(database)
    key, attempt = await posted(database, now()), uuid4()
    letter = await id_of(database, key)
    async with database.transaction() as tx:
        await letters.lease(tx, attempt, now(), 1)
        await letters.mark_failed(tx, letter, attempt, now(), "550 5.1.1 no such\nperson")
    told = admin(tmp_path, database.url, "mail", "list")
    assert f"{letter}  " in told
    assert "failed   2026-004217  a…@citoyenne.example  Signalement reçu" in told
    assert "attempt 1: 550 5.1.1 no such person" in told
    assert "no mail server is set" in told
    shown = json.loads(admin(tmp_path, database.url, "mail", "list", "--json"))
    assert (shown["letter"], shown["state"]) == (str(letter), "failed")

    for wrong, why in (((), "--all"), ((str(attempt),), "was not given up")):
        refused = run_admin(tmp_path, database.url, "mail", "retry", *wrong)
        assert refused.returncode == 1
        assert why in refused.stderr
    assert admin(tmp_path, database.url, "mail", "retry", str(letter)) == "1 will be sent again\n"
    async with database.transaction() as tx:
        assert [each.id for each in await letters.lease(tx, attempt, now(), 10)] == [letter]
        await letters.mark_sent(tx, letter, attempt, now())
    assert "no such letter" in admin(tmp_path, database.url, "mail", "list")
    assert f"{letter}" in admin(tmp_path, database.url, "mail", "list", "--all")


async def test_a_request_is_listed_and_its_state_changed(
    database: Database, tmp_path: Path
) -> None:
    owner = await a_speaker(database)
    async with database.transaction() as tx:
        reference = (await FileRequest(DRAFT).perform(tx, owner, now())).reference
    assert reference in admin(tmp_path, database.url, "requests", "list", "--limit", "5000")
    done = admin(tmp_path, database.url, "requests", "set", reference, "in_progress")
    assert done == f"{reference} is in_progress; 1 will be told\n"
    for refused, why in (
        (("set", reference, "rejected"), "--reason"),
        (("set", "2026-999999", "resolved"), "there is no request"),
        (("set", reference, "in_progress"), "not allowed"),
        (("set", reference, "rejected", "--not-ours", "nobody"), "private_place"),
        (("route", reference, "nothing"), "no service nothing"),
        (("merge", reference, reference), "not allowed"),
    ):
        failed = run_admin(tmp_path, database.url, "requests", *refused)
        assert failed.returncode != 0
        assert why in failed.stderr


async def test_a_ticket_is_read_and_answered_without_the_page(
    database: Database, tmp_path: Path
) -> None:
    case = await a_case(database, "ma demande de composteur n’avance pas")

    assert case.reference in admin(tmp_path, database.url, "tickets", "--json")
    told = admin(
        tmp_path, database.url, "tickets", "reply", case.reference, "--as", "Claire", "Je regarde."
    )
    assert told == f"{case.reference} is answered by Claire\n"
    assert ("agent", "Je regarde.") in await case.said()
    failed = run_admin(tmp_path, database.url, "tickets", "show", "2026-999999")
    assert (failed.returncode, len(failed.stderr.splitlines())) == (1, 1)
    assert "there is no ticket 2026-999999" in failed.stderr


async def test_a_site_is_allowed_for_towns_listed_and_denied(
    database: Database, tmp_path: Path
) -> None:
    def widget(*arguments: str) -> str:
        return admin(tmp_path, database.url, "widget", *arguments)

    site = "https://www.agglo.example"
    told = widget("allow", site, "--commune", "oullins")
    assert told.strip() == f"{site} may open the assistant for Oullins-Pierre-Bénite"
    assert "Bron, Oullins-Pierre-Bénite" in widget("allow", site, "--commune", "Bron")
    assert "all towns" in widget("allow", site)
    assert f"{site}  " in widget("list")
    widget("deny", site)
    assert site not in widget("list")
    for arguments, why in (
        (("deny", site), "is not allowed"),
        (("allow", f"{site}/contact"), f"nothing after its host: {site}"),
        (("allow", "agglo.example"), "begins with https://"),
        (("allow", site, "--commune", "Paris"), "no commune of the metropolis is called Paris"),
    ):
        done = run_admin(tmp_path, database.url, "widget", *arguments)
        assert done.returncode == 1
        assert why in done.stderr
