"""Chooses the reader's thresholds on the development messages, and keeps what it chose.

    ./guichet train && .guichet/envs/engine/bin/python -m nlu.evaluation.calibrate MODEL [--write]

Run by the engine's interpreter from the checkout's root; MODEL is a file of `.guichet/models`.
`--write` keeps the run in `calibration.json`; the same values then go into `config.yml`, which
`./guichet check` compares with it.
"""

from __future__ import annotations

import argparse
import io
import json
import tarfile
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np

from nlu.components.intent_reader import EMERGENCY, IntentReader
from nlu.evaluation.messages import messages
from nlu.evaluation.metrics import calibration_error

KEPT = Path(__file__).with_name("calibration.json")
RIGHT_WHEN_SURE = 0.99
"""Of the messages read without their meaning, this share must be read rightly."""
RIGHT_WHEN_ACTING = 0.97
"""Of the messages that are acted on without a question."""
FALSE_ALARMS = 0.005
"""The most false alarms, as a share of all that is no emergency: within it, as few emergencies as
possible are missed. Half of the one in a hundred that is wanted, since the near-misses of writers
who are not here yet sound nearer."""
CAUTIONS = 0.03
"""The most of what is no emergency that may get the emergency number before its answer."""
AMONG_ALL = 0.05
"""Share of emergencies among all messages that chances are told for: one in three here, where they
are sought, and far fewer in a day. Assumed, on the careful side."""
UNHEARD = 0.005
"""Share of the emergencies whose meaning may go unasked because their pieces seem harmless."""


Thresholds = dict[str, Any]


def loaded(model: Path) -> IntentReader:
    """The reader inside a trained model."""
    with tarfile.open(model) as archive:
        name = next(n for n in archive.getnames() if n.endswith("reader.npz"))
        member = archive.extractfile(name)
        assert member is not None
        kept = dict(np.load(io.BytesIO(member.read()), allow_pickle=False))
    return IntentReader(IntentReader.get_default_config(), None, None, kept)


def under(reader: IntentReader, thresholds: Thresholds) -> IntentReader:
    """The same reader with these thresholds."""
    other = copy(reader)
    other._config = {**IntentReader.get_default_config(), **thresholds}
    return other


class Development:
    """The development messages, read once by both readers, and judged under any thresholds."""

    def __init__(self, model: Path) -> None:
        kept = messages("dev")
        self._reader = reader = loaded(model)
        self.labels = np.array([m.intent for m in kept])
        self.is_emergency = self.labels == EMERGENCY
        self.names = np.array(reader.intents)
        self.scores, self.meanings = reader.opinions([m.text for m in kept])

    def logs(self, thresholds: Thresholds, *, by_pieces_alone: bool = False) -> np.ndarray:
        """The readers' logarithms of chances, a row a message."""
        reader = under(self._reader, thresholds)
        rows = zip(self.scores, self.meanings, strict=True)
        return np.array([reader.logs(row, None if by_pieces_alone else m) for row, m in rows])

    def alarms(self, thresholds: Thresholds, *, by_pieces_alone: bool = False) -> np.ndarray:
        """The detector's scores."""
        reader = under(self._reader, thresholds)
        logs_of_all = self.logs(thresholds, by_pieces_alone=by_pieces_alone)
        rows = zip(self.scores, logs_of_all, strict=True)
        return np.array([reader.alarm(row, logs) for row, logs in rows])

    def decided(self, thresholds: Thresholds) -> np.ndarray:
        """The chances as they are told."""
        reader = under(self._reader, thresholds)
        rows = zip(self.scores, self.meanings, strict=True)
        return np.array([reader.decided(reader.judge(*row)) for row in rows])

    def right(self, chances: np.ndarray) -> np.ndarray:
        return np.asarray(self.names[chances.argmax(axis=1)] == self.labels)

    def off(self, chances: np.ndarray) -> float:
        """Calibration error."""
        return calibration_error(list(zip(chances.max(axis=1), self.right(chances), strict=True)))

    def alarmed(self, chances: np.ndarray) -> np.ndarray:
        return np.asarray(self.names[chances.argmax(axis=1)] == EMERGENCY)

    def false_alarms(self, chances: np.ndarray) -> float:
        return float(self.alarmed(chances)[~self.is_emergency].mean())

    def cautions(self, chances: np.ndarray) -> np.ndarray:
        """What is no alarm and gets the number in a line."""
        told = chances[:, list(self.names).index(EMERGENCY)] > 0
        return np.asarray(told & ~self.alarmed(chances))


def calibrated(model: Path) -> dict[str, Any]:
    """The chosen values and what they give on the development messages."""
    dev = Development(model)
    chosen: Thresholds = {"alarm_caution": 1.0}
    chosen["steepness"] = min(
        (value / 4 for value in range(4, 33)),
        key=lambda value: dev.off(np.exp(dev.logs({"steepness": value}))),
    )
    pieces = np.exp(dev.logs(chosen, by_pieces_alone=True))
    chosen["sure"] = _threshold(pieces.max(axis=1), dev.right(pieces), RIGHT_WHEN_SURE)
    alone = dev.alarms(chosen, by_pieces_alone=True)
    chosen["alarm_doubt"] = round(float(np.quantile(alone[dev.is_emergency], UNHEARD)), 2)
    chosen |= _as_chance(dev.alarms(chosen), dev.is_emergency)
    chosen["alarm"] = _lowest(
        lambda value: dev.false_alarms(dev.decided({**chosen, "alarm": value})) <= FALSE_ALARMS
    )
    chosen["alarm_caution"] = _lowest(
        lambda value: bool(
            dev.cautions(dev.decided({**chosen, "alarm_caution": value}))[~dev.is_emergency].mean()
            <= CAUTIONS
        )
    )
    found = dev.decided(chosen)
    act = _threshold(found.max(axis=1), dev.right(found), RIGHT_WHEN_ACTING)
    needs = (pieces.max(axis=1) < chosen["sure"]) | (alone >= chosen["alarm_doubt"])
    missed = dev.is_emergency & ~dev.alarmed(found)
    return {
        **chosen,
        "act": act,
        "on the development messages": {
            "messages": len(dev.labels),
            "calibration error": round(dev.off(found), 3),
            "accuracy": round(float(dev.right(found).mean()), 3),
            "share acted on": round(float((found.max(axis=1) >= act).mean()), 3),
            "share of no emergencies that needs its meaning": round(
                float(needs[~dev.is_emergency].mean()), 3
            ),
            "emergencies": int(dev.is_emergency.sum()),
            "emergencies missed": int(missed.sum()),
            "of these, told the number before the answer": int(
                (missed & dev.cautions(found)).sum()
            ),
            "false alarms": round(dev.false_alarms(found), 3),
        },
    }


def _lowest(is_enough: Callable[[float], bool]) -> float:
    """The lowest chance from 0.01 to 0.99 that is enough."""
    return next((value / 100 for value in range(1, 100) if is_enough(value / 100)), 0.99)


def _as_chance(alarms: np.ndarray, is_emergency: np.ndarray) -> dict[str, float]:
    """The logistic curve through the detector's scores (Platt's scaling), for a day's messages."""
    from sklearn.linear_model import LogisticRegression

    weights = np.where(is_emergency, AMONG_ALL / is_emergency.mean(), 1.0)
    curve = LogisticRegression(C=100.0).fit(alarms[:, None], is_emergency, weights)
    steepness = float(curve.coef_[0, 0])
    middle = -float(curve.intercept_[0]) / steepness
    return {"alarm_middle": round(middle, 2), "alarm_steepness": round(steepness, 2)}


def _threshold(confidences: np.ndarray, right: np.ndarray, wanted: float) -> float:
    """The lowest confidence above which the share of right readings is the one wanted."""
    for value in range(20, 99):
        above = confidences >= value / 100
        if above.any() and right[above].mean() >= wanted:
            return value / 100
    return 0.99


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    found = json.dumps(calibrated(options.model), indent=2)
    print(found)
    if options.write:
        KEPT.write_text(found + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
