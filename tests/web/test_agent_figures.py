"""The pages of figures: who gets in, what leads where, what is exported."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from uuid import uuid4

import pytest

from bot.accounts.rules import Agent, Role
from bot.audit import store as audit
from bot.audit.rules import Wanted
from bot.parts import Service
from bot.storage.transaction import Database
from tests.figures.builders import RILLIEUX, Past, at
from tests.handover.builders import BRON
from tests.web.browsers import Browsers
from tests.web.test_agent_doors import AtDesk, at_desk

IN_MARCH = "from=2026-03-02&to=2026-03-15"


@pytest.fixture
async def past(database: Database) -> Past:
    return await Past.of(database)


@pytest.fixture
async def lead(browsers: Browsers, database: Database) -> AtDesk:
    towns = frozenset({RILLIEUX})
    return await at_desk(browsers, database, "Chantal", role=Role.SUPERVISOR, communes=towns)


async def shown(desk: AtDesk, path: str, status: int = 200) -> str:
    answer = await desk.browser.get(f"/agent/figures{path}")
    assert answer.status == status, answer.body
    return answer.body.decode()


async def exported(desk: AtDesk, path: str) -> list[list[str]]:
    answer = await desk.browser.get(f"/agent/figures/csv{path}")
    assert answer.status == 200, answer.body
    assert answer.body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline=""), delimiter=";"))


async def test_every_figure_leads_to_a_list_with_as_many_rows(past: Past, lead: AtDesk) -> None:
    await past.ticket(at(3), at(3, 10), at(4), score="good")
    await past.ticket(at(10), team="voirie")
    await past.request(at(3), ("resolved", at(5)), ("reopened", at(6)), score="bad")
    doubted = await past.conversation(at(3), last_seq=1)
    await past.message(doubted, 1, at(3), text="le bidule", content={"doubted": True})
    page = await shown(lead, f"/history?{IN_MARCH}&by=week")
    links = re.findall(r'<a href="/agent/figures(/list\?[^"]+)">([\d ]+)<', page)
    counts = {unescape(link): count for link, count in links}
    assert len(counts) > 20
    for link, count in counts.items():
        assert f"<strong>{count}</strong>" in await shown(lead, link), link
        assert len(await exported(lead, link)) == int(count) + 1, link


async def test_the_list_of_now_opens_on_the_desk(past: Past, lead: AtDesk) -> None:
    reference = await past.ticket(at(3))
    page = await shown(lead, "")
    assert "Hors délai" in page
    (link,) = re.findall(r'href="/agent/figures(/list\?of=breached[^"&]*&amp;lang=fr)"', page)
    assert f"/agent?ticket={reference}&amp;lang=fr" in await shown(lead, unescape(link))
    fragment = await shown(lead, "/live")
    assert "<html" not in fragment
    assert "Hors délai" in fragment


async def test_figures_are_refused_in_words_to_others(
    past: Past, browsers: Browsers, database: Database
) -> None:
    claire = await at_desk(browsers, database, communes=frozenset({RILLIEUX}))
    for path in (
        "",
        "/history",
        "/list?of=queued",
        "/csv/teams",
        f"/csv/list?of=tickets_opened&{IN_MARCH}",
    ):
        assert "réservés aux responsables" in await shown(claire, path, 403)
    assert "forbidden" in await shown(claire, "/live", 403)
    assert 'href="/agent/figures' not in (await claire.browser.get("/agent")).body.decode()


async def test_another_town_s_figures_are_nobody_s_but_theirs(
    past: Past, browsers: Browsers, database: Database
) -> None:
    reference = await past.ticket(at(3))
    other = await at_desk(
        browsers, database, "Luc", role=Role.COMMUNE_ADMINISTRATOR, communes=frozenset({BRON})
    )
    assert reference not in await shown(other, f"/list?of=tickets_opened&{IN_MARCH}")
    for path in (f"/list?of=tickets_opened&{IN_MARCH}", "/history?days=7", "?lang=fr"):
        assert "réservés aux" in await shown(other, f"{path}&town={RILLIEUX}", 403)
    rows = await exported(other, f"/list?of=tickets_opened&{IN_MARCH}")
    assert reference not in {row[0] for row in rows}


@pytest.mark.parametrize(
    "path",
    [
        "/history?days=8",
        "/history?from=2026-13-01",
        "/history?from=2026-03-15&to=2026-03-02",
        "/history?from=2001-01-01&to=2026-03-02",
        "/history?from=9999-12-31",
        "/history?by=hour",
        f"/history?town={'x' * 65}",
        "/history?team=a%00b",
        "/list?of=everything",
        "/list",
        "/list?of=queued&page=0",
        "/list?of=queued&page=99999999999",
        "/list?of=held&holder=me",
        "/list?of=tickets_open&age=9",
    ],
)
async def test_what_makes_no_sense_is_refused(lead: AtDesk, path: str) -> None:
    assert 'role="alert"' in await shown(lead, path, 400)


async def test_what_citizens_wrote_is_no_formula(past: Past, lead: AtDesk) -> None:
    doubted = await past.conversation(at(3), last_seq=1)
    text = '=HYPERLINK("https://x.example";"lisez")'
    await past.message(doubted, 1, at(3), text=text, content={"doubted": True})
    for path in (f"/list?of=misunderstood&{IN_MARCH}", f"/doubts?{IN_MARCH}"):
        rows = await exported(lead, path)
        assert rows[1][-1] == f"'{text}"
    page = await shown(lead, f"/history?{IN_MARCH}")
    assert "<script" not in page.split("<main")[1]
    assert "style=" not in page


async def test_what_citizens_wrote_is_not_taken_out_unseen(
    browsers: Browsers, database: Database
) -> None:
    name, towns = uuid4().hex, frozenset({RILLIEUX})
    lead = await at_desk(browsers, database, name, role=Role.SUPERVISOR, communes=towns)
    days = f"{RILLIEUX} 2026-03-02/2026-03-15"
    await shown(lead, f"/history?{IN_MARCH}")
    for path in ("/list?of=misunderstood&", "/doubts?", "/requests?"):
        await exported(lead, f"{path}{IN_MARCH}")
    reader = Agent(uuid4(), "Nadia", Role.COMMUNE_ADMINISTRATOR, towns)
    async with database.transaction() as tx:
        found = await audit.entries(tx, reader, Wanted(who=name))
    assert [(one.action, one.subject) for one in found] == [
        ("figures.exported", f"doubts {days}"),
        ("figures.exported", f"misunderstood {days}"),
        ("figures.listed", f"doubts {days}"),
    ]


async def test_a_long_list_has_pages(past: Past, lead: AtDesk) -> None:
    for hour in range(52):
        await past.request(at(3 + hour // 24, hour % 24))
    path = f"/list?of=requests_filed&{IN_MARCH}"
    first = await shown(lead, path)
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first
    second = await shown(lead, f"{path}&page=2")
    assert second.count('<th scope="row">') == 2
    assert len(await exported(lead, f"/requests?{IN_MARCH}&by=week")) == 3


async def test_a_table_that_there_is_not(lead: AtDesk, assembled: Service) -> None:
    assert (await lead.browser.get("/agent/figures/csv/guessed")).status == 404


async def test_figures_in_english(past: Past, lead: AtDesk) -> None:
    await past.ticket(at(3), at(3, 10, 30))
    page = await shown(lead, f"/history?{IN_MARCH}&lang=en&team=accueil")
    assert "An agent’s first answer" in page
    assert "Messages not understood" not in page  # those have no team
    rows = await exported(lead, f"/first_answer?{IN_MARCH}&lang=en&by=week")
    assert rows[1][1:] == ["1", "1.50", "1.50"]
