"""Reads the intent of a text, and whether somebody is in danger now.

Two readers of one text, the cheap one first:
- its pieces (letters, words, sounds), in a linear support vector machine;
- its meaning (a sentence vector), in a regression, asked only when the pieces leave a doubt.
Beside them a detector of emergencies has the last word on that one intent: it is asked of pieces
and meaning together wherever the pieces alone cannot exclude one.

The figures that chose this are in docs/adr/0004.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.words.pieces import Pieces, matrix
from nlu.components.sentence_vectors import SentenceVectors

EMERGENCY = "emergency"
RANKED = 5
FLOOR = -12.0
"""A probability below e^-12 is as good as none: it must not outweigh everything else."""

Arrays = Dict[str, np.ndarray]


class Reading(NamedTuple):
    """Chances of every intent, and the detector's score (0 or more: an emergency)."""

    chances: np.ndarray
    alarm: float
    with_meaning: bool


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentReader(GraphComponent, IntentClassifier):  # type: ignore[misc]
    """Rasa's intent classifier of this service."""

    def __init__(
        self,
        config: Dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        arrays: Optional[Arrays] = None,
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._vectors = SentenceVectors.of_this_machine()
        self._last: Tuple[str, np.ndarray] = ("", np.empty(0))
        if arrays is not None:
            self._take(arrays)

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`steepness` turns distances into chances; `meaning` weighs the second reader; `sure` is
        the chance above which it is not asked; `alarm` are the detector's weights and thresholds.
        All but the first two come from `nlu/evaluation/calibrate.py`."""
        return {
            "steepness": 5.0,
            "meaning": 0.3,
            "sure": 0.9,
            "alarm_doubt": -0.9,
            "alarm_meaning": 0.3,
            "alarm_threshold": 0.0,
        }

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentReader:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentReader:
        with (
            model_storage.read_from(resource) as folder,
            np.load(Path(folder) / "reader.npz", allow_pickle=False) as kept,
        ):
            return cls(config, model_storage, resource, dict(kept))

    # -- training ---------------------------------------------------------------------------

    def train(self, training_data: TrainingData) -> Resource:
        from sklearn.svm import LinearSVC

        examples = [m for m in training_data.intent_examples if m.get(TEXT) and m.get(INTENT)]
        texts = [str(m.get(TEXT)) for m in examples]
        intents = np.array([str(m.get(INTENT)) for m in examples])
        pieces = Pieces.of_texts(texts)
        rows = matrix(pieces, texts)
        reader = LinearSVC(C=0.5, random_state=1).fit(rows, intents)
        alarm = LinearSVC(C=2.0, random_state=1).fit(rows, intents == EMERGENCY)
        arrays = pieces.arrays()
        arrays["intents"] = reader.classes_
        arrays["weights"] = np.vstack([reader.coef_, alarm.coef_]).T.astype(np.float32)
        arrays["intercepts"] = np.concatenate([reader.intercept_, alarm.intercept_])
        if self._vectors is not None:
            arrays.update(self._train_meaning(texts, intents))
        self._take(arrays)
        with self._storage.write_to(self._resource) as folder:
            np.savez_compressed(Path(folder) / "reader.npz", **arrays)
        return self._resource

    def _train_meaning(self, texts: List[str], intents: np.ndarray) -> Arrays:
        from sklearn.linear_model import LogisticRegression
        from sklearn.neural_network import MLPClassifier

        assert self._vectors is not None
        folder = os.environ.get("GUICHET_VECTORS")
        vectors = self._vectors.of_many(texts, Path(folder) / "intents.npz" if folder else None)
        middle = vectors.mean(axis=0)
        spread = (vectors - middle).std()
        scaled = (vectors - middle) / spread
        reader = LogisticRegression(C=0.03, max_iter=300).fit(scaled, intents)
        alarm = MLPClassifier((128,), alpha=1e-2, max_iter=40, random_state=1)
        alarm.fit(scaled, intents == EMERGENCY)
        return {
            "middle": middle,
            "spread": np.array([spread]),
            "meaning_weights": reader.coef_.T.astype(np.float32),
            "meaning_intercepts": reader.intercept_,
            "alarm_hidden": alarm.coefs_[0].astype(np.float32),
            "alarm_hidden_intercepts": alarm.intercepts_[0],
            "alarm_out": alarm.coefs_[1].astype(np.float32),
            "alarm_out_intercepts": alarm.intercepts_[1],
        }

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    # -- reading ----------------------------------------------------------------------------

    def _take(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self._pieces = Pieces.from_arrays(arrays)
        self._intents: List[str] = [str(name) for name in arrays["intents"]]
        self._emergency = self._intents.index(EMERGENCY) if EMERGENCY in self._intents else None
        if "meaning_weights" not in arrays:
            self._vectors = None

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = message.get(TEXT)
            if text:
                self._tell(message, self.read(text))
        return messages

    def read(self, text: str) -> Reading:
        """Chances and alarm of one text; its meaning is asked for only where it may matter."""
        scores = self._piece_scores(text)
        if self.is_clear(scores) or self._vectors is None:
            return self._judge(scores, None)
        return self._judge(scores, self._vectors.of(text))

    def needs_meaning(self, text: str) -> bool:
        """Whether `read` will want the text's vector: it can then be made beforehand, elsewhere."""
        return self._vectors is not None and not self.is_clear(self._piece_scores(text))

    def prepare(self, text: str) -> None:
        """Make that vector now (in a thread: nothing else is held meanwhile)."""
        if self._vectors is not None:
            self._vectors.of(text)

    def _piece_scores(self, text: str) -> np.ndarray:
        if self._last[0] != text:  # `needs_meaning`, then `read`: one text, scored once
            columns, weights = self._pieces.weigh(text)
            scores = weights @ self._arrays["weights"][columns] + self._arrays["intercepts"]
            self._last = (text, np.asarray(scores, dtype=np.float64))
        return self._last[1]

    def is_clear(self, scores: np.ndarray) -> bool:
        """Whether the pieces leave no doubt, about the intent and about an emergency."""
        top = float(np.exp(_log_softmax(self._config["steepness"] * scores[:-1]).max()))
        return top >= self._config["sure"] and scores[-1] < self._config["alarm_doubt"]

    def _judge(self, scores: np.ndarray, vector: Optional[np.ndarray]) -> Reading:
        logs = _log_softmax(self._config["steepness"] * scores[:-1])
        alarm = float(scores[-1])
        if vector is not None:
            meaning, alarm_log = self._meaning_logs(vector)
            logs = _log_softmax(logs + self._config["meaning"] * np.maximum(meaning, FLOOR))
            alarm += self._config["alarm_meaning"] * max(alarm_log, FLOOR)
        return Reading(np.exp(logs), alarm - self._config["alarm_threshold"], vector is not None)

    def _meaning_logs(self, vector: np.ndarray) -> Tuple[np.ndarray, float]:
        kept = self._arrays
        scaled = (vector - kept["middle"]) / kept["spread"][0]
        meaning = _log_softmax(scaled @ kept["meaning_weights"] + kept["meaning_intercepts"])
        hidden = np.maximum(scaled @ kept["alarm_hidden"] + kept["alarm_hidden_intercepts"], 0)
        out = float((hidden @ kept["alarm_out"] + kept["alarm_out_intercepts"])[0])
        return meaning, -float(np.logaddexp(0.0, -out))

    def _tell(self, message: Message, reading: Reading) -> None:
        chances = reading.chances.copy()
        if self._emergency is not None:
            # The detector decides this one: the others share what is left.
            is_emergency = reading.alarm >= 0
            chances[self._emergency] = 0.0
            left = chances.sum() or 1.0
            certain = 0.99 if is_emergency else 0.0
            chances *= (1 - certain) / left
            chances[self._emergency] = certain
        order = np.argsort(-chances)[:RANKED]
        ranking = [
            {"name": self._intents[index], "confidence": float(chances[index])} for index in order
        ]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)


def _log_softmax(values: np.ndarray) -> np.ndarray:
    shifted = values - values.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()))
