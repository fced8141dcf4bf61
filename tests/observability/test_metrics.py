"""The figures of one service, as Prometheus reads them."""

from __future__ import annotations

import math

from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from bot.observability.metrics import Backlog, Metrics

NOTHING = Backlog(0, 0.0, {}, {}, {}, {})


def figures(metrics: Metrics, backlog: Backlog | None = NOTHING) -> dict[str, float]:
    """Every sample, by its name and label values."""
    text = metrics.exposition(engine_ready=True, open_turns=2, backlog=backlog).decode()
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_state_of_the_service_and_its_backlog_are_read() -> None:
    read = figures(
        Metrics(CollectorRegistry()),
        Backlog(3, 12.5, {"web": 4}, {"failed": 2}, {"stuck": 1}, {"failing": 5}),
    )
    assert read["guichet_engine_ready"] == 1
    assert read["guichet_open_turns"] == 2
    assert read["guichet_waiting_conversations"] == 3
    assert read["guichet_oldest_waiting_seconds"] == 12.5
    assert read["guichet_pending_deliveries web"] == 4
    assert read["guichet_letters failed"] == 2
    assert read["guichet_news stuck"] == 1
    assert read["guichet_ticket_mirror failing"] == 5


def test_a_turn_is_measured_by_what_became_of_it() -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.turn_ended("answered", 0.2)
    metrics.turn_ended("answered", 0.4)
    metrics.turn_ended("failed", 20)
    metrics.turn_failed()
    read = figures(metrics)
    assert read["guichet_turn_seconds_count answered"] == 2
    assert read["guichet_turn_seconds_sum answered"] == 0.2 + 0.4
    assert read["guichet_turn_seconds_bucket 0.25 answered"] == 1
    assert read["guichet_turn_seconds_count failed"] == 1
    assert read["guichet_turn_failures_total"] == 1


def test_refusals_are_counted_by_their_code() -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.refused("too_many")
    metrics.refused("too_many")
    metrics.refused("forbidden")
    read = figures(metrics)
    assert read["guichet_refused_requests_total too_many"] == 2
    assert read["guichet_refused_requests_total forbidden"] == 1


def test_what_goes_to_towns_and_comes_back_is_counted_by_town() -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.forwarded("69149", "sent")
    metrics.heard("69149", "changed", 3)
    read = figures(metrics)
    assert read["guichet_forwarding_attempts_total sent 69149"] == 1
    assert read["guichet_forwarding_news_total changed 69149"] == 3


def test_no_old_figure_is_told_while_the_database_is_away() -> None:
    metrics = Metrics(CollectorRegistry())
    figures(metrics, Backlog(3, 12.5, {"web": 4}, {"failed": 2}, {"stuck": 1}, {"failing": 5}))
    read = figures(metrics, None)
    assert math.isnan(read["guichet_waiting_conversations"])
    assert math.isnan(read["guichet_oldest_waiting_seconds"])
    assert "guichet_pending_deliveries web" not in read
    assert "guichet_letters failed" not in read


def test_two_services_of_one_process_count_apart() -> None:
    one, other = Metrics(CollectorRegistry()), Metrics(CollectorRegistry())
    one.turn_failed()
    assert figures(other)["guichet_turn_failures_total"] == 0
