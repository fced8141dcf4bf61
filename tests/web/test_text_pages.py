"""The settings of texts at their doors, without scripts: what is kept, refused and shown."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete

from bot.accounts.rules import Role
from bot.parts import Service
from bot.storage.transaction import Database
from bot.texts import store
from bot.texts.rules import Text
from bot.texts.tables import TextVersion
from bot.words.phrases import say
from tests.handover.builders import BRON, OULLINS
from tests.turn.scripted import now
from tests.web.browsers import Answer, Browsers
from tests.web.test_agent_doors import AtDesk, at_desk

PAGE = "/agent/settings/texts"
FILED = f"{PAGE}/report.filed"
OWN = "Parti. Votre référence : {reference}."


@pytest.fixture(autouse=True)
async def nothing_written(database: Database) -> AsyncIterator[None]:
    async with database.transaction() as tx:
        await tx.execute(delete(TextVersion))
    yield
    async with database.transaction() as tx:
        await tx.execute(delete(TextVersion))


@pytest.fixture
async def ali(browsers: Browsers, database: Database) -> AtDesk:
    role = Role.METROPOLIS_ADMINISTRATOR
    return await at_desk(browsers, database, "Ali", role=role, communes=None)


@pytest.fixture
async def odile(browsers: Browsers, database: Database) -> AtDesk:
    return await at_desk(browsers, database, "Odile", role=Role.COMMUNE_ADMINISTRATOR)


async def writes(who: AtDesk, path: str, **fields: str) -> Answer:
    form = {"deed": "save", "base": "0", **fields}
    return await who.browser.ask("POST", path, data=form, allow_redirects=False)


async def reads(who: AtDesk, path: str) -> str:
    return (await who.browser.get(path)).body.decode()


def heard(service: Service, commune: str | None) -> str:
    return service.words.of(commune).render(say("report.filed", reference="R"), "fr")


async def test_a_text_is_written_shown_and_taken_back(assembled: Service, ali: AtDesk) -> None:
    answer = await writes(ali, FILED, fr0=OWN)
    assert answer.status == 303
    assert heard(assembled, None) == "Parti. Votre référence : R."
    page = await reads(ali, answer.headers["Location"])
    assert "déjà en vigueur" in page
    assert "Annuler cette modification" in page
    assert "<del>C’est</del>" in page
    assert page.count('class="change"') == 1  # English is as it was
    assert "Parti. Votre référence : 2026-004217." in page
    assert (await writes(ali, FILED, deed="restore", base="1", version="0")).status == 303
    assert heard(assembled, None) == "C’est envoyé. Référence R."
    assert "Ali" in await reads(ali, FILED)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Parti.", "Cette valeur manque, l’usager en a besoin\u00a0: <code>{reference}</code>"),
        ("{reference} {nom}", "Cette valeur n’existe pas dans cette phrase\u00a0: <code>{nom}"),
        ("{reference", "Une accolade est en trop ou manque"),
        ("", "Le texte français est obligatoire"),
    ],
)
async def test_what_cannot_be_kept_says_why_beside_what_was_written(
    assembled: Service, ali: AtDesk, text: str, said: str
) -> None:
    answer = await writes(ali, FILED, fr0=text)
    page = answer.body.decode().replace(" <code>", "<code>").replace("\u00a0:<", "\u00a0: <")
    assert answer.status == 400
    assert said in page
    assert f">{text}</textarea>" in page
    assert heard(assembled, None) == "C’est envoyé. Référence R."


async def test_a_number_of_an_emergency_cannot_be_lost(ali: AtDesk) -> None:
    answer = await writes(ali, f"{PAGE}/emergency.fire", fr0="Appelez les pompiers : 18.")
    assert answer.status == 400
    assert "<code>112</code>" in answer.body.decode()


async def test_a_preview_keeps_nothing(assembled: Service, ali: AtDesk) -> None:
    page = (await writes(ali, FILED, deed="preview", fr0="Vu {reference}, tu sais.")).body.decode()
    assert "Vu 2026-004217, tu sais." in page
    assert "semble tutoyer" in page
    assert heard(assembled, None) == "C’est envoyé. Référence R."


async def test_the_second_of_two_is_told_and_loses_nothing(ali: AtDesk, odile: AtDesk) -> None:
    own = f"{FILED}?commune={OULLINS}"
    await writes(ali, own, fr0=OWN)
    answer = await writes(odile, own, fr0="Reçu : {reference}.")
    page = answer.body.decode()
    assert answer.status == 409
    assert ">Reçu : {reference}.</textarea>" in page
    assert "Texte enregistré entre-temps" in page
    assert OWN in page
    assert 'name="base" value="1"' in page
    assert (await writes(odile, own, fr0="Reçu : {reference}.", base="1")).status == 303


async def test_a_town_s_own_replaces_what_is_for_all(
    assembled: Service, ali: AtDesk, odile: AtDesk
) -> None:
    await writes(ali, FILED, fr0=OWN)
    page = await reads(odile, FILED)
    assert "Le texte de la métropole est en vigueur ici." in page
    assert OWN in page
    assert (await writes(odile, FILED, fr0="Oullins : {reference}.")).status == 303
    assert heard(assembled, OULLINS) == "Oullins : R."
    assert heard(assembled, BRON) == "Parti. Votre référence : R."
    assert "Oullins-Pierre-Bénite" in await reads(ali, FILED)
    assert "1 commune a le sien" in await reads(ali, f"{PAGE}?q=report.filed")


async def test_nothing_of_another_town_is_there(ali: AtDesk, odile: AtDesk) -> None:
    await writes(ali, f"{FILED}?commune={BRON}", fr0="Bron : {reference}.")
    for path in (f"{PAGE}?commune={BRON}", f"{FILED}?commune={BRON}", f"{FILED}?commune="):
        assert (await odile.browser.get(path)).status == 404
    for path in (f"{FILED}?commune={BRON}", f"{FILED}?commune=", f"{FILED}?commune=zz"):
        assert (await writes(odile, path, fr0=OWN)).status == 404
    assert "Bron" not in await reads(odile, FILED)


async def test_others_get_nothing(browsers: Browsers, database: Database) -> None:
    claire = await at_desk(browsers, database, role=Role.SUPERVISOR, communes=None)
    for path in (PAGE, FILED):
        assert (await claire.browser.get(path)).status == 403
    assert (await writes(claire, FILED, fr0=OWN)).status == 403
    assert PAGE not in await reads(claire, "/agent/settings")


async def test_sentences_are_found_by_their_words_and_by_being_changed(ali: AtDesk) -> None:
    await writes(ali, FILED, fr0=OWN)
    for asked in ("VOTRE reference", "envoyé. Référence"):
        assert f"{FILED}?" in await reads(ali, f"{PAGE}?q={asked}")
    changed = await reads(ali, f"{PAGE}?changed=1")
    assert changed.count('class="said"') == 1
    assert "Modifiés seulement (1)" in changed
    assert "Aucune phrase ne contient" in await reads(ali, f"{PAGE}?q=xyzxyz")
    assert "Rien n’a été modifié" in await reads(ali, f"{PAGE}?changed=1&commune={BRON}")


async def test_what_an_original_has_outgrown_is_to_be_reviewed(
    ali: AtDesk, database: Database, assembled: Service
) -> None:
    async with database.transaction() as tx:
        await store.add(tx, ali.agent, "report.filed", None, 0, Text(("Parti, {prenom}.",)), now())
    await assembled.texts.read(database)
    assert "1 texte est à revoir" in await reads(ali, PAGE)
    page = await reads(ali, FILED)
    assert "Ce texte est à revoir" in page
    assert ">Parti, {prenom}.</textarea>" in page
    assert "Le texte d’origine est en vigueur." in page
    assert heard(assembled, None) == "C’est envoyé. Référence R."


@pytest.mark.parametrize("key", ["page.answers_save", "button.human", "nothing", "..", "1"])
async def test_what_may_not_be_written_is_not_there(ali: AtDesk, key: str) -> None:
    assert (await ali.browser.get(f"{PAGE}/{key}")).status in (403, 404)
    assert (await writes(ali, f"{PAGE}/{key}", fr0="Bonjour")).status in (403, 404, 405)


@pytest.mark.parametrize(
    "fields",
    [
        {"deed": "erase"},
        {"base": "x"},
        {"base": "99999999999"},
        {"deed": "restore", "version": ""},
        {"deed": "restore", "version": "-1"},
        {"fr0": "x" * 20_000 + "{reference}"},
    ],
)
async def test_odd_forms_are_refused_in_words(ali: AtDesk, fields: dict[str, str]) -> None:
    answer = await writes(ali, FILED, **{"fr0": OWN, **fields})
    assert answer.status == 400
    assert 'role="alert"' in answer.body.decode()
