"""The trained model: named by its inputs, trained when they change."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bot.errors import Unavailable
from bot.settings import Settings
from bot.supervision.child import Child, ChildFailed, ChildSpec

TRAINING_TIMEOUT_S = 600


def model_path(settings: Settings) -> Path:
    """Where the model of the present inputs is, or will be."""
    root = settings.root
    inputs = [root / "config.yml", root / "domain.yml", root / "nlu" / "requirements.txt"]
    inputs += sorted((root / "nlu" / "data").rglob("*.yml"))
    inputs += sorted((root / "nlu" / "components").rglob("*.py"))
    digest = hashlib.sha256()
    for path in inputs:
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return settings.models / f"{digest.hexdigest()[:16]}.tar.gz"


async def ensure_model(settings: Settings) -> tuple[Path, bool]:
    """The model, trained now if its inputs changed. Returns its path and whether it was trained.

    Raises `Unavailable` in one line when Rasa refuses the data.
    """
    model = model_path(settings)
    if model.exists():
        return model, False
    settings.models.mkdir(parents=True, exist_ok=True)
    log = settings.logs / "train.log"
    child = Child(
        ChildSpec(
            name="train",
            command=(
                str(settings.python("engine")),
                str(settings.root / "nlu" / "train.py"),
                "--project",
                str(settings.root),
                "--output",
                str(model),
            ),
            run=settings.run,
            log=log,
        )
    )
    try:
        code = await child.run(TRAINING_TIMEOUT_S)
    except ChildFailed as error:
        raise Unavailable(f"the model could not be trained: {error}") from error
    if code != 0 or not model.exists():
        raise Unavailable(f"the model could not be trained: {child.last_words(1)} (log: {log})")
    for old in settings.models.glob("*.tar.gz"):
        if old != model:
            old.unlink(missing_ok=True)
    return model, True
