"""The rows of agents' pages, which work without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.accounts.rules import Agent
from tests.accounts.builders import PASSWORD
from tests.web.agent_rows import (
    ADMINISTRATOR,
    GOVERNOR,
    SETTINGS,
    SUPERVISOR,
    Row,
    form,
    page,
    some_id,
)
from tests.web.agent_town import TOPIC
from tests.web.agent_worlds import World


def a_contact(world: World, _: Agent) -> dict[str, str]:
    return {
        "id": some_id(),
        "channel": "phone",
        "town": world.commune,
        "words": f"une {TOPIC} grince",
        "service": "-other",
        "do": "noted",
    }


def an_answer(world: World, _: Agent) -> dict[str, str]:
    return {"deed": "save", "version": "1", "title_fr": world.mark, "body_fr": world.mark}


def a_macro(world: World, _: Agent) -> dict[str, str]:
    return {"deed": "save", "version": "1", "title_fr": world.mark, "note": world.mark}


def a_new_one(world: World, _: Agent) -> dict[str, str]:
    code = f"x{some_id()}"
    said = {"title_fr": "Bonjour", "body_fr": "Bonjour."}
    return {**said, "deed": "save", "code": code, "commune": world.commune}


def an_automation(world: World, _: Agent) -> dict[str, str]:
    note = f"note {world.mark}"
    town = f"towns-{world.commune}"
    return {"title": f"Règle {world.mark}", "when": "opened", "note": note, town: "yes"}


def an_absence(_: World, __: Agent) -> dict[str, str]:
    return {"from": "2036-01-01T08:00", "until": "2036-01-05T18:00"}


def a_review(world: World, _: Agent) -> dict[str, str]:
    return {
        "number": str(world.candidate),
        "step": "accept",
        "text": f"bonjour {world.mark}",
        "intent": "ask_information",
    }


CONSOLE = [
    page("/agent?queue=snoozed", shows=True),
    page("/agent?queue=snoozed&ticket={world.reference}", about="ticket", name="ticket"),
    page(f"/agent?queue=snoozed&q={TOPIC}", name="search"),
    form(
        "/agent?queue=all&ticket={world.reference}",
        lambda _, __: {"id": some_id(), "text": "Nous passons demain."},
        about="ticket",
        spends="ticket",
    ),
    page("/agent/contacts/new"),
    form("/agent/contacts/new", a_contact, about="contact", foreign=frozenset({400})),
    page(
        "/agent/contacts/{world.contact}",
        "/agent/contacts/{contact}",
        about="contact",
        shows=True,
    ),
    form("/agent/availability", lambda _, __: {"away": "yes"}),
    page(
        "/agent/audit?subject={world.reference}",
        about="ticket",
        least=ADMINISTRATOR,
        shows=True,
        foreign=frozenset({200}),
    ),
    page("/agent/learning", least=SUPERVISOR, shows=True),
    form(
        "/agent/learning",
        a_review,
        about="training candidate",
        least=SUPERVISOR,
        spends="candidate",
        foreign=frozenset({400}),
    ),
]

FIGURES = [
    page("/agent/figures", least=SUPERVISOR, shows=True),
    page("/agent/figures/live", least=SUPERVISOR, shows=True),
    page("/agent/figures/history", least=SUPERVISOR),
    page("/agent/figures/list?of=misunderstood", least=SUPERVISOR, shows=True),
    page("/agent/figures/list?of=queued", least=SUPERVISOR, name="queued"),
    *(
        page(
            f"/agent/figures/csv/{name}",
            "/agent/figures/csv/{name}",
            least=SUPERVISOR,
            shows=shows,
            name=name.split("?")[0],
        )
        for name, shows in (
            ("list?of=misunderstood", True),
            ("people", True),
            ("teams", False),
            ("doubts", False),
        )
    ),
]

ACCOUNT = f"{SETTINGS}/accounts/{{world.colleague.id}}"
MEMBER = f"{SETTINGS}/members/{{world.colleague.id}}"
AUTOMATION = f"{SETTINGS}/automations/{{world.automation}}"


def account(what: str, fields: dict[str, str]) -> Row:
    return form(
        ACCOUNT + what,
        lambda _, __: fields,
        f"{SETTINGS}/accounts/{{agent}}{what}",
        about="account",
        least=ADMINISTRATOR,
        spends="colleague",
    )


def member(what: str, fields: Callable[[World, Agent], dict[str, str]], **more: Any) -> Row:
    route = f"{SETTINGS}/members/{{agent}}{what}"
    return form(MEMBER + what, fields, route, about="member", least=SUPERVISOR, **more)


def automation(what: str, fields: Callable[[World, Agent], dict[str, str]]) -> Row:
    route = f"{SETTINGS}/automations/{{automation}}{what}"
    return form(AUTOMATION + what, fields, route, about="automation", least=ADMINISTRATOR)


def canned(kind: str, which: str, fields: Callable[[World, Agent], dict[str, str]]) -> list[Row]:
    route = f"{SETTINGS}/{kind}/{{entry}}"
    return [
        page(f"{SETTINGS}/{kind}", shows=True),
        page(f"{SETTINGS}/{kind}/{which}", route, about="canned", shows=True),
        form(
            f"{SETTINGS}/{kind}/{which}",
            fields,
            route,
            about="canned",
            least=ADMINISTRATOR,
            spends="canned",
        ),
    ]


SETTING = [
    page(SETTINGS),
    *canned("answers", "{world.answer}", an_answer),
    *canned("macros", "{world.macro}", a_macro),
    form(
        f"{SETTINGS}/answers/new",
        a_new_one,
        f"{SETTINGS}/answers/{{entry}}",
        about="town",
        least=ADMINISTRATOR,
        foreign=frozenset({400}),
        name="new",
    ),
    page(
        f"{SETTINGS}/texts?commune={{world.commune}}",
        about="town",
        least=ADMINISTRATOR,
        shows=True,
    ),
    page(f"{SETTINGS}/texts?commune=", least=GOVERNOR, name="of all"),
    page(
        f"{SETTINGS}/texts/thanks?commune={{world.commune}}",
        f"{SETTINGS}/texts/{{key}}",
        about="town",
        least=ADMINISTRATOR,
        shows=True,
    ),
    form(
        f"{SETTINGS}/texts/thanks?commune={{world.commune}}",
        lambda world, _: {"base": str(world.text), "fr0": f"Merci {world.mark}."},
        f"{SETTINGS}/texts/{{key}}",
        about="town",
        least=ADMINISTRATOR,
        spends="canned",
    ),
    page(f"{SETTINGS}/teams?team=accueil", least=SUPERVISOR, shows=True),
    # A team answers every town: its settings are of those who serve all of them.
    form(
        f"{SETTINGS}/teams/eau",
        lambda _, __: {f"day-{day}": "09:00-12:00" for day in range(5)},
        f"{SETTINGS}/teams/{{team}}",
        least=GOVERNOR,
    ),
    form(
        f"{SETTINGS}/teams/eau/restore",
        lambda _, __: {"version": "0"},
        f"{SETTINGS}/teams/{{team}}/restore",
        least=GOVERNOR,
    ),
    page(MEMBER, f"{SETTINGS}/members/{{agent}}", about="member", least=SUPERVISOR, shows=True),
    page(f"{SETTINGS}/members/{{agent.id}}", f"{SETTINGS}/members/{{agent}}", name="own"),
    member("", lambda _, __: {"capacity": "3", "language-fr": "yes"}),
    member("/absences", an_absence),
    member("/absences/remove", lambda world, _: {"absence": str(world.absence)}, spends="absence"),
    member("/offer", lambda _, __: {}),
    form(
        f"{SETTINGS}/members/{{agent.id}}/absences",
        an_absence,
        f"{SETTINGS}/members/{{agent}}/absences",
        name="own",
    ),
    page(f"{SETTINGS}/automations", least=ADMINISTRATOR, shows=True),
    page(
        AUTOMATION,
        f"{SETTINGS}/automations/{{automation}}",
        about="automation",
        least=ADMINISTRATOR,
        shows=True,
    ),
    automation("", an_automation),
    automation("/try", an_automation),
    automation("/switch", lambda _, __: {"on": "no"}),
    automation("/restore", lambda _, __: {"version": "1"}),
    page(f"{SETTINGS}/accounts", least=ADMINISTRATOR, shows=True),
    page(
        ACCOUNT,
        f"{SETTINGS}/accounts/{{agent}}",
        about="account",
        least=ADMINISTRATOR,
        shows=True,
    ),
    account("/sessions", {}),
    account("/second-factor", {}),
    account("/provider", {"allow": "yes"}),
    page(f"{SETTINGS}/security", least=GOVERNOR),
    form(f"{SETTINGS}/security", least=GOVERNOR),
]

OWN = [
    page("/agent/guide"),
    page("/agent/guide/guide-desk.png", "/agent/guide/{picture}"),
    page("/agent/account"),
    form(
        "/agent/account/password",
        lambda _, __: {
            "current": PASSWORD,
            "password": "une autre phrase",
            "again": "une autre phrase",
        },
    ),
    form("/agent/account/sessions"),
    form("/agent/account/second-factor", lambda _, __: {"current": PASSWORD}),
    # Only the page of the step before knows what it takes: `tests/accounts` goes all the way.
    form("/agent/account/second-factor/confirm", own=frozenset({403})),
    form("/agent/account/second-factor/remove", lambda _, __: {"current": PASSWORD}),
    form("/agent/account/recovery-codes", lambda _, __: {"current": PASSWORD}),
]

SIGNING_IN = [
    page("/agent/sign-in", is_open=True),
    form(
        "/agent/sign-in",
        lambda _, agent: {"login": f"{agent.id.hex}@oullins.example", "password": PASSWORD},
        is_open=True,
    ),
    form("/agent/sign-out", is_open=True),
    page("/agent/sign-in/provider", is_open=True),
    page("/agent/sign-in/provider/return", is_open=True),
    page("/agent/second-factor", is_open=True),
    form("/agent/second-factor", is_open=True),
]

PAGES = [*CONSOLE, *FIGURES, *SETTING, *OWN, *SIGNING_IN]
