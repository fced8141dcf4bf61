"""How the work of agents and teams is said, in one language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.parts import Service
from bot.services.working_days import PARIS
from bot.teams.rules import Skills, TeamSettings
from bot.teams.store import Member
from bot.words.phrases import say

LANGUAGES = ("fr", "en")


@dataclass(frozen=True)
class Said:
    service: Service
    language: str

    def word(self, key: str, **values: object) -> str:
        return self.service.words.render(say(f"page.{key}", **values), self.language)

    def day(self, day: int) -> str:
        return self.service.words.render(say(f"day.{day}"), self.language)

    def team(self, code: str) -> str:
        return self.service.counter.team(code).label.in_(self.language)

    def moment(self, at: datetime) -> str:
        return f"{at.astimezone(PARIS):%d/%m/%Y %H:%M}"

    def member(self, member: Member, now: datetime) -> dict[str, Any]:
        """An agent as a row and as a page."""
        running = next((one for one in member.absences if one["from_at"] <= now), None)
        if running is not None:
            state, words = "absent", self.word("work_absent", at=self.moment(running["until_at"]))
        elif member.away_since is not None:
            state, words = "away", self.word("work_away", at=self.moment(member.away_since))
        elif member.is_signed_in:
            state, words = "there", self.word("work_there")
        else:
            state, words = "out", self.word("work_out")
        return {
            "id": member.id,
            "name": member.name,
            "state": state,
            "said": words,
            "open": member.open_tickets,
            "skills": member.skills,
            "knows": self.knows(member.skills),
            "teams": [self.team(code) for code in sorted(member.teams)],
            "absences": [
                {
                    "id": one["id"],
                    "said": self.word(
                        "work_absence",
                        start=self.moment(one["from_at"]),
                        end=self.moment(one["until_at"]),
                    ),
                }
                for one in member.absences
            ],
        }

    def knows(self, skills: Skills) -> str:
        """`tous les services · français`."""
        services = self.word("work_every_service")
        if skills.services:
            services = self.word("work_services", n=len(skills.services))
        languages = [one for one in LANGUAGES if one in (skills.languages or LANGUAGES)]
        spoken = ", ".join(self.word(f"desk_language_{one}") for one in languages)
        return f"{services} · {spoken}"

    def changes(self, settings: TeamSettings) -> str:
        """What a version sets, in a line."""
        parts = []
        if settings.week is not None:
            parts.append(self.word("work_set_week"))
        if settings.closed:
            parts.append(self.word("work_set_closed", n=len(settings.closed)))
        if settings.answer_within_minutes is not None:
            parts.append(self.word("work_set_answer", count=settings.answer_within_minutes))
        if settings.assigns:
            parts.append(self.word("work_set_assigns"))
        if settings.offers_after_hours is not None:
            parts.append(self.word("work_set_offers", count=settings.offers_after_hours))
        if settings.delays:
            parts.append(self.word("work_set_delays", n=len(settings.delays)))
        return ", ".join(parts) or self.word("work_set_nothing")
