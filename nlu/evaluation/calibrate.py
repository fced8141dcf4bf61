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
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlu.components.intent_reader import EMERGENCY, FLOOR, IntentReader, _log_softmax
from nlu.evaluation.messages import messages
from nlu.evaluation.metrics import calibration_error

KEPT = Path(__file__).with_name("calibration.json")
RIGHT_WHEN_SURE = 0.99
"""Of the messages read without their meaning, this share must be read rightly."""
RIGHT_WHEN_ACTING = 0.97
"""Of the messages that are acted on without a question."""
DOUBT_MARGIN = 0.5
ALARM_MARGIN = 0.05
"""How far under the least certain emergency of the development messages the borders are put: there
are sixty of them there, and there will be others."""


def loaded(model: Path) -> IntentReader:
    """The reader inside a trained model."""
    with tarfile.open(model) as archive:
        name = next(n for n in archive.getnames() if n.endswith("reader.npz"))
        member = archive.extractfile(name)
        assert member is not None
        kept = dict(np.load(io.BytesIO(member.read()), allow_pickle=False))
    return IntentReader(IntentReader.get_default_config(), None, None, kept)


def calibrated(reader: IntentReader) -> dict[str, Any]:
    """The chosen values and what they give on the development messages."""
    dev = messages("dev")
    labels = np.array([m.intent for m in dev])
    scores = np.array([reader._piece_scores(m.text) for m in dev])
    meanings = [reader._meaning_logs(reader._vectors.of(m.text)) for m in dev]
    logs = np.maximum(np.array([m for m, _ in meanings]), FLOOR)
    alarm_logs = np.maximum(np.array([a for _, a in meanings]), FLOOR)
    names = np.array(reader._intents)
    is_emergency = labels == EMERGENCY
    meaning = reader._config["meaning"]

    def chances(steepness: float) -> np.ndarray:
        rows = [_log_softmax(steepness * row[:-1]) for row in scores]
        return np.exp(
            [_log_softmax(row + meaning * log) for row, log in zip(rows, logs, strict=True)]
        )

    def off(steepness: float) -> float:
        found = chances(steepness)
        return calibration_error(
            list(zip(found.max(axis=1), names[found.argmax(axis=1)] == labels, strict=True))
        )

    steepness = min((value / 4 for value in range(6, 33)), key=off)
    pieces = np.exp([_log_softmax(steepness * row[:-1]) for row in scores])
    sure = _threshold(pieces.max(axis=1), names[pieces.argmax(axis=1)] == labels, RIGHT_WHEN_SURE)
    found = chances(steepness)
    act = _threshold(found.max(axis=1), names[found.argmax(axis=1)] == labels, RIGHT_WHEN_ACTING)
    alarms = scores[:, -1] + reader._config["alarm_meaning"] * alarm_logs
    threshold = float(alarms[is_emergency].min()) - ALARM_MARGIN
    doubt = float(scores[is_emergency, -1].min()) - DOUBT_MARGIN
    needs = (pieces.max(axis=1) < sure) | (scores[:, -1] >= doubt)
    return {
        "steepness": round(steepness, 2),
        "sure": round(sure, 2),
        "act": round(act, 2),
        "alarm_threshold": round(threshold, 2),
        "alarm_doubt": round(doubt, 2),
        "on the development messages": {
            "messages": len(dev),
            "calibration error": round(off(steepness), 3),
            "accuracy": round(float((names[found.argmax(axis=1)] == labels).mean()), 3),
            "share acted on": round(float((found.max(axis=1) >= act).mean()), 3),
            "share that needs its meaning": round(float(needs.mean()), 3),
            "emergencies missed": int((alarms[is_emergency] < threshold).sum()),
            "false alarms": int((alarms[~is_emergency] >= threshold).sum()),
        },
    }


def _threshold(confidences: np.ndarray, right: np.ndarray, wanted: float) -> float:
    """The lowest confidence above which the share of right readings is the one wanted."""
    for value in np.arange(0.2, 0.995, 0.01):
        above = confidences >= value
        if above.any() and right[above].mean() >= wanted:
            return float(value)
    return 0.99


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    found = json.dumps(calibrated(loaded(options.model)), indent=2)
    print(found)
    if options.write:
        KEPT.write_text(found + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
