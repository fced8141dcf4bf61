"""The list of reports that are not settled, in the agent's language, and what it may be narrowed
to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.accounts.rules import Agent
from bot.handover.reports import ListedReport, Wanted, handled_by
from bot.parts import Service
from bot.service_requests.rules import OPEN, Status
from bot.web.agent import shapes
from bot.words.folding import fold


class Speaker(Protocol):
    """For whom, and in which language."""

    @property
    def service(self) -> Service: ...
    @property
    def agent(self) -> Agent: ...
    @property
    def language(self) -> str: ...
    def town(self, insee: str | None) -> str: ...
    def state(self, status: Status) -> shapes.Named: ...


@dataclass(frozen=True)
class Narrowing:
    """What the list may be narrowed to."""

    services: Sequence[shapes.Named]
    states: Sequence[shapes.Named]


def narrowing(speaker: Speaker) -> Narrowing:
    catalogue, language = speaker.service.catalogue, speaker.language
    codes = set(handled_by(speaker.agent.teams, catalogue))
    labels = {one.code: one.label.in_(language) for one in catalogue.every_variant()}
    services = [shapes.Named(code=code, label=labels[code]) for code in codes]
    return Narrowing(
        sorted(services, key=lambda one: fold(one.label)),
        [speaker.state(status) for status in Status if status in OPEN],
    )


def narrowed(wanted: Wanted) -> shapes.Narrowed:
    return shapes.Narrowed(
        service=wanted.service or "",
        state="" if wanted.status is None else wanted.status.value,
        late="yes" if wanted.only_late else "",
        order="newest" if wanted.newest_first else "",
    )


def report_row(speaker: Speaker, row: ListedReport, now: datetime) -> shapes.ReportRow:
    service = speaker.service.catalogue.find(row.service, row.commune)
    label = row.service if service is None else service.short_label.in_(speaker.language)
    return shapes.ReportRow(
        reference=row.reference,
        conversation=row.conversation_id,
        label=label,
        town=speaker.town(row.commune),
        address=row.address,
        shown=row.shown,
        state=speaker.state(row.status),
        filed_at=row.filed_at,
        expected_on=row.expected_on,
        is_late=row.is_late(now),
        ticket=row.ticket,
        assignee=row.assignee,
    )
