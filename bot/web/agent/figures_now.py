"""How teams stand now, as tables whose figures lead to lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.figures.live import COUNTED, Now, TeamNow
from bot.figures.rules import Chosen, Period, Wanted, What
from bot.web.agent.figures_asked import list_of
from bot.web.agent.figures_said import Said
from bot.web.agent.figures_tables import Cell, Table

TONES = {What.SOON: "warn", What.BREACHED: "bad"}


@dataclass(frozen=True)
class Big:
    """A figure by itself. `tone`: what it is a matter of, when it is not nothing."""

    name: str
    cell: Cell
    tone: str = ""


@dataclass(frozen=True)
class Shown:
    big: Sequence[Big]
    teams: Table
    people: Table
    at: str


def shown(now: Now, chosen: Chosen, said: Said, today: date) -> Shown:
    period = Period.latest(1, today)

    def link(what: What, team: str | None = None, holder: str | None = None) -> str:
        narrower = Chosen(chosen.town, team or chosen.team, chosen.channel)
        return list_of(Wanted(what, period, narrower, holder=holder), said.language)

    def count(value: int, href: str) -> Cell:
        return Cell(said.number(value), href if value else None, value)

    def oldest(team: TeamNow | None) -> Cell:
        if team is None or team.oldest is None:
            return Cell("–")
        href = f"/agent?ticket={team.oldest_reference}&lang={said.language}"
        return Cell(said.since(team.oldest, now.at), href)

    def wait(team: TeamNow) -> Cell:
        if team.wait is None:
            return Cell(said("figures_unknown"))
        hours = team.wait.total_seconds() / 3600
        return Cell(said.hours(hours), value=hours)

    big = [
        *(
            Big(
                said(f"figures_now_{what}"),
                count(now.total(what), link(what)),
                TONES.get(what, "") if now.total(what) else "",
            )
            for what in COUNTED
        ),
        Big(said("figures_now_oldest"), oldest(now.oldest)),
    ]
    states = [said(f"figures_column_{what}") for what in COUNTED]
    teams = Table(
        "teams",
        said("figures_by_team"),
        [said("figures_column_team"), *states, said("figures_now_oldest"), said("figures_wait")],
        [
            [
                Cell(said.team(team.code)),
                *(count(team.counts[what], link(what, team.code)) for what in COUNTED),
                oldest(team),
                wait(team),
            ]
            for team in now.teams
        ],
    )
    columns = ("agent", "teams", "presence", "holds", "to_answer")
    people = Table(
        "people",
        said("figures_people"),
        [said(f"figures_column_{name}") for name in columns],
        [
            [
                Cell(person.name),
                Cell(", ".join(map(said.team, person.teams)) or said("figures_every_team")),
                Cell(
                    said("figures_at_work")
                    if person.is_at_work
                    else said("figures_seen", time=said.clock(person.seen_at))
                ),
                count(person.holds, link(What.HELD, holder=str(person.id))),
                Cell(said.number(person.to_answer), value=person.to_answer),
            ]
            for person in now.people
        ],
    )
    return Shown(big, teams, people, said.clock(now.at))
