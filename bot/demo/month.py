"""A believable month, planned from a seed and played through the product's own operations."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select

from bot.accounts.rules import Agent
from bot.conversations.tables import Conversation
from bot.demo import drawings
from bot.demo.automating import automations
from bot.demo.blocking import Transactions
from bot.demo.calls import Call
from bot.demo.content import Content, Problem, Spot, Talk
from bot.demo.correspondence import RECENT_LETTERS, Correspondence
from bot.demo.editing import editions
from bot.demo.questions import Question, language_of
from bot.demo.reports import Drawn, Report
from bot.demo.rules import FIRST, LAST, STORM_SHARE, arrivals, storm
from bot.demo.stage import IS_OWN, Person, Stage
from bot.demo.talks import End, TicketTalk
from bot.demo.timeline import Step, Timeline
from bot.service_requests.photos import PhotoFiles
from bot.service_requests.tables import ServiceRequest
from bot.services.opening import hours_of
from bot.services.rules import RECEPTION
from bot.storage.transaction import Transaction
from bot.tickets.tables import Ticket

CHANNELS = {"web": 0.62, "telegram": 0.38}
RECORDED = {"phone": 0.65, "counter": 0.25, "post": 0.1}
"""How those come whom an agent hears."""
CALLED_REPORT, CALLED_PASSED = 0.55, 0.2
ENGLISH, ON_SITE = 0.07, 0.4
QUESTIONS = (0.6, 0.22, 0.18)
"""Of what the assistant is asked: answered, of the misunderstood theme, misunderstood."""
FOLLOWED, MERGED, PHOTOGRAPHED = 0.14, 0.05, 0.4
MINUTE = timedelta(minutes=1)
ANSWERED_NOTE = 0.35
AT_WORK_SINCE = timedelta(hours=2)
RECENT = (
    (End.UNTAKEN, 5 * MINUTE, 400 * MINUTE, 6),
    (End.UNTAKEN, 1500 * MINUTE, 7000 * MINUTE, 3),
    (End.ASSIGNED, 60 * MINUTE, 1500 * MINUTE, 4),
    (End.ANSWERED, 60 * MINUTE, 9000 * MINUTE, 7),
    (End.WRITTEN, 90 * MINUTE, 1500 * MINUTE, 5),
    (End.TRANSFERRED, 120 * MINUTE, 3000 * MINUTE, 3),
    (End.SNOOZED, 300 * MINUTE, 5000 * MINUTE, 4),
    (End.REOPENED, 200 * MINUTE, 6000 * MINUTE, 3),
)
"""Tickets that are open when the month ends: how, how long ago they began at least and at most,
and how many at full size. All others are closed."""
OPEN_TICKETS = sum(how_many for *_, how_many in RECENT)


@dataclass(frozen=True)
class Size:
    """How much there is."""

    reports: int = 350
    tickets: int = 120
    questions: int = 90
    calls: int = 60
    letters: int = 14


@dataclass(frozen=True)
class Counts:
    """What the demonstration has in the database."""

    citizens: int
    conversations: int
    requests: int
    tickets: int


async def counts(tx: Transaction) -> Counts:
    async def of(table: Any) -> int:
        own = select(func.count()).select_from(table).where(table.citizen_id.between(FIRST, LAST))
        return int(await tx.scalar(own) or 0)

    conversations = await of(Conversation)
    return Counts(conversations, conversations, await of(ServiceRequest), await of(Ticket))


async def has_others(tx: Transaction) -> bool:
    """Whether there are conversations that are not the demonstration's."""
    return bool(await tx.scalar(select(exists().where(~IS_OWN))))


class Month:
    """Plans the stories: each with a citizen of its own."""

    def __init__(self, seed: int, until: datetime, content: Content, stage: Stage) -> None:
        self._rng = random.Random(seed)  # noqa: S311  (a story, not a secret)
        self._until = until
        self._content = content
        self._stage = stage
        self._people = 0
        self._drawn = 0

    async def timeline(self, size: Size, photos: PhotoFiles) -> Timeline:
        """All that begins by itself; what follows from it is added as it is played."""
        timeline = Timeline(self._until)
        timeline.add(await self._reports(size.reports, photos))
        tickets = self._tickets(size.tickets)
        timeline.add(tickets)
        timeline.add(self._questions(size.questions))
        timeline.add(self._calls(size.calls))
        letters = self._letters(size.letters)
        timeline.add(letters)
        opened = [step.at for step in (*tickets, *letters)]
        timeline.add(automations(self._stage, self._until, opened))
        timeline.add(editions(self._stage, self._until))
        return timeline

    def _person(self, commune: str, *, language: str | None = None) -> Person:
        self._people += 1
        channel = self._rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        if language is None:
            language = "en" if self._rng.random() < ENGLISH else "fr"
        is_on_site = channel == "web" and self._rng.random() < ON_SITE
        return Person(self._people, channel, language, commune, is_on_site)

    async def _reports(self, how_many: int, photos: PhotoFiles) -> list[Step]:
        of_storm = int(how_many * STORM_SHARE)
        problems = self._content.problems
        usual = [p.weight for p in problems]
        stormy = [p.storm for p in problems]
        steps: list[Step] = []
        earlier: Report | None = None
        for weights, times in (
            (usual, arrivals(self._rng, self._until, how_many - of_storm)),
            (stormy, storm(self._rng, self._until, of_storm)),
        ):
            for at in times:
                problem = self._rng.choices(problems, weights)[0]
                report = await self._report(problem, self._content.spot(self._rng), photos)
                if earlier is not None and self._rng.random() < MERGED:
                    report.problem, report.spot = earlier.problem, earlier.spot
                    report.person.commune = earlier.spot.insee
                    report.merged_into = earlier
                    steps.append(Step(at, report.begin, alone=True))
                    continue
                earlier = report
                steps.append(Step(at, report.begin, alone=True))
        return steps

    async def _report(self, problem: Problem, spot: Spot, photos: PhotoFiles) -> Report:
        person = self._person(spot.insee)
        followers = []
        while self._rng.random() < FOLLOWED:
            followers.append(self._person(spot.insee, language="fr"))
        picture = None
        if problem.photo is not None and self._rng.random() < PHOTOGRAPHED:
            picture = await self._picture(problem.photo, photos)
        return Report(person, problem, spot, self._rng.random(), picture, followers)

    async def _picture(self, what: str, photos: PhotoFiles) -> Drawn:
        self._drawn += 1
        kept, picture = await photos.keep(drawings.draw(what, self._drawn))
        self._stage.pictures.append(kept)
        return Drawn(kept, picture.width, picture.height, len(picture.data))

    def _tickets(self, how_many: int) -> list[Step]:
        part = min(1.0, how_many / (2 * OPEN_TICKETS))
        steps: list[Step] = []
        at_work = self._last_at_work()
        for end, shortest, longest, full in RECENT:
            for _ in range(max(1, round(full * part))):
                ago = self._rng.uniform(0, 1) * (longest - shortest) + shortest
                steps.append(Step(at_work - ago, self._talk(end).begin, alone=True))
        for talk in self._content.talks:
            if talk.emergency is not None:
                ago = self._rng.uniform(0, 1) * 40 * MINUTE + 5 * MINUTE
                steps.append(Step(at_work - ago, self._told(talk, End.UNTAKEN).begin, alone=True))
        left = max(0, how_many - len(steps))
        before = self._until - timedelta(hours=20)
        closed = arrivals(self._rng, before, left)
        return [*steps, *(Step(at, self._talk(End.CLOSED).begin, alone=True) for at in closed)]

    def _calls(self, how_many: int) -> list[Step]:
        """Those of an hour when nobody is there are left out."""
        reception = hours_of(self._stage.counter.team(RECEPTION))
        problems = self._content.problems
        talks = [t for t in self._content.talks if t.emergency is None and t.language == "fr"]
        steps = []
        for at in arrivals(self._rng, self._until, how_many):
            spot = self._content.spot(self._rng)
            channel = self._rng.choices(list(RECORDED), list(RECORDED.values()))[0]
            self._people += 1
            person = Person(self._people, channel, "fr", spot.insee)
            about: Report | Talk = self._rng.choice(talks)
            if self._rng.random() < CALLED_REPORT:
                problem = self._rng.choices(problems, [p.weight for p in problems])[0]
                about = Report(person, problem, spot, self._rng.random())
            agent = self._rng.choice(self._who_answers(RECEPTION, spot.insee))
            name = self._stage.pick("callers")
            is_passed = self._rng.random() < CALLED_PASSED
            if reception.is_open(at):
                call = Call(person, agent, about, name, is_passed)
                steps.append(Step(at, call.record, alone=True))
        return steps

    def _letters(self, how_many: int) -> list[Step]:
        part, at_work = how_many / Size.letters, self._last_at_work()
        began = [
            (at_work - (self._rng.random() * (longest - shortest) + shortest), end)
            for end, shortest, longest, full in RECENT_LETTERS
            for _ in range(max(1, round(full * part)))
        ]
        before = self._until - timedelta(days=8)
        closed = arrivals(self._rng, before, max(2, how_many - len(began)))
        began += [(at, End.CLOSED) for at in closed]
        written = [*self._content.letters]
        self._rng.shuffle(written)
        steps = []
        for number, (at, end) in enumerate(began):
            letter, commune = written[number % len(written)], self._content.spot(self._rng).insee
            self._people += 1
            person = Person(self._people, "email", letter.language, commune)
            agent = self._rng.choice(self._who_answers(letter.team, commune))
            steps.append(Step(at, Correspondence(person, letter, agent, end).begin, alone=True))
        return steps

    def _last_at_work(self) -> datetime:
        """The last time, up to the month's end, when the reception had been open for hours: at a
        weekend's end nobody would have answered what came since."""
        hours = hours_of(self._stage.counter.team(RECEPTION))
        at = self._until
        while not (hours.is_open(at) and hours.is_open(at - AT_WORK_SINCE)):
            at -= 10 * MINUTE
        return at

    def _talk(self, end: End) -> TicketTalk:
        usual = [talk for talk in self._content.talks if talk.emergency is None]
        return self._told(self._rng.choice(usual), end)

    def _told(self, talk: Talk, end: End) -> TicketTalk:
        commune = self._content.spot(self._rng).insee
        agent = self._rng.choice(self._who_answers(talk.team, commune))
        colleagues = [a for a in self._stage.agents if a.sees(commune) and a.id != agent.id]
        colleague = self._rng.choice(colleagues) if self._rng.random() < ANSWERED_NOTE else None
        person = self._person(commune, language=talk.language)
        to = None
        if end is End.TRANSFERRED:
            to = self._rng.choice(sorted({t.team for t in self._content.talks} - {talk.team}))
        return TicketTalk(person, talk, agent, end, colleague, to)

    def _who_answers(self, team: str, commune: str) -> Sequence[Agent]:
        seeing = [agent for agent in self._stage.agents if agent.sees(commune)]
        return [agent for agent in seeing if team in agent.teams] or seeing

    def _questions(self, how_many: int) -> list[Step]:
        asked = self._content.questions
        steps = []
        for at in arrivals(self._rng, self._until, how_many):
            kind = self._rng.choices(("answered", "theme", "doubted"), QUESTIONS)[0]
            article = self._rng.choice(list(asked.answered)) if kind == "answered" else None
            said = self._rng.choice(asked.answered[article] if article else getattr(asked, kind))
            person = self._person(self._content.spot(self._rng).insee, language=language_of(said))
            steps.append(Step(at, Question(person, said, article).ask, alone=True))
        return steps


async def fill(
    database: Transactions,
    stage: Stage,
    seed: int,
    until: datetime,
    size: Size,
    tell: Callable[[str], None],
) -> Counts:
    """Play the month. Pictures are kept before the rows that name them."""
    month = Month(seed, until, stage.content, stage)
    tell("pictures")
    timeline = await month.timeline(size, stage.photos)
    tell("conversations, requests, tickets")
    await timeline.play(stage, database, tell)
    async with database.transaction() as tx:
        return await counts(tx)
