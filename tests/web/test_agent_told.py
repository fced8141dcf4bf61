"""What an agent's page is told of beside lists and conversations: mentions and alerts."""

from __future__ import annotations

from bot.accounts import session_store
from bot.conversations.live import ANY_TICKET
from bot.handover import alerting
from bot.handover.alerting import How, What
from bot.parts import Service
from bot.storage.transaction import Database
from bot.web.agent.alert_shapes import Alerts
from bot.web.agent.feed import Feed
from tests.handover.builders import BRON, a_case
from tests.turn.scripted import now
from tests.web.browsers import Browsers
from tests.web.test_agent_doors import AtDesk, at_desk, hear, listening, streaming

__all__ = ["listening"]


def calling(*agents: AtDesk, key: str = "n") -> dict[str, object]:
    text = " ".join(f"@{one.agent.name}" for one in agents)
    return {"id": key, "text": text, "mentions": [str(one.agent.id) for one in agents]}


async def test_a_mention_is_heard_of_live_and_read_by_opening_the_ticket(
    listening: Service, browsers: Browsers, database: Database
) -> None:
    claire, karim = await at_desk(browsers, database), await at_desk(browsers, database, "Karim")
    case = await a_case(database)
    path = f"/tickets/{case.reference}"
    async with streaming(karim, "queue=cited") as heard:
        assert (await hear(heard, "queue")).data["counts"]["cited"] == 0
        await claire.posts(f"{path}/note", calling(karim))
        queue = (await hear(heard, "queue")).data
        assert queue["counts"]["cited"] == 1
        assert [(row["reference"], row["is_cited"]) for row in queue["rows"]] == [
            (case.reference, True)
        ]
        (note,) = (await karim.gets(path))["ticket"]["notes"]
        assert note["mentions"] == [{"name": "Karim", "is_me": True}]
        assert (await hear(heard, "queue")).data["counts"]["cited"] == 0
    (note,) = (await claire.gets(path))["ticket"]["notes"]
    assert note["mentions"] == [{"name": "Karim", "is_me": False}]


async def test_a_mention_on_screen_is_read(
    listening: Service, browsers: Browsers, database: Database
) -> None:
    claire, karim = await at_desk(browsers, database), await at_desk(browsers, database, "Karim")
    case = await a_case(database)
    path = f"/tickets/{case.reference}"
    async with streaming(karim, f"queue=cited&ticket={case.reference}") as heard:
        await claire.posts(f"{path}/note", calling(karim))
        while not (await hear(heard, "ticket")).data["row"]["is_cited"]:
            pass
        await karim.posts(f"{path}/read", {"seq": 1})
        assert not (await hear(heard, "ticket")).data["row"]["is_cited"]


async def test_a_colleague_without_the_right_is_refused_and_offered_to_nobody(
    browsers: Browsers, database: Database
) -> None:
    claire = await at_desk(browsers, database)
    zoe = await at_desk(browsers, database, "Zoé", communes=frozenset({BRON}))
    case = await a_case(database)
    path = f"/tickets/{case.reference}"
    refused = await claire.posts(f"{path}/note", calling(zoe), 400)
    assert (refused["field"], refused["reason"]) == ("mentions", "mention")
    for odd in (["x"], "x", [str(zoe.agent.id)] * 21):
        await claire.posts(f"{path}/note", {"id": "m", "text": "@Zoé", "mentions": odd}, 400)
    offered = (await claire.gets(f"{path}/colleagues"))["colleagues"]
    assert str(zoe.agent.id) not in [one["id"] for one in offered]


async def test_choices_of_alerts_are_an_agent_s_own(browsers: Browsers, database: Database) -> None:
    claire, karim = await at_desk(browsers, database), await at_desk(browsers, database, "Karim")
    nothing = {what.value: "none" for what in What}
    assert await claire.gets("/alerts") == nothing
    wanted = {**nothing, "mention": "sounded"}
    assert await claire.posts("/alerts", wanted, 200) == wanted
    assert await claire.gets("/alerts") == wanted
    assert await karim.gets("/alerts") == nothing
    for odd in ({}, {**nothing, "new": "loud"}, {**nothing, "due": None}):
        await claire.posts("/alerts", odd, 400)


async def test_only_who_chose_is_alerted_and_by_kind_and_reference_alone(
    assembled: Service, browsers: Browsers, database: Database
) -> None:
    claire, karim = await at_desk(browsers, database), await at_desk(browsers, database, "Karim")
    case = await a_case(database)
    async with database.transaction() as tx:
        token = await session_store.open_session(tx, karim.agent.id, "Firefox", now())
    feed = Feed(assembled, token, "fr", "mine", None, None, 0)

    async def alerts(*changed: str) -> list[Alerts]:
        return [n.body for n in await feed.around(changed) if isinstance(n.body, Alerts)]

    assert await alerts(ANY_TICKET) == []
    async with database.transaction() as tx:
        await alerting.choose(tx, karim.agent, {What.MENTION: How.SHOWN}, now())
    (none_yet,) = await alerts(ANY_TICKET)
    assert none_yet.recent == []
    assert await alerts() == []  # no delay was chosen: nothing is read by the clock
    await claire.posts(f"/tickets/{case.reference}/note", calling(karim))
    (told,) = await alerts(case.reference)
    (alert,) = told.recent
    assert (alert.what, alert.how, alert.reference) == (What.MENTION, How.SHOWN, case.reference)
    assert "Karim" not in told.model_dump_json()
    assert await alerts(case.reference) == []  # told before
