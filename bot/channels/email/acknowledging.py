"""What whoever wrote a mail is told at once: received when, under which reference, who answers."""

from __future__ import annotations

from datetime import datetime

from bot.channels.email.understanding import Understood
from bot.service_requests.acknowledgement import acknowledgement
from bot.services.rules import Team
from bot.services.working_days import local_date
from bot.tickets.wording import hours_line
from bot.words.dates import Day
from bot.words.phrases import Line, Reply, say


def urgent(understood: Understood) -> tuple[Line, ...]:
    """The number that fits an emergency, or all of them in a line where it may be one."""
    if understood.emergency is not None:
        return say(f"emergency.{understood.emergency}"), say("emergency.not_this_service")
    return (say("emergency.caution"),) if understood.may_be_emergency else ()


def acknowledging(
    understood: Understood, reference: str, team: Team, now: datetime, *, has_lost: bool
) -> Reply:
    """As CRPA R.112-5 asks; an emergency's number before all else. `has_lost`: a file could not
    be kept. Nothing of the citizen's own words is repeated: their address is not verified."""
    lines: list[Line] = [
        *urgent(understood),
        say("email.received", day=Day(local_date(now)), reference=reference),
        say("email.team", team=team.label, contact=team.contact),
        hours_line(team),
    ]
    service = understood.service
    if service is not None and service.procedure is not None:
        lines += acknowledgement(service, team, local_date(now))[2:]
    else:
        lines.append(say("email.silence"))
    if has_lost:
        lines.append(say("email.lost"))
    lines.append(say("email.add"))
    return Reply(tuple(lines), reference=reference)
