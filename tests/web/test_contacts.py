"""The pages on which agents record contacts, over real HTTP and without scripts."""

from __future__ import annotations

import re
import uuid

import aiohttp
import pytest
from sqlalchemy import select

from bot.accounts.rules import Agent, Role
from bot.audit import store as audit
from bot.audit.rules import Wanted
from bot.parts import Service
from bot.service_requests.tables import Photo
from bot.storage.transaction import Database
from tests.handover.builders import BRON, OULLINS
from tests.web.browsers import Answer, Browsers, a_picture
from tests.web.test_agent_doors import AtDesk, at_desk

NEW = "/agent/contacts/new"


@pytest.fixture
async def claire(browsers: Browsers, database: Database) -> AtDesk:
    return await at_desk(browsers, database)


def a_form(**fields: str) -> dict[str, str]:
    return {
        "id": uuid.uuid4().hex,
        "channel": "phone",
        "town": OULLINS,
        "words": "un trou dans la chaussée",
        "service": "pothole",
        "do": "file",
        **fields,
    }


async def posts(desk: AtDesk, form: dict[str, str]) -> Answer:
    return await desk.browser.ask("POST", NEW, data=form, allow_redirects=False)


async def test_a_new_contact_begins_with_the_agent_s_town(claire: AtDesk) -> None:
    page = (await claire.browser.get(NEW)).body.decode()
    assert f'<option value="{OULLINS}" selected>' in page
    assert BRON not in page


async def test_a_call_is_filed_and_its_words_are_shown(claire: AtDesk) -> None:
    form = a_form(address=f"{uuid.uuid4().int % 900 + 1} rue de la Camille", phone="06 12 34 56 78")
    first = await posts(claire, form)
    assert first.status == 303, first.body
    again = await posts(claire, form)  # pressed twice
    assert again.headers["Location"] == first.headers["Location"]
    page = (await claire.browser.get(first.headers["Location"])).body.decode()
    assert re.search(r'<p class="number">\d{4}-\d{6,}</p>', page)
    assert "+33612345678" in page
    assert "À dire à la personne" in page


async def test_what_is_missing_is_said_and_what_was_typed_stays(claire: AtDesk) -> None:
    answer = await posts(claire, a_form(name="Mme Martin"))
    page = answer.body.decode()
    assert answer.status == 400
    assert 'id="address-wrong"' in page
    assert 'value="Mme Martin"' in page
    assert "un trou dans la chaussée" in page


async def test_what_was_reported_there_is_shown_before_and_can_be_joined(claire: AtDesk) -> None:
    address = f"{uuid.uuid4().int % 900 + 1} rue Voltaire"
    first = await posts(claire, a_form(address=address))
    kept = (await claire.browser.get(first.headers["Location"])).body.decode()
    reference = re.findall(r"\d{4}-\d{6,}", kept)[0]
    second = a_form(address=address)
    shown = await posts(claire, second)
    assert shown.status == 200
    assert f'name="join" value="{reference}"' in shown.body.decode()
    joined = await posts(claire, {**second, "join": reference})
    page = (await claire.browser.get(joined.headers["Location"])).body.decode()
    assert "Rattaché" in page
    assert reference in page
    other = await posts(claire, {**a_form(address=address), "join": "none"})
    assert other.status == 303


async def test_a_question_goes_to_a_team_or_was_answered(claire: AtDesk) -> None:
    question = {"words": "à quelle heure ouvre la mairie ?", "service": "-question"}
    passed = await posts(claire, a_form(**question, do="ticket", team="accueil"))
    page = (await claire.browser.get(passed.headers["Location"])).body.decode()
    (reference,) = set(re.findall(r"/agent\?ticket=(\d{4}-\d{6,})", page))
    row = (await claire.gets(f"/tickets/{reference}"))["ticket"]["row"]
    assert row["is_open"]
    told = a_form(**question, do="answered", told="À 8 h 30.")
    assert (await posts(claire, told)).status == 303
    assert (await posts(claire, a_form(**question, do="answered"))).status == 400
    noted = await posts(claire, a_form(**question, do="noted"))
    page = (await claire.browser.get(noted.headers["Location"])).body.decode()
    assert "Contact noté" in page
    assert 'class="number"' not in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"town": BRON}, "town"),
        ({"channel": "pigeon"}, "channel"),
        ({"words": " "}, "words"),
        ({"words": "x" * 4001}, "words"),
        ({"phone": "12"}, "phone"),
        ({"email": "martin"}, "email"),
        ({"search": "licorne"}, "search"),
        ({"do": "ticket", "team": "nobody"}, "team"),
    ],
)
async def test_what_makes_no_sense_is_refused_beside_its_field(
    claire: AtDesk, wrong: dict[str, str], field: str
) -> None:
    answer = await posts(claire, a_form(**wrong))
    assert answer.status == 400
    assert f'id="{field}-wrong"' in answer.body.decode()


async def test_a_place_in_a_town_of_others_is_not_filed(claire: AtDesk) -> None:
    answer = await posts(claire, a_form(address="12 rue de la République à Bron"))
    assert answer.status == 400
    assert 'id="address-wrong"' in answer.body.decode()


async def test_a_contact_is_not_shown_to_another_town(
    claire: AtDesk, browsers: Browsers, database: Database, assembled: Service
) -> None:
    kept = await posts(claire, a_form(do="ticket", service="-other"))
    neighbour = await at_desk(browsers, database, "Paul", communes=frozenset({BRON}))
    assert (await neighbour.browser.get(kept.headers["Location"])).status == 404
    assert (await neighbour.browser.get("/agent/contacts/x")).status == 404


@pytest.mark.parametrize("made", ["", "a\0b", "x" * 65, "é", "a\nb"])
async def test_an_id_that_no_page_made_is_refused_and_the_page_has_another(
    claire: AtDesk, made: str
) -> None:
    answer = await posts(claire, a_form(id=made))
    page = answer.body.decode()
    assert answer.status == 400
    assert 'id="id-wrong"' in page
    assert re.search(r'name="id" value="[\w-]{16}"', page)


async def test_bytes_that_no_column_holds_change_nothing_else(claire: AtDesk) -> None:
    answer = await posts(claire, a_form(words="un trou\0 ici", name="Mme\0 Martin", do="read"))
    assert answer.status == 200
    assert "Mme Martin" in answer.body.decode()


def with_pictures(form: dict[str, str], *pictures: bytes) -> aiohttp.FormData:
    data = aiohttp.FormData(default_to_multipart=True)
    for name, value in form.items():
        data.add_field(name, value)
    for number, raw in enumerate(pictures):
        data.add_field("photo", raw, filename=f"{number}.jpg", content_type="image/jpeg")
    return data


async def sends(desk: AtDesk, form: dict[str, str], *pictures: bytes) -> Answer:
    data = with_pictures(form, *pictures)
    return await desk.browser.ask("POST", NEW, data=data, allow_redirects=False)


def shown_in(answer: Answer) -> list[str]:
    return re.findall(r'name="drop" value="([0-9a-f-]{36})"', answer.body.decode())


async def test_pictures_are_kept_while_the_rest_is_asked_and_go_with_the_request(
    claire: AtDesk, database: Database
) -> None:
    form = a_form(do="file")  # without its place
    first = await sends(claire, form, a_picture(), a_picture())
    assert first.status == 400
    one, other = shown_in(first)
    picture = re.search(r'href="(/photos/shown/[^"]+)"', first.body.decode())
    assert picture is not None
    assert (await claire.browser.get(picture[1])).status == 200
    dropped = await posts(claire, {**form, "drop": other, "do": "read"})
    assert shown_in(dropped) == [one]
    kept = await sends(claire, {**form, "address": f"{uuid.uuid4().int % 900 + 1} rue Orsel"})
    assert kept.status == 303, kept.body
    page = (await claire.browser.get(kept.headers["Location"])).body.decode()
    assert page.count("/photos/shown/") == 2  # in two sizes
    (reference,) = re.findall(r'class="number">(\d{4}-\d{6,})<', page)
    async with database.transaction() as tx:
        found = await tx.execute(select(Photo.id).where(Photo.reference == reference))
        assert [str(photo) for photo in found.scalars()] == [one]


async def test_a_ticket_shows_the_pictures_of_its_contact(claire: AtDesk) -> None:
    kept = await sends(claire, a_form(do="ticket", service="-other"), a_picture())
    page = (await claire.browser.get(kept.headers["Location"])).body.decode()
    reference = re.findall(r"/agent\?ticket=(\d{4}-\d{6,})", page)[0]
    (photo,) = (await claire.gets(f"/tickets/{reference}"))["ticket"]["photos"]
    there = await claire.browser.get(f"/agent/api/tickets/{reference}/photos/{photo}")
    assert there.status == 200


@pytest.mark.parametrize("pictures", [(b"no picture",), (a_picture(),) * 6])
async def test_what_cannot_be_kept_as_a_picture_is_said_beside_it(
    claire: AtDesk, pictures: tuple[bytes, ...]
) -> None:
    answer = await sends(claire, a_form(name="Mme Martin", do="read"), *pictures)
    assert answer.status == 400
    assert 'id="photo-wrong"' in answer.body.decode()
    assert 'value="Mme Martin"' in answer.body.decode()


async def test_another_agent_s_pictures_are_not_theirs_to_drop(
    claire: AtDesk, browsers: Browsers, database: Database
) -> None:
    form = a_form(do="read")
    (photo,) = shown_in(await sends(claire, form, a_picture()))
    karim = await at_desk(browsers, database, "Karim")
    await posts(karim, {**form, "drop": photo})
    assert shown_in(await posts(claire, form)) == [photo]


async def test_recording_and_reading_a_contact_are_in_the_audit_log(
    claire: AtDesk, database: Database
) -> None:
    kept = await posts(claire, a_form(address=f"{uuid.uuid4().int % 900 + 1} rue Parmentier"))
    page = (await claire.browser.get(kept.headers["Location"])).body.decode()
    (reference,) = re.findall(r'class="number">(\d{4}-\d{6,})<', page)
    auditor = Agent(uuid.uuid4(), "Nadia", Role.COMMUNE_ADMINISTRATOR, frozenset({OULLINS}))
    async with database.transaction() as tx:
        found = await audit.entries(tx, auditor, Wanted(subject=reference))
    assert [entry.action for entry in found] == ["contact.seen", "contact.recorded"]


async def test_a_ticket_names_the_other_contacts_of_its_person(claire: AtDesk) -> None:
    phone = f"06{uuid.uuid4().int % 10**8:08}"
    address = f"{uuid.uuid4().int % 900 + 1} rue Pierre Sémard"
    filed = await posts(claire, a_form(address=address, phone=phone))
    passed = a_form(do="ticket", service="-other", phone=phone, channel="counter")
    page = (await claire.browser.get((await posts(claire, passed)).headers["Location"])).body
    reference = re.findall(r"/agent\?ticket=(\d{4}-\d{6,})", page.decode())[0]
    ticket = (await claire.gets(f"/tickets/{reference}"))["ticket"]
    assert ticket["row"]["channel"] == {"code": "counter", "label": "guichet"}
    (other,) = ticket["others"]
    assert (other["channel"], other["ticket"]) == ("téléphone", None)
    assert filed.headers["Location"].endswith(other["id"])
    plain = (await claire.browser.get(f"/agent?ticket={reference}")).body.decode()
    assert f'href="/agent/contacts/{other["id"]}"' in plain
