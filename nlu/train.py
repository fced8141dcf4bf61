"""Train the Rasa model and write it under a name that is the hash of its inputs.

`train.py --project DIR --output FILE`: the output appears whole or not at all. `--config`,
`--domain` and `--data` replace the project's own (benchmarks train their peer on the same data).
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


def train(config: Path, domain: Path, data: Path, output: Path) -> None:
    """Train on a pipeline, a domain and a folder of data. Raises when Rasa refuses them."""
    import logging

    import structlog
    from rasa.model_training import train as rasa_train

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))

    with tempfile.TemporaryDirectory(dir=output.parent) as scratch:
        result = rasa_train(
            domain=str(domain),
            config=str(config),
            training_files=[str(data)],
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
    parser.add_argument("--config", type=Path)
    parser.add_argument("--domain", type=Path)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args(arguments)
    project = options.project.resolve()
    # Rasa caches under the working directory; a scratch one keeps the checkout clean.
    with tempfile.TemporaryDirectory() as cache:
        os.environ["RASA_CACHE_DIRECTORY"] = cache
        sys.path.insert(0, str(project))  # for nlu.components
        train(
            (options.config or project / "config.yml").resolve(),
            (options.domain or project / "domain.yml").resolve(),
            (options.data or project / "nlu" / "data").resolve(),
            options.output.resolve(),
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
