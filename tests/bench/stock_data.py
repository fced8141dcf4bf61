"""What stock Rasa is trained on: our data, and the catalogue's phrases as sub-intents.

Our matcher reads services at run time; a stock pipeline has to learn them, so each becomes
`file_request/<service>`, chosen by its response selector.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from bot.services.catalogue_files import load_catalogue
from bot.settings import Settings

UNSAID = "unsaid"
"""The sub-intent of reports that name no service."""


def stock_inputs(settings: Settings) -> tuple[Path, Path]:
    """The domain and the folder of data of the peer, written under the state's `bench/`."""
    folder = settings.state / "bench" / "inputs"
    shutil.rmtree(folder, ignore_errors=True)
    data = folder / "data"
    shutil.copytree(settings.root / "nlu" / "data", data)
    services = load_catalogue(settings.catalogue).services.values()
    # An intent is either plain or has sub-intents: reports without a label get one of their own.
    report = data / "nlu" / "file_request.yml"
    (data / "nlu" / "file_request_services.yml").unlink()  # the same phrases, without their labels
    plain = yaml.safe_load(report.read_text("utf-8"))["nlu"][0]["examples"]
    examples = {UNSAID: plain} | {
        service.code: "".join(f"- {phrase}\n" for phrase in service.phrases.all)
        for service in services
    }
    _write(
        report,
        {
            "version": "3.1",
            "nlu": [
                {"intent": f"file_request/{code}", "examples": text}
                for code, text in examples.items()
            ],
        },
    )
    domain = yaml.safe_load((settings.root / "domain.yml").read_text("utf-8"))
    domain["responses"] = {
        f"utter_file_request/{code}": [{"text": code}] for code in sorted(examples)
    }
    _write(folder / "domain.yml", domain)
    return folder / "domain.yml", data


def _write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
