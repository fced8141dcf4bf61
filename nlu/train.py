"""Train the Rasa model and write it under a name that is the hash of its inputs.

`train.py --project DIR --output FILE`: the output appears whole or not at all.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import List, Optional

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
warnings.filterwarnings("ignore")


def train(project: Path, output: Path) -> None:
    """Train on `project`'s config.yml, domain.yml and nlu/data. Raises when Rasa refuses them."""
    import logging

    import structlog
    from rasa.model_training import train as rasa_train

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))

    with tempfile.TemporaryDirectory(dir=output.parent) as scratch:
        result = rasa_train(
            domain=str(project / "domain.yml"),
            config=str(project / "config.yml"),
            training_files=[str(project / "nlu" / "data")],
            output=scratch,
            fixed_model_name="model",
            force_training=True,
        )
        if result.code != 0 or not result.model:
            raise RuntimeError(f"Rasa refused the training data (code {result.code})")
        os.replace(result.model, output)


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    # Rasa caches under the working directory; a scratch one keeps the checkout clean.
    with tempfile.TemporaryDirectory() as cache:
        os.environ["RASA_CACHE_DIRECTORY"] = cache
        sys.path.insert(0, str(options.project.resolve()))  # for nlu.components
        train(options.project.resolve(), options.output.resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
