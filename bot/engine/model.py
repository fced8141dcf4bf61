"""The trained model: named by its inputs, trained when they change."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import Unavailable
from bot.settings import Settings
from bot.supervision.child import Child, ChildFailed, ChildSpec

TRAINING_TIMEOUT_S = 3600
LOOKS_EVERY_S = 1.0
TRAINING = "training the assistant's model, once: five to ten minutes"
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


def _say_nothing(_step: str) -> None:
    """For whoever needs no word of how far a training is."""


async def ensure_model(
    settings: Settings,
    recipe: Recipe | None = None,
    tell: Callable[[str], None] = _say_nothing,
) -> tuple[Path, bool]:
    """The model of a recipe (ours by default), trained now if its inputs changed, by one process
    at a time. `tell` hears how far it is, in a line.

    Returns its path and whether it was trained. Raises `Unavailable` in one line when Rasa
    refuses the data.
    """
    recipe = recipe or Recipe.ours(settings)
    model = model_path(settings, recipe)
    if model.exists():
        return model, False
    recipe.models.mkdir(parents=True, exist_ok=True)
    tell(TRAINING)
    progress = settings.state / "cache" / "intents.progress"
    progress.unlink(missing_ok=True)
    async with _telling(progress, tell), _alone(recipe.models / "training.lock"):
        if model.exists():  # another command was at it
            return model, False
        await _train(settings, recipe, model)
    return model, True


@asynccontextmanager
async def _alone(lock: Path) -> AsyncIterator[None]:
    with lock.open("w") as held:
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            await asyncio.sleep(LOOKS_EVERY_S)
        yield


@asynccontextmanager
async def _telling(progress: Path, tell: Callable[[str], None]) -> AsyncIterator[None]:
    """Say how many examples are read, as whoever trains notes it."""

    async def look() -> None:
        while True:
            if (done := _percent(progress)) is not None:
                tell(f"{TRAINING} ({done} %)")
            await asyncio.sleep(LOOKS_EVERY_S)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def _percent(progress: Path) -> int | None:
    try:
        done, every = progress.read_text("ascii").split()
        return int(done) * 100 // int(every)
    except (OSError, ValueError):  # not begun, or being written
        return None


async def _train(settings: Settings, recipe: Recipe, model: Path) -> None:
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
    if code != 0 or not _is_kept_alone(model):
        raise Unavailable(f"the model could not be trained: {child.last_words(1)} (log: {log})")


def _is_kept_alone(model: Path) -> bool:
    """Whether it is there; those of former inputs go."""
    if not model.exists():
        return False
    for old in model.parent.glob("*.tar.gz"):
        if old != model:
            old.unlink(missing_ok=True)
    return True
