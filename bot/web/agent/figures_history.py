"""The plots of a period, each with its sentence, its sums, and a table that leads to lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from markupsafe import Markup

from bot.figures.history import Counts, History, Spreads
from bot.figures.rules import AGES, Chosen, Kind, Period, Spread, Wanted, What
from bot.web.agent.figures_asked import list_of
from bot.web.agent.figures_plots import Series, bars, lines, ranked
from bot.web.agent.figures_said import Said
from bot.web.agent.figures_tables import Cell, Figure, Table

MOST_RANKED = 12
"""Services of a plot; its table has them all."""
NOTHING = Cell("–")


@dataclass(frozen=True)
class Drawer:
    """Draws what was read, in a language: ask `figures` in a thread."""

    said: Said
    history: History

    def figures(self) -> list[Figure]:
        """Those that the chosen filters can tell apart, in the order of the page."""
        chosen = self.history.chosen
        made: list[Figure] = []
        if chosen.counts(Kind.TICKETS):
            made.append(self._counted("tickets", {"tickets": What.TICKETS_OPENED}, "brand"))
        made.append(self._counted("requests", {"requests": What.REQUESTS_FILED}, "brand"))
        made += [self._by_channel(), self._by_service()]
        if chosen.counts(Kind.TICKETS):
            made += [self._first_answer(), self._ticket_resolution()]
        made.append(self._request_resolution())
        if chosen.counts(Kind.TICKETS):
            made.append(self._stock("open_tickets", self.history.open_tickets, What.TICKETS_OPEN))
        made.append(self._stock("open_requests", self.history.open_requests, What.REQUESTS_OPEN))
        made += [self._ages(), self._reopened()]
        if chosen.counts(Kind.CONVERSATIONS):
            made.append(self._alone())
        made.append(self._satisfaction())
        if chosen.counts(Kind.CONVERSATIONS):
            made.append(self._counted("doubted", {"doubted": What.MISUNDERSTOOD}, "warn"))
        return made

    @property
    def period(self) -> Period:
        return self.history.period

    @property
    def labels(self) -> list[str]:
        return [self.said.day(point) for point in self.period.points]

    def link(self, what: What, period: Period | None = None, **more: object) -> str:
        """The address of a list, of the whole period without another."""
        chosen = more.pop("chosen", self.history.chosen)
        assert isinstance(chosen, Chosen)
        age = more.get("age")
        wanted = Wanted(what, period or self.period, chosen, age if isinstance(age, int) else None)
        return list_of(wanted, self.said.language)

    def count(self, value: int, href: str | None) -> Cell:
        return Cell(self.said.number(value), href if value else None, value)

    def _figure(
        self,
        name: str,
        plot: Callable[[str], Markup],
        sums: Sequence[tuple[str, Cell]],
        columns: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        *,
        has_some: bool,
    ) -> Figure:
        title = self.said(f"figures_{name}")
        return Figure(
            title,
            self.said(f"figures_{name}_meaning"),
            sums,
            plot(title) if has_some else Markup(),
            Table(name, title, columns, rows),
        )

    def _column(self, name: str) -> str:
        return self.said(f"figures_column_{name}")

    def _point_column(self) -> str:
        return self._column(self.period.step.value)

    def _points(self, row: Callable[[date, Period], Sequence[Cell]]) -> list[list[Cell]]:
        """A row of a table for each point."""
        said, period = self.said, self.period
        return [
            [Cell(said.date(point)), *row(point, period.at_point(point))] for point in period.points
        ]

    def _counted(self, name: str, whats: Mapping[str, What], tone: str) -> Figure:
        """How often something happened; of several things, their sum is drawn."""
        counts = self.history.counts
        shown = {column: what for column, what in whats.items() if what in counts}
        values = [
            sum(counts[what].get(point, 0) for what in shown.values())
            for point in self.period.points
        ]
        return self._figure(
            name,
            lambda title: bars(title, self.labels, values, self.said.number, tone),
            [
                (self._column(column), self.count(self.history.total(what), self.link(what)))
                for column, what in shown.items()
            ],
            [self._point_column(), *map(self._column, shown)],
            self._points(
                lambda point, days: [
                    self.count(counts[what].get(point, 0), self.link(what, days))
                    for what in shown.values()
                ]
            ),
            has_some=any(values),
        )

    def _reopened(self) -> Figure:
        whats = {"tickets": What.TICKETS_REOPENED, "requests": What.REQUESTS_REOPENED}
        return self._counted("reopened", whats, "warn")

    def _by_channel(self) -> Figure:
        said, history, chosen = self.said, self.history, self.history.chosen
        sources = {"requests": (What.REQUESTS_FILED, history.requests_by_channel)}
        if chosen.counts(Kind.TICKETS):
            sources = {"tickets": (What.TICKETS_OPENED, history.tickets_by_channel), **sources}
        sums = {
            channel: sum(counts.get(channel, 0) for _, counts in sources.values())
            for _, counts in sources.values()
            for channel in counts
        }
        channels = sorted(sums, key=lambda channel: (-sums[channel], channel))
        rows = []
        for channel in channels:
            narrower = Chosen(chosen.town, chosen.team, channel, chosen.service)
            cells = [
                self.count(counts.get(channel, 0), self.link(what, chosen=narrower))
                for what, counts in sources.values()
            ]
            rows.append([Cell(said.channel(channel)), *cells])
        drawn = [(said.channel(channel), sums[channel]) for channel in channels]
        return self._figure(
            "by_channel",
            lambda title: ranked(title, drawn, said.number, "brand"),
            [],
            [self._column("channel"), *map(self._column, sources)],
            rows,
            has_some=bool(drawn),
        )

    def _by_service(self) -> Figure:
        said, chosen, counts = self.said, self.history.chosen, self.history.by_service
        services = sorted(counts, key=lambda code: (-counts[code], code))
        rows = []
        for code in services:
            narrower = Chosen(chosen.town, chosen.team, chosen.channel, code)
            href = self.link(What.REQUESTS_FILED, chosen=narrower)
            name = said.service_name(code, chosen.town)
            rows.append([Cell(name), self.count(counts[code], href)])
        drawn = [
            (said.service_name(code, chosen.town), counts[code]) for code in services[:MOST_RANKED]
        ]
        return self._figure(
            "by_service",
            lambda title: ranked(title, drawn, said.number, "brand"),
            [],
            [self._column("service"), self._column("requests")],
            rows,
            has_some=bool(drawn),
        )

    def _first_answer(self) -> Figure:
        waits = _in_hours(self.history.answered)
        return self._spread("first_answer", waits, What.TICKETS_ANSWERED, self.said.hours)

    def _ticket_resolution(self) -> Figure:
        waits = _in_hours(self.history.closed)
        return self._spread("ticket_resolution", waits, What.TICKETS_CLOSED, self.said.hours)

    def _request_resolution(self) -> Figure:
        taken = self.history.resolved
        return self._spread("request_resolution", taken, What.REQUESTS_RESOLVED, self.said.days)

    def _spread(
        self,
        name: str,
        spreads: Spreads,
        what: What,
        written: Callable[[float], str],
    ) -> Figure:
        points = self.period.points
        found = [spreads.get(point) for point in points]
        series = [
            Series(
                self.said("figures_median"), [None if one is None else one.median for one in found]
            ),
            Series(
                self.said("figures_ninth"),
                [None if one is None else one.ninth for one in found],
                "warn",
            ),
        ]

        def row(point: date, days: Period) -> list[Cell]:
            one = spreads.get(point)
            if one is None:
                return [self.count(0, None), NOTHING, NOTHING]
            return [
                self.count(one.count, self.link(what, days)),
                Cell(written(one.median), value=one.median),
                Cell(written(one.ninth), value=one.ninth),
            ]

        total = sum(one.count for one in spreads.values())
        names = (self._column("counted"), self.said("figures_median"), self.said("figures_ninth"))
        return self._figure(
            name,
            lambda title: lines(title, self.labels, series, written),
            [(self._column("counted"), self.count(total, self.link(what)))],
            [self._point_column(), *names],
            self._points(row),
            has_some=bool(spreads),
        )

    def _stock(self, name: str, stock: Counts, what: What) -> Figure:
        """How much was open at the end of each point; of those to come nothing is known."""
        until = self.history.until
        known = [point for point in self.period.points if self.period.at_point(point).since < until]
        values = [float(stock[point]) if point in known else None for point in self.period.points]
        last = stock[known[-1]] if known else 0
        column = self._column("open")
        return self._figure(
            name,
            lambda title: lines(
                title, self.labels, [Series(self.said("figures_end"), values)], self.said.number
            ),
            [(column, self.count(last, self.link(what)))],
            [self._point_column(), column],
            self._points(
                lambda point, days: (
                    [self.count(stock[point], self.link(what, days))]
                    if point in known
                    else [NOTHING]
                )
            ),
            has_some=any(values),
        )

    def _ages(self) -> Figure:
        said, history = self.said, self.history
        sources = {"requests": (What.REQUESTS_OPEN, history.request_ages)}
        if history.ticket_ages:
            sources = {"tickets": (What.TICKETS_OPEN, history.ticket_ages), **sources}
        names = [
            said("figures_age_first", days=AGES[0]),
            *(said("figures_age", first=first, last=last) for first, last in pairwise(AGES)),
            said("figures_age_last", days=AGES[-1]),
        ]
        rows, drawn = [], []
        for age, name in enumerate(names):
            cells = [
                self.count(ages[age], self.link(what, age=age)) for what, ages in sources.values()
            ]
            rows.append([Cell(name), *cells])
            drawn.append((name, sum(ages[age] for _, ages in sources.values())))
        return self._figure(
            "ages",
            lambda title: ranked(title, drawn, said.number, "warn"),
            [],
            [self._column("age"), *map(self._column, sources)],
            rows,
            has_some=any(value for _, value in drawn),
        )

    def _alone(self) -> Figure:
        begun = self.history.counts[What.CONVERSATIONS_BEGUN]
        return self._share(
            "alone",
            begun,
            self.history.alone,
            {
                "begun": (What.CONVERSATIONS_BEGUN, begun),
                "alone": (What.CONVERSATIONS_ALONE, self.history.alone),
            },
        )

    def _satisfaction(self) -> Figure:
        counts = self.history.counts
        whats = {
            "tickets_good": What.TICKETS_GOOD,
            "tickets_bad": What.TICKETS_BAD,
            "requests_good": What.REQUESTS_GOOD,
            "requests_bad": What.REQUESTS_BAD,
        }
        sources = {name: (what, counts[what]) for name, what in whats.items() if what in counts}
        good: dict[date, int] = {}
        every: dict[date, int] = {}
        for name, (_, by_point) in sources.items():
            for point, count in by_point.items():
                every[point] = every.get(point, 0) + count
                good[point] = good.get(point, 0) + (count if name.endswith("_good") else 0)
        return self._share("satisfaction", every, good, sources)

    def _share(
        self, name: str, every: Counts, some: Counts, sources: Mapping[str, tuple[What, Counts]]
    ) -> Figure:
        """How much of something, in hundredths."""

        def share(point: date) -> float | None:
            return 100 * some.get(point, 0) / every[point] if every.get(point) else None

        def row(point: date, days: Period) -> list[Cell]:
            part = share(point)
            said = NOTHING if part is None else Cell(self.said.share(part), value=part)
            return [
                said,
                *(
                    self.count(counts.get(point, 0), self.link(what, days))
                    for what, counts in sources.values()
                ),
            ]

        values = [share(point) for point in self.period.points]
        series = Series(self.said(f"figures_{name}_line"), values, "good")
        return self._figure(
            name,
            lambda title: lines(title, self.labels, [series], self.said.share),
            [
                (self._column(column), self.count(sum(counts.values()), self.link(what)))
                for column, (what, counts) in sources.items()
            ],
            [self._point_column(), self._column("share"), *map(self._column, sources)],
            self._points(row),
            has_some=any(every.values()),
        )


def _in_hours(seconds: Spreads) -> Spreads:
    return {
        point: Spread(one.count, one.median / 3600, one.ninth / 3600)
        for point, one in seconds.items()
    }
