"""The agents' doors: who gets in, what each does, and what a stream tells."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.accounts import session_store
from bot.accounts.rules import Agent, Role
from bot.attachments import operations as attachments
from bot.attachments.rules import Sent, What
from bot.conversations import store as conversations
from bot.conversations.operations import Arrival, receive
from bot.conversations.turn import Speaker
from bot.handover.lists import COUNTED
from bot.parts import Service
from bot.service_requests import store as drafts
from bot.service_requests.draft import Draft
from bot.storage.transaction import Database
from bot.web import exchange
from bot.web.agent import events
from bot.web.agent.session import COOKIE
from bot.web.public import public_application
from tests.handover.builders import BRON, OULLINS, Case, a_case, an_agent
from tests.tickets.backends.builtin_place import builtin
from tests.turn.scripted import a_citizen, now
from tests.web.browsers import Answer, Browser, Browsers, a_picture


@dataclass(frozen=True)
class AtDesk:
    """A signed-in agent at a browser."""

    agent: Agent
    browser: Browser

    async def gets(self, path: str) -> Any:
        answer = await self.browser.get(f"/agent/api{path}")
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    async def posts(self, path: str, body: object, status: int = 204) -> Any:
        answer = await self.browser.post(f"/agent/api{path}", body)
        assert answer.status == status, answer.body
        return json.loads(answer.body) if answer.body else None

    async def says(self, reference: str, text: str, **parts: object) -> int:
        body = {"id": uuid.uuid4().hex, "text": text, **parts}
        return int((await self.posts(f"/tickets/{reference}/reply", body, 200))["accepted"])


async def at_desk(
    browsers: Browsers, database: Database, name: str = "Claire", **who: Any
) -> AtDesk:
    agent, browser = await an_agent(database, name, **who), await browsers(with_session=False)
    async with database.transaction() as tx:
        token = await session_store.open_session(tx, agent.id, "Firefox", now())
    browser.session.cookie_jar.update_cookies({COOKIE: token})
    return AtDesk(agent, browser)


async def a_case_at_bron(database: Database) -> Case:
    citizen = await a_citizen(database)
    case = Case(database, Speaker(uuid.UUID(int=0), citizen, "web"), "")
    await case.writes("bonjour")
    async with database.transaction() as tx:
        row = await conversations.conversation_at(tx, "web", str(citizen))
    assert row is not None
    case = Case(database, Speaker(row["id"], citizen, "web"), "")
    return Case(database, case.speaker, await case.open("bonjour", commune=BRON))


@pytest.fixture
async def claire(browsers: Browsers, database: Database) -> AtDesk:
    return await at_desk(browsers, database)


@pytest.fixture
async def case(database: Database) -> Case:
    return await a_case(database)


@pytest.fixture
async def listening(assembled: Service) -> AsyncIterator[Service]:
    """The service hears what the database announces."""
    task = asyncio.create_task(assembled.live.run())
    yield assembled
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


# Who gets in.

GETS = ["", "/colleagues", "/photos/{photo}", "/attachments/{photo}"]
DEEDS: dict[str, Callable[[], dict[str, object]]] = {
    "reply": lambda: {"id": uuid.uuid4().hex, "text": "Bonjour"},
    "note": lambda: {"id": uuid.uuid4().hex, "text": "à voir"},
    "assign": lambda: {"to": None},
    "transfer": lambda: {"id": uuid.uuid4().hex, "team": "voirie"},
    "priority": lambda: {"id": uuid.uuid4().hex, "priority": "urgent"},
    "give-back": lambda: {"id": uuid.uuid4().hex},
    "close": lambda: {"id": uuid.uuid4().hex},
    "fill": lambda: {"field": "size", "text": "grand"},
    "typing": dict,
    "read": lambda: {"seq": 1},
}
CLOSED_DEEDS: dict[str, Callable[[], dict[str, object]]] = {
    "reopen": lambda: {"id": uuid.uuid4().hex}
}


async def asked(desk: Browser, case: Case, what: str) -> Answer:
    """A door of a ticket, with what it takes."""
    path = f"/agent/api/tickets/{case.reference}"
    if what in GETS:
        return await desk.get(path + what.format(photo=uuid.uuid4()))
    return await desk.post(f"{path}/{what}", {**DEEDS, **CLOSED_DEEDS}[what]())


@pytest.mark.parametrize("what", [*GETS, *DEEDS, *CLOSED_DEEDS])
async def test_no_door_of_a_ticket_opens_for_anybody_else(
    browsers: Browsers, database: Database, case: Case, what: str
) -> None:
    """Not for a visitor, nor for the agent of another town, who cannot tell it from none."""
    visitor = await browsers()
    assert (await asked(visitor, case, what)).status == 403
    neighbour = await at_desk(browsers, database, communes=frozenset({BRON}))
    answer = await asked(neighbour.browser, case, what)
    assert (answer.status, json.loads(answer.body)["error"]) == (404, "not_found")
    nowhere = Case(database, case.speaker, "1999-000001")
    assert (await asked(neighbour.browser, nowhere, what)).body == answer.body


@pytest.mark.parametrize("what", [*GETS[:2], *(what for what in DEEDS if what != "fill")])
async def test_each_door_opens_for_the_agent_of_the_town(
    claire: AtDesk, case: Case, what: str
) -> None:
    answer = await asked(claire.browser, case, what)
    assert answer.status in (200, 204), answer.body
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("what", ["/queue", "/teams", "/events"])
async def test_no_list_is_shown_to_a_visitor(browsers: Browsers, what: str) -> None:
    assert (await (await browsers()).get(f"/agent/api{what}")).status == 403


@pytest.mark.parametrize("what", DEEDS)
async def test_no_other_site_does_anything(claire: AtDesk, case: Case, what: str) -> None:
    answer = await claire.browser.ask(
        "POST",
        f"/agent/api/tickets/{case.reference}/{what}",
        json=DEEDS[what](),
        headers={"Origin": "https://elsewhere.example"},
    )
    assert answer.status == 403


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        ("reply", {"id": "a"}, "text"),
        ("reply", {"id": "a b", "text": "x"}, "id"),
        ("reply", {"id": "a", "text": " \x00 "}, "text"),
        ("reply", {"id": "a", "text": "x" * 10_001}, "text"),
        ("reply", {"id": "a", "text": "x", "seen_through": -1}, "seen_through"),
        ("note", {"id": "a", "text": ""}, "text"),
        ("assign", {"to": "Claire"}, "to"),
        ("priority", {"id": "a", "priority": "now"}, "priority"),
        ("read", {"seq": 2**40}, "seq"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_its_field(
    claire: AtDesk, case: Case, what: str, body: dict[str, object], field: str
) -> None:
    told = await claire.posts(f"/tickets/{case.reference}/{what}", body, 400)
    assert told["field"] == field


async def test_a_list_shows_only_the_agent_s_towns(
    browsers: Browsers, database: Database, claire: AtDesk, case: Case
) -> None:
    elsewhere = await a_case_at_bron(database)
    shown: list[str] = []
    after: str | None = ""
    while after is not None:  # other tests' tickets are in it too
        page = await claire.gets(f"/queue?queue=all&after={after}" if after else "/queue?queue=all")
        shown += [row["reference"] for row in page["rows"]]
        after = page["next"]
    assert case.reference in shown
    assert elsewhere.reference not in shown
    counts = (await claire.gets("/queue"))["counts"]
    assert set(counts) == {"cited", "reports", *(queue.value for queue in COUNTED)}


# What each does.


async def test_a_reply_is_said_once_however_often_it_is_sent(claire: AtDesk, case: Case) -> None:
    first = await claire.says(case.reference, "Bonjour, je regarde.", id="the-same")
    again = await claire.says(case.reference, "Bonjour, je regarde.", id="the-same")
    assert first == again
    view = await claire.gets(f"/tickets/{case.reference}")
    said = [m for m in view["messages"] if m["sender"] == "agent"]
    assert [(m["text"], m["id"], m["author"]["name"]) for m in said] == [
        ("Bonjour, je regarde.", "agent:the-same", "Claire")
    ]


async def test_of_two_who_answer_one_is_told_who_was_first(
    browsers: Browsers, database: Database, claire: AtDesk, case: Case
) -> None:
    karim = await at_desk(browsers, database, "Karim")
    body = {"id": "a", "text": "Bonjour"}
    path = f"/agent/api/tickets/{case.reference}/reply"
    answers = await asyncio.gather(
        claire.browser.post(path, body), karim.browser.post(path, {**body, "id": "b"})
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    (late,) = (answer for answer in answers if answer.status == 409)
    names = {"Claire", "Karim"} - {"Karim" if late is answers[1] else "Claire"}
    assert json.loads(late.body) == {"error": "taken", "name": names.pop()}
    view = await claire.gets(f"/tickets/{case.reference}")
    assert [m["sender"] for m in view["messages"]].count("agent") == 1


async def test_a_note_is_between_agents(claire: AtDesk, case: Case, browsers: Browsers) -> None:
    note = {"id": "n", "text": "À rappeler demain."}
    for _ in range(2):
        await claire.posts(f"/tickets/{case.reference}/note", note)
    view = await claire.gets(f"/tickets/{case.reference}")
    assert [(n["author"], n["text"]) for n in view["ticket"]["notes"]] == [
        ("Claire", "À rappeler demain.")
    ]
    assert "rappeler" not in json.dumps(view["messages"])


async def test_a_ticket_goes_from_hand_to_hand(
    browsers: Browsers, database: Database, claire: AtDesk, case: Case
) -> None:
    path = f"/tickets/{case.reference}"
    await claire.posts(f"{path}/assign", {"to": str(claire.agent.id)})
    row = (await claire.gets(path))["ticket"]["row"]
    assert (row["is_mine"], row["assignee"]) == (True, "Claire")
    await claire.posts(f"{path}/priority", {"id": "p", "priority": "high"})
    await claire.posts(f"{path}/transfer", {"id": "t", "team": "voirie"})
    ticket = (await claire.gets(path))["ticket"]
    assert ticket["row"]["team"]["code"] == "voirie"
    assert ticket["row"]["assignee"] is None
    assert [line["text"] for line in ticket["history"]][1:] == [
        "Claire a pris la demande",
        "Claire a changé la priorité\u00a0: Prioritaire",
        "Claire a transmis la demande\u00a0: équipe voirie",
    ]
    await claire.posts(f"{path}/close", {"id": "c"})
    closed = await claire.gets("/queue?queue=closed")
    assert case.reference not in [row["reference"] for row in closed["rows"]]  # of her team only
    assert not (await claire.gets(path))["ticket"]["row"]["is_open"]
    await claire.posts(f"{path}/reopen", {"id": "r"})
    assert (await claire.gets(path))["ticket"]["row"]["is_open"]


async def test_what_is_a_lead_s_is_not_an_agent_s(
    browsers: Browsers, database: Database, claire: AtDesk, case: Case
) -> None:
    karim = await at_desk(browsers, database, "Karim")
    lead = await at_desk(browsers, database, "Inès", role=Role.SUPERVISOR)
    path = f"/tickets/{case.reference}"
    await karim.posts(f"{path}/assign", {"to": str(karim.agent.id)})
    to_claire = {"to": str(claire.agent.id)}
    assert (await claire.posts(f"{path}/assign", to_claire, 403))["error"] == "forbidden"
    await lead.posts(f"{path}/assign", to_claire)
    assert (await claire.gets(path))["ticket"]["row"]["is_mine"]


async def test_a_colleague_of_another_town_cannot_be_given_a_ticket(
    browsers: Browsers, database: Database, claire: AtDesk, case: Case
) -> None:
    neighbour = await an_agent(database, "Paul", communes=frozenset({BRON}))
    known = await claire.gets(f"/tickets/{case.reference}/colleagues")
    ids = [colleague["id"] for colleague in known["colleagues"]]
    assert str(claire.agent.id) in ids
    assert str(neighbour.id) not in ids
    path = f"/tickets/{case.reference}/assign"
    await claire.posts(path, {"to": str(claire.agent.id)})
    await claire.posts(path, {"to": str(neighbour.id)}, 404)


async def test_an_agent_joins_a_conversation_of_the_assistant(
    browsers: Browsers, database: Database, claire: AtDesk
) -> None:
    visitor = await browsers()
    text = f"bonjour {uuid.uuid4().hex}"
    await visitor.post("/api/messages", {"id": "a", "text": text, "commune": OULLINS})
    held = (await claire.gets("/queue?queue=assistant"))["held"]
    (own,) = (one for one in held if one["shown"] == text)
    told = await claire.posts(f"/conversations/{own['conversation']}/pull", {}, 200)
    view = await claire.gets(f"/tickets/{told['reference']}")
    assert view["ticket"]["row"]["is_mine"]
    neighbour = await at_desk(browsers, database, communes=frozenset({BRON}))
    await neighbour.posts(f"/conversations/{own['conversation']}/pull", {}, 404)
    await neighbour.posts("/conversations/nonsense/pull", {}, 404)


async def test_an_agent_answers_the_form_s_question(
    database: Database, claire: AtDesk, case: Case
) -> None:
    async with database.transaction() as tx:
        draft = Draft(service="pothole", commune=OULLINS, step="size")
        await drafts.save_draft(tx, case.speaker.conversation_id, draft, now())
    ticket = (await claire.gets(f"/tickets/{case.reference}"))["ticket"]
    asked = next(fact for fact in ticket["missing"] if fact["choices"])
    answer = {"field": asked["field"], "text": asked["choices"][0]}
    await claire.posts(f"/tickets/{case.reference}/fill", answer)
    form = (await claire.gets(f"/tickets/{case.reference}"))["ticket"]["form"]
    assert (asked["field"], asked["choices"][0]) in [(f["field"], f["value"]) for f in form]
    unknown = {"field": "nothing", "text": "x"}
    await claire.posts(f"/tickets/{case.reference}/fill", unknown, 404)


async def test_an_agent_sees_the_citizen_s_photos_and_no_others(
    browsers: Browsers, database: Database, claire: AtDesk
) -> None:
    visitor = await browsers()
    await visitor.post("/api/messages", {"id": "a", "text": "bonjour", "commune": OULLINS})
    await visitor.ask("POST", "/api/photos", data=a_picture())
    held = (await claire.gets("/queue?queue=assistant"))["held"]
    told = await claire.posts(f"/conversations/{held[0]['conversation']}/pull", {}, 200)
    (photo,) = (await claire.gets(f"/tickets/{told['reference']}"))["ticket"]["photos"]
    path = f"/agent/api/tickets/{told['reference']}/photos"
    for size in ("thumb", "full"):
        answer = await claire.browser.get(f"{path}/{photo}?size={size}")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
        assert answer.headers["Cache-Control"] == "no-store"
    other = await a_case(database)
    elsewhere = f"/agent/api/tickets/{other.reference}/photos/{photo}"
    assert (await claire.browser.get(elsewhere)).status == 404
    assert (await claire.browser.get(f"{path}/{photo}?size=huge")).status == 400


async def sends_file(
    assembled: Service, case: Case, data: bytes, sent: Sent, text: str = ""
) -> str:
    """The citizen sends a file; its door."""
    kept = await assembled.attachments.keep(data, sent)
    who = case.speaker
    async with case.database.transaction() as tx:
        arrival = Arrival(
            "web", str(who.citizen_id), who.citizen_id, uuid.uuid4().hex, "file", text
        )
        await receive(tx, replace(arrival, content=kept.content()), now())
        await attachments.add(tx, kept, who.citizen_id, who.conversation_id, now())
    return f"/agent/api/tickets/{case.reference}/attachments/{kept.id}"


async def test_an_agent_opens_the_citizen_s_files_and_no_others(
    assembled: Service, browsers: Browsers, database: Database, claire: AtDesk, case: Case
) -> None:
    voice = Sent(What.VOICE, None, "audio/ogg", 3)
    door = await sends_file(assembled, case, b"0123456789", voice, "écoutez")
    view = await claire.gets(f"/tickets/{case.reference}")
    message = view["messages"][-1]
    assert (message["text"], message["file"]["plays"]) == ("écoutez", "audio")
    assert view["ticket"]["files"] == [message["file"]]
    answer = await claire.browser.get(door)
    assert (answer.status, answer.body) == (200, b"0123456789")
    assert answer.headers["Content-Type"] == "audio/ogg"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    other = await a_case(database)
    elsewhere = door.replace(case.reference, other.reference)
    assert (await claire.browser.get(elsewhere)).status == 404
    neighbour = await at_desk(browsers, database, communes=frozenset({BRON}))
    assert (await neighbour.browser.get(door)).status == 404


@pytest.mark.parametrize(
    ("asked", "status", "body", "told"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=4-2", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
    ],
)
async def test_a_player_asks_for_a_part_of_a_file(
    assembled: Service,
    claire: AtDesk,
    case: Case,
    asked: str,
    status: int,
    body: bytes,
    told: str | None,
) -> None:
    door = await sends_file(assembled, case, b"0123456789", Sent(What.VIDEO, "a.mp4", "video/mp4"))
    answer = await claire.browser.ask("GET", door, headers={"Range": asked})
    assert (answer.status, answer.body) == (status, body)
    assert answer.headers.get("Content-Range") == told


async def test_a_page_or_a_drawing_is_handed_over_as_bytes(
    assembled: Service, claire: AtDesk, case: Case
) -> None:
    page = Sent(What.DOCUMENT, "été “bleu”.html", "text/html")
    door = await sends_file(assembled, case, b"<script>alert(1)</script>", page)
    answer = await claire.browser.get(door)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="_t_ _bleu_.html"; '
        "filename*=UTF-8''%C3%A9t%C3%A9%20%E2%80%9Cbleu%E2%80%9D.html"
    )


async def test_a_request_does_not_end_on_what_nobody_has_read(claire: AtDesk, case: Case) -> None:
    path = f"/tickets/{case.reference}"
    seq = await case.writes("encore une question")
    for end in ("close", "give-back"):
        unread = {"id": "e", "seen_through": seq - 1}
        assert await claire.posts(f"{path}/{end}", unread, 409) == {"error": "unseen"}
    await claire.posts(f"{path}/close", {"id": "e", "seen_through": seq})


async def test_who_is_signed_out_is_told_apart_from_who_may_not(
    browsers: Browsers, case: Case
) -> None:
    visitor = await browsers()
    answer = await visitor.post(f"/agent/api/tickets/{case.reference}/assign", {"to": None})
    assert (answer.status, json.loads(answer.body)) == (403, {"error": "signed_out"})


# What passes beside messages.


async def test_the_citizen_sees_who_writes_and_what_was_read(
    listening: Service, browsers: Browsers, claire: AtDesk
) -> None:
    visitor = await browsers()
    await visitor.post("/api/messages", {"id": "a", "text": "bonjour", "commune": OULLINS})
    held = (await claire.gets("/queue?queue=assistant"))["held"]
    told = await claire.posts(f"/conversations/{held[0]['conversation']}/pull", {}, 200)
    reference = told["reference"]
    await claire.says(reference, "Bonjour")
    seen = json.loads((await visitor.get("/api/events")).body)
    last = seen["events"][-1]
    assert (last["author"]["name"], seen["typing"]) == ("Claire", None)
    waiting = asyncio.create_task(visitor.get(f"/api/events?after={last['seq']}&read=0"))
    await asyncio.sleep(0.1)
    await claire.posts(f"/tickets/{reference}/read", {"seq": 1})
    seen = json.loads((await waiting).body)
    assert (seen["events"], seen["read_through"]) == ([], 1)
    known = f"/api/events?after={last['seq']}&read=1"
    waiting = asyncio.create_task(visitor.get(known))
    await asyncio.sleep(0.1)
    await claire.posts(f"/tickets/{reference}/typing", {})
    assert json.loads((await waiting).body)["typing"] == "Claire"
    waiting = asyncio.create_task(visitor.get(f"{known}&typing=Claire"))
    await asyncio.sleep(0.1)
    await claire.says(reference, "Voilà")
    assert json.loads((await waiting).body)["events"][0]["text"] == "Voilà"
    assert json.loads((await visitor.get(f"{known}&typing=Claire")).body)["typing"] is None


# The stream.


@dataclass(frozen=True)
class Event:
    name: str
    seq: int | None
    data: Any


@asynccontextmanager
async def streaming(
    desk: AtDesk, query: str = "", headers: dict[str, str] | None = None
) -> AsyncIterator[AsyncIterator[Event]]:
    async with desk.browser.session.get(f"/agent/api/events?{query}", headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"

        async def heard() -> AsyncIterator[Event]:
            parts: dict[str, str] = {}
            async for raw in answer.content:
                line = raw.decode().rstrip("\n")
                if line:
                    name, _, value = line.partition(": ")
                    parts[name] = value
                elif "event" in parts:
                    seq = int(parts["id"]) if "id" in parts else None
                    yield Event(parts["event"], seq, json.loads(parts["data"]))
                    parts = {}

        yield heard()


async def hear(events: AsyncIterator[Event], name: str, timeout_s: float = 10) -> Event:
    """The next event of that name."""
    async with asyncio.timeout(timeout_s):
        async for event in events:
            if event.name == name:
                return event
    raise AssertionError(f"the stream ended without {name}")


async def test_a_stream_tells_messages_as_they_come(
    listening: Service, claire: AtDesk, case: Case
) -> None:
    # In her own list: everybody's may be longer than a page, with the tickets of other tests.
    await claire.posts(f"/tickets/{case.reference}/assign", {"to": str(claire.agent.id)})
    async with streaming(claire, f"ticket={case.reference}&queue=mine&after=1") as heard:
        await hear(heard, "queue")
        seq = await case.writes("vous êtes là ?")
        event = await hear(heard, "message")
        assert (event.seq, event.data["text"]) == (seq, "vous êtes là ?")
        rows = (await hear(heard, "queue")).data["rows"]
        assert "vous êtes là ?" in [row["shown"] for row in rows]


async def test_a_reader_who_comes_back_gets_exactly_what_is_missing(
    listening: Service, claire: AtDesk, case: Case
) -> None:
    numbers = [await case.writes(f"message {n}") for n in range(4)]
    seen = {"Last-Event-ID": str(numbers[1])}  # it counts before the address of the first time
    async with streaming(claire, f"ticket={case.reference}&after=0", seen) as heard:
        missed = [await hear(heard, "message") for _ in range(2)]
        assert [event.seq for event in missed] == numbers[2:]
        numbers.append(await case.writes("et après"))
        assert (await hear(heard, "message")).seq == numbers[-1]


async def test_a_stream_tells_what_becomes_of_the_ticket(
    listening: Service, browsers: Browsers, database: Database, claire: AtDesk, case: Case
) -> None:
    karim = await at_desk(browsers, database, "Karim")
    async with streaming(claire, f"ticket={case.reference}&queue=all&after=999") as heard:
        assert (await hear(heard, "ticket")).data["row"]["assignee"] is None
        await hear(heard, "queue")
        path = f"/tickets/{case.reference}"
        await karim.posts(f"{path}/assign", {"to": str(karim.agent.id)})
        assert (await hear(heard, "ticket")).data["row"]["assignee"] == "Karim"
        await karim.posts(f"{path}/note", {"id": "n", "text": "j’appelle"})
        assert (await hear(heard, "ticket")).data["notes"][0]["text"] == "j’appelle"


async def test_a_stream_tells_who_writes_and_what_has_arrived(
    listening: Service, browsers: Browsers, database: Database, claire: AtDesk
) -> None:
    visitor, karim = await browsers(), await at_desk(browsers, database, "Karim")
    await visitor.post("/api/messages", {"id": "a", "text": "bonjour", "commune": OULLINS})
    held = (await claire.gets("/queue?queue=assistant"))["held"]
    told = await claire.posts(f"/conversations/{held[0]['conversation']}/pull", {}, 200)
    reference = told["reference"]
    async with streaming(claire, f"ticket={reference}") as heard:
        assert (await hear(heard, "signs")).data["typing"] == []
        assert (await visitor.post("/api/typing")).status == 204
        assert (await hear(heard, "signs")).data["typing"] == [""]
        await visitor.says("merci")
        assert (await hear(heard, "signs")).data["typing"] == []
        await karim.posts(f"/tickets/{reference}/typing", {})
        assert (await hear(heard, "signs")).data["typing"] == ["Karim"]
        seq = await claire.says(reference, "Je vous en prie")
        await visitor.get(f"/api/events?after={seq}")
        async with asyncio.timeout(10):
            while (await hear(heard, "signs")).data["shown_through"] != seq:
                pass


async def test_who_is_signed_out_hears_nothing_more(
    listening: Service, database: Database, claire: AtDesk, case: Case
) -> None:
    async with streaming(claire, f"ticket={case.reference}") as heard:
        await hear(heard, "queue")
        async with database.transaction() as tx:
            await session_store.end_all(tx, claire.agent.id)
        await case.writes("un secret")
        event = await hear(heard, "end")
        assert event.data == {"why": "signed_out"}


async def test_the_newest_pages_of_an_agent_are_the_ones_that_hear(
    listening: Service, claire: AtDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_STREAMS", 1)
    async with streaming(claire) as first, streaming(claire) as second:
        assert (await hear(first, "end")).data == {"why": "replaced"}
        await hear(second, "queue")


async def test_a_service_that_stops_ends_its_streams(
    listening: Service, database: Database, claire: AtDesk
) -> None:
    token = claire.browser.session.cookie_jar.filter_cookies(URL("http://127.0.0.1/agent"))[COOKIE]
    server = TestServer(public_application(listening))
    await server.start_server()
    async with (
        aiohttp.ClientSession(cookies={COOKIE: token.value}) as session,
        session.get(server.make_url("/agent/api/events")) as answer,
    ):
        assert answer.status == 200
        async with asyncio.timeout(5):
            await server.close()


async def test_another_town_s_ticket_has_no_stream(
    browsers: Browsers, database: Database, claire: AtDesk
) -> None:
    elsewhere = await a_case_at_bron(database)
    answer = await claire.browser.get(f"/agent/api/events?ticket={elsewhere.reference}")
    assert answer.status == 404
    assert (await claire.browser.get("/agent/api/events?after=x")).status == 400
    assert (await claire.browser.get("/agent/api/events?queue=theirs")).status == 400


# The page.


async def test_the_page_reads_and_answers_without_scripts(claire: AtDesk, case: Case) -> None:
    await case.writes("le lampadaire est éteint")
    address = f"/agent?queue=all&ticket={case.reference}"
    page = (await claire.browser.get(address)).body.decode()
    assert case.reference in page
    assert "le lampadaire est éteint" in page
    form = {"id": "x1", "text": "Nous passons demain."}
    answer = await claire.browser.ask("POST", address, data=form)
    assert answer.status == 200  # the page, after a redirection
    assert "Nous passons demain." in answer.body.decode()


async def test_a_form_that_comes_too_late_keeps_its_text(
    browsers: Browsers, database: Database, claire: AtDesk, case: Case
) -> None:
    karim = await at_desk(browsers, database, "Karim")
    await karim.says(case.reference, "Bonjour")
    form = {"id": "x1", "text": "Nous passons demain."}
    answer = await claire.browser.ask("POST", f"/agent?ticket={case.reference}", data=form)
    page = answer.body.decode()
    assert answer.status == 409
    assert "Karim suit cette conversation" in page
    assert "Nous passons demain.</textarea>" in page


async def test_a_page_of_another_town_s_ticket_does_not_exist(
    database: Database, claire: AtDesk
) -> None:
    elsewhere = await a_case_at_bron(database)
    assert (await claire.browser.get(f"/agent?ticket={elsewhere.reference}")).status == 404


async def test_the_link_that_other_tools_show_leads_to_the_ticket(
    database: Database, claire: AtDesk, case: Case, tmp_path: Path
) -> None:
    link = URL(builtin(database, tmp_path).url(case.reference))
    answer = await claire.browser.get(link.path_qs)
    assert answer.status == 200
    assert case.reference in answer.body.decode()


async def test_a_citizen_is_given_the_ids_of_their_own_messages_only(
    assembled: Service, claire: AtDesk, case: Case
) -> None:
    """An agent's tells where it was written."""
    await claire.says(case.reference, "Bonjour")
    told = await exchange.events_after(assembled, await case.conversation(), 0, wait_s=0)  # type: ignore[arg-type]
    ids = {event["sender"]: event["id"] for event in told["events"]}
    assert ids["agent"] is None
    assert ids["citizen"] is not None
