"""What an operator's monitoring reads of a service. Figures only: no citizen, no text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

# From a button's press (under 0.1 s) to a turn that reaches its time-out (20 s).
TURN_BUCKETS_S = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)


@dataclass(frozen=True)
class Backlog:
    """What waits in the database: `pending` counts deliveries by channel, `letters`, `news` and
    `mirrors` (copies of tickets in an outside backend) those that wait or failed, by state."""

    waiting: int
    oldest_s: float
    pending: Mapping[str, int]
    letters: Mapping[str, int]
    news: Mapping[str, int]
    mirrors: Mapping[str, int]


class Metrics:
    """The figures of one service, in a registry of its own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._engine_ready = Gauge(
            "guichet_engine_ready", "1 when the engine can answer.", registry=registry
        )
        self._open_turns = Gauge(
            "guichet_open_turns", "Turns under way in this process.", registry=registry
        )
        self._waiting = Gauge(
            "guichet_waiting_conversations",
            "Conversations in which a message waits for an answer.",
            registry=registry,
        )
        self._oldest = Gauge(
            "guichet_oldest_waiting_seconds",
            "Age of the oldest message that waits for an answer.",
            registry=registry,
        )
        self._pending = Gauge(
            "guichet_pending_deliveries",
            "Messages that their channel has not shown yet.",
            ["channel"],
            registry=registry,
        )
        self._deliveries = Counter(
            "guichet_deliveries",
            "Attempts to hand a message over: sent, failed, blocked, put off.",
            ["channel", "outcome"],
            registry=registry,
        )
        self._blocked = Gauge(
            "guichet_blocked_chats",
            "Chats that do not let us write.",
            ["channel"],
            registry=registry,
        )
        self._news = Gauge(
            "guichet_news",
            "News of requests that wait to be told, or are stuck.",
            ["state"],
            registry=registry,
        )
        self._letters = Gauge(
            "guichet_letters",
            "Letters that wait to be sent, or that were given up.",
            ["state"],
            registry=registry,
        )
        self._mirrors = Gauge(
            "guichet_ticket_mirror",
            "Copies of tickets that fail, notes that stay here, readings of news that fail.",
            ["state"],
            registry=registry,
        )
        self._turns = Histogram(
            "guichet_turn_seconds",
            "Duration of a turn, by what became of it.",
            ["outcome"],
            buckets=TURN_BUCKETS_S,
            registry=registry,
        )
        self._failures = Counter(
            "guichet_turn_failures", "Attempts at a turn that failed.", registry=registry
        )
        self._refused = Counter(
            "guichet_refused_requests", "Requests refused at a door.", ["code"], registry=registry
        )
        self._forwarded = Counter(
            "guichet_forwarding_attempts",
            "Attempts to send a request to a town's system, by what became of them.",
            ["system", "outcome"],
            registry=registry,
        )
        self._heard = Counter(
            "guichet_forwarding_news",
            "What towns' systems said of requests, by what became of it.",
            ["system", "outcome"],
            registry=registry,
        )

        self._sockets = Gauge(
            "guichet_widget_sockets",
            "Sockets of the widget that are open in this process.",
            registry=registry,
        )
        self._sockets_refused = Counter(
            "guichet_widget_sockets_refused",
            "Sockets of the widget that were not let in: rate and address (too many from one"
            " place), full, stopping, site (not allowed), token (good for nothing), hello (none"
            " came), other.",
            ["reason"],
            registry=registry,
        )

    def turn_ended(self, outcome: str, seconds: float) -> None:
        """A turn was left: answered, fenced, failed…"""
        self._turns.labels(outcome).observe(seconds)

    def turn_failed(self) -> None:
        self._failures.inc()

    def refused(self, code: str) -> None:
        """A door refused with that code of a domain error."""
        self._refused.labels(code).inc()

    def delivered(self, channel: str, outcome: str) -> None:
        """An attempt to hand a message over ended so: sent, failed, blocked, put_off."""
        self._deliveries.labels(channel, outcome).inc()

    def blocked(self, channel: str, chats: int) -> None:
        """So many chats of a channel do not let us write."""
        self._blocked.labels(channel).set(chats)

    def sockets(self, count: int) -> None:
        """So many of the widget's are open."""
        self._sockets.set(count)

    def socket_refused(self, reason: str) -> None:
        """One of the widget's was not let in."""
        self._sockets_refused.labels(reason).inc()

    def forwarded(self, system: str, outcome: str) -> None:
        """An attempt to send to a system (INSEE code): sent, promised, failed, refused…"""
        self._forwarded.labels(system, outcome).inc()

    def heard(self, system: str, outcome: str, count: int) -> None:
        """A system said that many things with that outcome: changed, same, unknown…"""
        self._heard.labels(system, outcome).inc(count)

    def exposition(self, *, engine_ready: bool, open_turns: int, backlog: Backlog | None) -> bytes:
        """Everything in Prometheus' text format. Without a backlog (the database is away) its
        gauges say NaN rather than an old figure."""
        self._engine_ready.set(engine_ready)
        self._open_turns.set(open_turns)
        self._waiting.set(nan if backlog is None else backlog.waiting)
        self._oldest.set(nan if backlog is None else backlog.oldest_s)
        self._pending.clear()
        for channel, count in (backlog.pending if backlog is not None else {}).items():
            self._pending.labels(channel).set(count)
        self._news.clear()
        for state, count in (backlog.news if backlog is not None else {}).items():
            self._news.labels(state).set(count)
        self._letters.clear()
        for state, count in (backlog.letters if backlog is not None else {}).items():
            self._letters.labels(state).set(count)
        self._mirrors.clear()
        for state, count in (backlog.mirrors if backlog is not None else {}).items():
            self._mirrors.labels(state).set(count)
        return generate_latest(self._registry)
