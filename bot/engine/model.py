"""The trained model: named by its inputs, trained when they change."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from bot.errors import Unavailable
from bot.settings import Settings
from bot.supervision.child import Child, ChildFailed, ChildSpec

TRAINING_TIMEOUT_S = 3600
READERS_PARTS = (
    "words/folding.py",
    "words/sounds.py",
    "words/pieces.py",
    "services/embedder.py",
)
"""What the pipeline reads texts with, outside `nlu/components`."""


@dataclass(frozen=True)
class Recipe:
    """What a model is made of, and the folder that holds it (it alone, of its kind)."""

    config: Path
    domain: Path
    data: Path
    models: Path

    @classmethod
    def ours(cls, settings: Settings) -> Recipe:
        root = settings.root
        return cls(root / "config.yml", root / "domain.yml", root / "nlu" / "data", settings.models)


def model_path(settings: Settings, recipe: Recipe) -> Path:
    """Where the model of the present inputs is, or will be."""
    inputs = [recipe.config, recipe.domain, settings.root / "nlu" / "requirements.txt"]
    inputs += sorted(recipe.data.rglob("*.yml"))
    if "nlu.components" in recipe.config.read_text("utf-8"):
        inputs += sorted((settings.root / "nlu" / "components").rglob("*.py"))
        inputs += [settings.root / "bot" / name for name in READERS_PARTS]
    digest = hashlib.sha256()
    for path in inputs:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return recipe.models / f"{digest.hexdigest()[:16]}.tar.gz"


async def ensure_model(settings: Settings, recipe: Recipe | None = None) -> tuple[Path, bool]:
    """The model of a recipe (ours by default), trained now if its inputs changed.

    Returns its path and whether it was trained. Raises `Unavailable` in one line when Rasa
    refuses the data.
    """
    recipe = recipe or Recipe.ours(settings)
    model = model_path(settings, recipe)
    if model.exists():
        return model, False
    recipe.models.mkdir(parents=True, exist_ok=True)
    log = settings.logs / "train.log"
    command: list[str] = [str(settings.python("engine")), str(settings.root / "nlu" / "train.py")]
    for name, value in (
        ("project", settings.root),
        ("config", recipe.config),
        ("domain", recipe.domain),
        ("data", recipe.data),
        ("output", model),
    ):
        command += [f"--{name}", str(value)]
    child = Child(
        ChildSpec(
            name="train",
            command=tuple(command),
            run=settings.run,
            log=log,
            environment={**os.environ, "GUICHET_VECTORS": str(settings.state / "cache")},
        )
    )
    try:
        code = await child.run(TRAINING_TIMEOUT_S)
    except ChildFailed as error:
        raise Unavailable(f"the model could not be trained: {error}") from error
    if code != 0 or not model.exists():
        raise Unavailable(f"the model could not be trained: {child.last_words(1)} (log: {log})")
    for old in recipe.models.glob("*.tar.gz"):
        if old != model:
            old.unlink(missing_ok=True)
    return model, True
