"""Names, numbers and times of figures, in a language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_date
from babel.numbers import format_decimal

from bot.parts import Service
from bot.services.working_days import PARIS
from bot.words.dates import LOCALES
from bot.words.folding import fold
from bot.words.phrases import say

CHANNELS = (
    *("web", "telegram", "email", "phone", "counter", "post", "open311", "terminal", "outside"),
)
"""Those that a filter offers, as far as they have a name."""


@dataclass(frozen=True)
class Said:
    service: Service
    language: str

    def __call__(self, key: str, **values: object) -> str:
        """A phrase of pages, by the rest of its key."""
        return self.service.words.render(say(f"page.{key}", **values), self.language)

    def _known(self, key: str, otherwise: str) -> str:
        try:
            return self.service.words.render(say(key), self.language)
        except KeyError:  # of a channel or a state that has no word here
            return otherwise

    @property
    def decimal(self) -> str:
        return "." if self.language == "en" else ","

    def number(self, value: float) -> str:
        return str(format_decimal(round(value, 1), locale=self._locale))

    def share(self, value: float) -> str:
        return self("figures_percent", share=round(value))

    def hours(self, value: float) -> str:
        """`1 h 25`, from hours."""
        minutes = round(value * 60)
        if minutes < 60:
            return self("figures_minutes", minutes=minutes)
        return self("figures_hours", hours=minutes // 60, minutes=f"{minutes % 60:02d}")

    def days(self, value: float) -> str:
        return self("figures_days", days=self.number(value))

    def since(self, moment: datetime, now: datetime) -> str:
        """How long ago, on the clock."""
        gone = max(now - moment, timedelta())
        if gone >= timedelta(days=2):
            return self.days(gone.days)
        return self.hours(gone.total_seconds() / 3600)

    def day(self, day: date) -> str:
        return str(format_date(day, format="d MMM", locale=self._locale))

    def date(self, day: date) -> str:
        return str(format_date(day, format="dd/MM/yyyy", locale=self._locale))

    def moment(self, at: datetime) -> str:
        local = at.astimezone(PARIS)
        return f"{self.date(local.date())} {local:%H:%M}"

    def clock(self, at: datetime) -> str:
        return f"{at.astimezone(PARIS):%H:%M}"

    @property
    def _locale(self) -> str:
        return LOCALES.get(self.language, LOCALES["fr"])

    def town(self, insee: str | None) -> str:
        found = None if insee is None else self.service.gazetteer.by_code(insee)
        return self("desk_no_town") if found is None else found[0].name

    def team(self, code: str) -> str:
        team = self.service.catalogue.teams.get(code)
        return code if team is None else _capital(team.label.in_(self.language))

    def service_name(self, code: str, commune: str | None = None) -> str:
        found = self.service.catalogue.find(code, commune)
        return code if found is None else _capital(found.label.in_(self.language))

    def channel(self, code: str) -> str:
        return _capital(self._known(f"page.desk_channel_{code}", code))

    def state(self, code: str) -> str:
        other = self._known(f"state.{code}_of_other", "")
        return other or self._known(f"state.{code}", code)

    def subject(self, code: str) -> str:
        return self._known(f"page.desk_subject_{code}", code)

    def score(self, code: str | None) -> str:
        return "" if code is None else self(f"figures_score_{code}")

    def towns(self, towns: frozenset[str] | None) -> list[tuple[str, str]]:
        """Those that an agent may choose among, by name."""
        known = self.service.gazetteer.communes
        return _sorted((c.insee, c.name) for c in known if towns is None or c.insee in towns)

    def teams(self) -> list[tuple[str, str]]:
        return _sorted((code, self.team(code)) for code in self.service.catalogue.teams)

    def channels(self) -> list[tuple[str, str]]:
        named = ((code, self._known(f"page.desk_channel_{code}", "")) for code in CHANNELS)
        return _sorted((code, _capital(name)) for code, name in named if name)

    def services(self) -> list[tuple[str, str]]:
        return _sorted((code, self.service_name(code)) for code in self.service.catalogue.services)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sorted(options: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(options, key=lambda option: fold(option[1]))
