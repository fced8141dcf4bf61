"""What a citizen must be told on filing: when it was received, who deals with it, what silence
means, and the service's own objective. Pure. The law: CRPA L.112-3 and R.112-5."""

from __future__ import annotations

from datetime import date, datetime

from bot.services.rules import Procedure, Service, Silence, Team
from bot.services.working_days import due_date, local_date
from bot.words.dates import Day
from bot.words.phrases import Line, Outcome, say


def acknowledgement(service: Service, team: Team, received: date) -> tuple[Line, ...]:
    """Short lines, one fact each. A report of something wrong asks for no decision: one line."""
    procedure = service.procedure
    if procedure is None:
        return (say("acknowledgement.report", day=Day(received)),)
    lines: list[Line] = [
        say("acknowledgement.received", day=Day(received)),
        say("acknowledgement.team", team=team.label, contact=procedure.contact),
        _silence(procedure, received),
    ]
    if procedure.missing_pieces is not None:
        lines.append(say("acknowledgement.missing_pieces", pieces=procedure.missing_pieces))
    if procedure.appeal is not None:
        lines.append(say("acknowledgement.appeal", appeal=procedure.appeal))
    return tuple(lines)


def filed_lines(
    reference: str | Outcome, service: Service, team: Team, now: datetime
) -> list[Line]:
    """What is said once a request is filed: its reference, what the law asks, what comes next."""
    lines: list[Line] = [
        say("report.filed", reference=reference),
        *acknowledgement(service, team, local_date(now)),
        service.next_steps,
        objective(service, due_date(now, service.target_delay_days)),
    ]
    return lines if service.not_ours is None else [*lines, service.not_ours]


def _silence(procedure: Procedure, received: date) -> Line:
    match procedure.silence, procedure.decided_by(received):
        case Silence.ACCEPTED, date() as day:
            return say("acknowledgement.accepted", day=Day(day))
        case Silence.REFUSED, date() as day:
            return say("acknowledgement.refused", day=Day(day))
        case Silence.NONE, _:
            return say("acknowledgement.silence_none")
        case _:
            return say("acknowledgement.silence_unknown")


def objective(service: Service, due_on: date) -> Line:
    """The delay that the service sets itself, with the day on which it ends."""
    return say("report.delay", n=service.target_delay_days, day=Day(due_on))
