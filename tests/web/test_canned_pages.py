"""The settings of canned answers and macros, without scripts, and the doors of what is at hand."""

from __future__ import annotations

import re
import uuid

import pytest
from sqlalchemy import delete

from bot.accounts.rules import Role
from bot.answers.tables import CannedEntry, CannedVersion
from bot.storage.transaction import Database
from tests.handover.builders import BRON, OULLINS, a_case
from tests.web.browsers import Answer, Browsers
from tests.web.test_agent_doors import AtDesk, at_desk

PAGE = "/agent/settings/answers"
FORM = {"code": "hello", "title_fr": "Bonjour", "body_fr": "Bonjour {{agent}}.", "deed": "save"}


@pytest.fixture(autouse=True)
async def nothing_at_hand(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(delete(CannedVersion))
        await tx.execute(delete(CannedEntry))


@pytest.fixture
async def admin(browsers: Browsers, database: Database) -> AtDesk:
    role = Role.METROPOLIS_ADMINISTRATOR
    return await at_desk(browsers, database, "Ali", role=role, communes=None)


async def writes(who: AtDesk, path: str, **fields: str) -> Answer:
    return await who.browser.ask("POST", path, data=fields, allow_redirects=False)


async def test_an_answer_is_written_changed_and_restored(admin: AtDesk) -> None:
    assert (await writes(admin, f"{PAGE}/new", **FORM)).status == 303
    page = await find(admin, "Bonjour")
    changed = {**FORM, "title_fr": "Salut", "version": "1"}
    assert (await writes(admin, page, **changed)).status == 303
    body = (await admin.browser.get(page)).body.decode()
    assert "<del>Bonjour</del><ins>Salut</ins>" in body
    assert (await writes(admin, page, deed="restore", version="1")).status == 303
    assert await find(admin, "Bonjour") == page


async def find(who: AtDesk, asked: str) -> str:
    """The page of the only one that the list finds."""
    body = (await who.browser.get(f"{PAGE}?q={asked}")).body.decode()
    (number,) = re.findall(rf'href="{PAGE}/(\d+)\?', body)
    return f"{PAGE}/{number}"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("body_fr", "{{prenom}}", "Une variable n’existe pas"),
        ("title_fr", "x" * 200, "trop long"),
        ("code", "É", "Le code commence"),
        ("services", "nothing", "Un choix n’existe pas"),
        ("commune", "99999", "Un choix n’existe pas"),
    ],
)
async def test_what_cannot_be_saved_says_why_and_keeps_what_was_written(
    admin: AtDesk, field: str, value: str, said: str
) -> None:
    answer = await writes(admin, f"{PAGE}/new", **{**FORM, field: value})
    assert answer.status == 400
    assert said in answer.body.decode()
    assert 'role="alert"' in answer.body.decode()


async def test_a_preview_fills_a_sample_and_saves_nothing(admin: AtDesk) -> None:
    previewed = {**FORM, "body_fr": "{{agent}} {{citoyen}}", "deed": "preview"}
    answer = await writes(admin, f"{PAGE}/new", **previewed)
    assert "Claire <mark>⟦citoyen⟧</mark>" in answer.body.decode()
    assert "Bonjour" not in (await admin.browser.get(PAGE)).body.decode()


async def test_somebody_else_s_change_is_not_written_over(admin: AtDesk) -> None:
    await writes(admin, f"{PAGE}/new", **FORM)
    page = await find(admin, "Bonjour")
    await writes(admin, page, **{**FORM, "title_fr": "Salut", "version": "1"})
    answer = await writes(admin, page, **{**FORM, "title_fr": "Coucou", "version": "1"})
    assert answer.status == 409
    assert 'value="Coucou"' in answer.body.decode()


async def test_an_agent_reads_and_saves_nothing(
    admin: AtDesk, browsers: Browsers, database: Database
) -> None:
    await writes(admin, f"{PAGE}/new", **FORM)
    claire = await at_desk(browsers, database)
    page = await find(claire, "Bonjour")
    assert "Un administrateur peut la modifier" in (await claire.browser.get(page)).body.decode()
    for path in (page, f"{PAGE}/new"):
        answer = await writes(claire, path, **{**FORM, "code": "other", "version": "1"})
        assert answer.status == 403


async def test_a_town_s_administrator_adds_for_their_town_and_sees_no_other(
    admin: AtDesk, browsers: Browsers, database: Database
) -> None:
    await writes(admin, f"{PAGE}/new", **{**FORM, "commune": BRON})
    brons = await find(admin, "Bonjour")
    role = Role.COMMUNE_ADMINISTRATOR
    omar = await at_desk(browsers, database, "Omar", role=role)
    assert (await omar.browser.get(brons)).status == 404
    assert (await writes(omar, f"{PAGE}/new", **FORM)).status == 403
    assert (await writes(omar, f"{PAGE}/new", **{**FORM, "commune": BRON})).status == 400
    assert (await writes(omar, f"{PAGE}/new", **{**FORM, "commune": OULLINS})).status == 303


async def test_a_town_s_administrator_adapts_what_is_for_all(
    admin: AtDesk, browsers: Browsers, database: Database
) -> None:
    await writes(admin, f"{PAGE}/new", **FORM)
    role = Role.COMMUNE_ADMINISTRATOR
    omar = await at_desk(browsers, database, "Omar", role=role)
    page = (await omar.browser.get(await find(omar, "Bonjour"))).body.decode()
    (link,) = re.findall(rf'href="({PAGE}/new\?from=\d+)&', page)
    form = (await omar.browser.get(link)).body.decode()
    assert 'value="hello"' in form
    assert "Bonjour {{agent}}." in form
    brons = {**FORM, "code": "brons", "title_fr": "Bron", "commune": BRON}
    await writes(admin, f"{PAGE}/new", **brons)
    number = (await find(admin, "Bron")).rpartition("/")[2]
    assert (await omar.browser.get(f"{PAGE}/new?from={number}")).status == 404


async def test_a_macro_is_written_shown_beforehand_and_run(
    admin: AtDesk, browsers: Browsers, database: Database
) -> None:
    await writes(admin, f"{PAGE}/new", **FORM)
    macro = {"code": "end", "title_fr": "Fin", "reply": "hello", "closes": "1", "deed": "save"}
    assert (await writes(admin, "/agent/settings/macros/new", **macro)).status == 303
    claire, case = await at_desk(browsers, database), await a_case(database)
    (shown,) = (await claire.gets(f"/tickets/{case.reference}/at-hand"))["macros"]
    assert [step["detail"] for step in shown["steps"]] == ["Bonjour Claire.", ""]
    run = {"id": uuid.uuid4().hex, "version": shown["version"]}
    await claire.posts(f"/tickets/{case.reference}/macros/{shown['id']}", run)
    view = await claire.gets(f"/tickets/{case.reference}")
    assert "Claire a lancé la macro" in " ".join(one["text"] for one in view["ticket"]["history"])
    assert view["ticket"]["row"]["is_open"] is False


async def test_a_reply_closes_in_the_same_press_or_is_not_said(
    browsers: Browsers, database: Database
) -> None:
    claire, case = await at_desk(browsers, database), await a_case(database)
    seen = (await case.conversation())["last_seq"]
    await case.writes("encore un mot")
    body = {"id": "one", "text": "C’est fait.", "then": "close", "seen_through": seen}
    refused = await claire.posts(f"/tickets/{case.reference}/reply", body, 409)
    assert refused["error"] == "unseen"
    assert ("agent", "C’est fait.") not in await case.said()
    body = {**body, "seen_through": (await case.conversation())["last_seq"]}
    for _ in range(2):  # a repeat changes nothing
        await claire.posts(f"/tickets/{case.reference}/reply", body, 200)
    assert (await case.ticket())["status"] == "closed"
    assert [text for who, text in await case.said() if who == "agent"] == ["C’est fait."]


async def test_a_reply_with_a_blank_is_refused(browsers: Browsers, database: Database) -> None:
    claire, case = await at_desk(browsers, database), await a_case(database)
    body = {"id": "one", "text": "Bonjour ⟦citoyen⟧"}
    refused = await claire.posts(f"/tickets/{case.reference}/reply", body, 400)
    assert refused["reason"] == "blank"


async def test_a_draft_is_found_on_another_device_until_it_is_sent(
    browsers: Browsers, database: Database
) -> None:
    claire, case = await at_desk(browsers, database), await a_case(database)
    path = f"/tickets/{case.reference}/draft"
    await claire.posts(path, {"mode": "reply", "text": "Bonj"})
    assert [one["text"] for one in (await claire.gets(path))["drafts"]] == ["Bonj"]
    await claire.says(case.reference, "Bonjour.")
    assert (await claire.gets(path))["drafts"] == []
