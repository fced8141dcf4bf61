"""Reads the intent of a text, and whether somebody is in danger now.

Two readers of one text, the cheap one first:
- its pieces (letters, words, sounds), in a linear support vector machine;
- its meaning (a sentence vector), in a small network, asked only when the pieces leave a doubt.
Beside them a detector of emergencies has the last word on that one intent: a machine of its own
over the pieces, joined with what both readers say wherever the pieces alone cannot exclude one.

The figures that chose this are in docs/adr/0004.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

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
HIDDEN = 256
EPOCHS = 25
"""Of the network that reads meaning: cells of its one hidden layer, times it sees every example."""
ACTED_ON = 0.99
"""Confidence of an emergency that is one: no other threshold must hold it up."""
FLOOR = -12.0
"""A probability below e^-12 is as good as none: it must not outweigh everything else."""

Arrays = Dict[str, np.ndarray]


class Reading(NamedTuple):
    """Chances of every intent as the two readers see them, and the chance of an emergency as the
    detector does."""

    chances: np.ndarray
    emergency: float
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
        """`steepness` turns distances into chances. `meaning` weighs the second reader, which is
        not asked above the chance `sure`, unless the detector's score without it is `alarm_doubt`
        or more. `alarm_reading` weighs the readers' opinion in the detector's; `alarm_middle` and
        `alarm_steepness` turn that into a chance, and `alarm` is the chance of an emergency from
        which it is one; below `alarm_caution` nothing of it is told.

        Those that `config.yml` sets come from `nlu/evaluation/calibrate.py`."""
        return {
            "steepness": 5.0,
            "meaning": 0.4,
            "sure": 0.9,
            "alarm_doubt": -0.9,
            "alarm_reading": 0.2,
            "alarm_middle": 0.0,
            "alarm_steepness": 3.0,
            "alarm": 0.3,
            "alarm_caution": 0.1,
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
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier

        assert self._vectors is not None
        folder = os.environ.get("GUICHET_VECTORS")
        vectors = self._vectors.of_many(texts, Path(folder) / "intents.npz" if folder else None)
        middle = vectors.mean(axis=0)
        spread = (vectors - middle).std()
        reader = MLPClassifier((HIDDEN,), alpha=1e-2, max_iter=EPOCHS, random_state=1)
        with warnings.catch_warnings():
            # Stopped early on purpose: longer, it learns the examples by heart.
            warnings.simplefilter("ignore", ConvergenceWarning)
            reader.fit((vectors - middle) / spread, intents)
        return {
            "middle": middle,
            "spread": np.array([spread]),
            "meaning_hidden": reader.coefs_[0].astype(np.float32),
            "meaning_hidden_intercepts": reader.intercepts_[0].astype(np.float32),
            "meaning_out": reader.coefs_[1].astype(np.float32),
            "meaning_out_intercepts": reader.intercepts_[1].astype(np.float32),
        }

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    # -- reading ----------------------------------------------------------------------------

    def _take(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self._pieces = Pieces.from_arrays(arrays)
        self.intents: List[str] = [str(name) for name in arrays["intents"]]
        self._emergency = self.intents.index(EMERGENCY) if EMERGENCY in self.intents else None
        if "meaning_out" not in arrays:
            self._vectors = None

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = message.get(TEXT)
            if text:
                self._tell(message, self.read(text))
        return messages

    def read(self, text: str) -> Reading:
        """Chances and alarm of one text; its meaning is asked for only where it may matter."""
        scores = self.piece_scores(text)
        if self.is_clear(scores) or self._vectors is None:
            return self.judge(scores, None)
        return self.judge(scores, self.meaning_logs(self._vectors.of(text)))

    def opinions(self, texts: Sequence[str]) -> Tuple[np.ndarray, np.ndarray]:
        """A row a text: `piece_scores`, and `meaning_logs` whether or not `read` would ask for it.

        What the thresholds are chosen from. Raises `RuntimeError` without sentence vectors."""
        if self._vectors is None:
            raise RuntimeError("no sentence vectors on this machine")
        vectors = self._vectors.of_many(texts, None)
        return (
            np.array([self.piece_scores(text) for text in texts]),
            np.array([self.meaning_logs(vector) for vector in vectors]),
        )

    def needs_meaning(self, text: str) -> bool:
        """Whether `read` will want the text's vector: it can then be made beforehand, elsewhere."""
        return self._vectors is not None and not self.is_clear(self.piece_scores(text))

    def prepare(self, text: str) -> None:
        """Make that vector now (in a thread: nothing else is held meanwhile)."""
        if self._vectors is not None:
            self._vectors.of(text)

    def piece_scores(self, text: str) -> np.ndarray:
        """Distances of every intent's machine, and last the detector's."""
        if self._last[0] != text:  # `needs_meaning`, then `read`: one text, scored once
            columns, weights = self._pieces.weigh(text)
            scores = weights @ self._arrays["weights"][columns] + self._arrays["intercepts"]
            self._last = (text, np.asarray(scores, dtype=np.float64))
        return self._last[1]

    def is_clear(self, scores: np.ndarray) -> bool:
        """Whether the pieces leave no doubt, about the intent and about an emergency."""
        logs = self.logs(scores, None)
        is_sure = float(np.exp(logs.max())) >= self._config["sure"]
        return is_sure and self.alarm(scores, logs) < self._config["alarm_doubt"]

    def judge(self, scores: np.ndarray, meaning: Optional[np.ndarray]) -> Reading:
        """What `piece_scores`, and `meaning_logs` where they were asked, come to."""
        logs = self.logs(scores, meaning)
        off = self._config["alarm_steepness"] * (
            self.alarm(scores, logs) - self._config["alarm_middle"]
        )
        emergency = float(1 / (1 + np.exp(-np.clip(off, -50, 50))))
        return Reading(np.exp(logs), emergency, meaning is not None)

    def logs(self, scores: np.ndarray, meaning: Optional[np.ndarray]) -> np.ndarray:
        """Logarithms of the chances of every intent, from one reader or both."""
        logs = _log_softmax(self._config["steepness"] * scores[:-1])
        if meaning is None:
            return logs
        return _log_softmax(logs + self._config["meaning"] * np.maximum(meaning, FLOOR))

    def meaning_logs(self, vector: np.ndarray) -> np.ndarray:
        """The second reader's opinion of a vector."""
        kept = self._arrays
        scaled = (vector - kept["middle"]) / kept["spread"][0]
        hidden = np.maximum(scaled @ kept["meaning_hidden"] + kept["meaning_hidden_intercepts"], 0)
        return _log_softmax(hidden @ kept["meaning_out"] + kept["meaning_out_intercepts"])

    def alarm(self, scores: np.ndarray, logs: np.ndarray) -> float:
        """The detector's score: its own machine's, and how far the readers put an emergency before
        or behind the best other intent."""
        own = float(scores[-1])
        if self._emergency is None:
            return own
        others = np.delete(logs, self._emergency)
        lead = max(float(logs[self._emergency] - others.max()), FLOOR)
        return own + float(self._config["alarm_reading"]) * lead

    def decided(self, reading: Reading) -> np.ndarray:
        """The chances that are told: the detector's for an emergency, the others share the rest."""
        chances = reading.chances.copy()
        if self._emergency is None:
            return chances
        certain = reading.emergency
        if certain >= self._config["alarm"]:
            certain = ACTED_ON
        elif certain < self._config["alarm_caution"]:
            certain = 0.0
        chances[self._emergency] = 0.0
        chances *= (1 - certain) / (chances.sum() or 1.0)
        chances[self._emergency] = certain
        return chances

    def _tell(self, message: Message, reading: Reading) -> None:
        chances = self.decided(reading)
        order = list(np.argsort(-chances)[:RANKED])
        if (
            self._emergency is not None
            and self._emergency not in order
            and chances[self._emergency]
        ):
            # Told even behind five others: whoever answers may have to say the numbers.
            order[-1] = self._emergency
        ranking = [
            {"name": self.intents[index], "confidence": float(chances[index])} for index in order
        ]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)


def _log_softmax(values: np.ndarray) -> np.ndarray:
    shifted = values - values.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()))
