"""What `check` asks of content and schema: catalogue, translations, training data, migrations."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections import Counter
from pathlib import Path

import yaml
from alembic import command
from alembic.util import CommandError

from bot.answers.files import load_canned
from bot.checkout import Checkout
from bot.forwarding.files import load_systems
from bot.information.files import load_articles
from bot.services.catalogue_files import load_catalogue
from bot.services.content_files import CatalogueError
from bot.services.outsiders import load_outsiders
from bot.storage.private_postgres import PrivatePostgres
from bot.storage.schema import alembic_config, migrate
from bot.tickets.backends.files import load_backend
from bot.words.catalogues import LANGUAGES, read_catalogue
from nlu.evaluation.messages import messages
from nlu.evaluation.overlap import known_texts, overlaps

FEWEST_OF_A_SERVICE = 3
"""Labelled messages in the test half."""


def catalogue_is_valid(checkout: Checkout) -> list[str]:
    """Every service file, with the line of what is wrong."""
    try:
        load_catalogue(checkout.root / "catalogue")
    except CatalogueError as error:
        return [str(problem) for problem in error.problems]
    return []


def articles_are_valid(checkout: Checkout) -> list[str]:
    """Every article, with the line of what is wrong."""
    try:
        load_articles(checkout.root / "catalogue")
    except CatalogueError as error:
        return [str(problem) for problem in error.problems]
    return []


def canned_answers_are_valid(checkout: Checkout) -> list[str]:
    """Every canned answer and macro, with the line of what is wrong."""
    root = checkout.root / "catalogue"
    try:
        load_canned(root, load_catalogue(root))
    except CatalogueError as error:
        return [str(problem) for problem in error.problems]
    return []


def forwarding_is_valid(checkout: Checkout) -> list[str]:
    """Every town's outside system, with the line of what is wrong."""
    root = checkout.root / "catalogue"
    try:
        load_systems(root, load_catalogue(root))
    except CatalogueError as error:
        return [str(problem) for problem in error.problems]
    return []


def ticket_backend_is_valid(checkout: Checkout) -> list[str]:
    """Where tickets are mirrored, with the line of what is wrong."""
    root = checkout.root / "catalogue"
    try:
        load_backend(root, load_catalogue(root))
    except CatalogueError as error:
        return [str(problem) for problem in error.problems]
    return []


def translations_are_complete(checkout: Checkout) -> list[str]:
    """Each phrase has its words in every language."""
    del checkout
    known: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for message in read_catalogue(language):
            if message.id and message.string and all(message.string):
                key = message.id if isinstance(message.id, str) else message.id[0]
                known.setdefault(key, set()).add(language)
    return [
        f"{key}: no words in {', '.join(sorted(set(LANGUAGES) - languages))}"
        for key, languages in sorted(known.items())
        if languages != set(LANGUAGES)
    ]


def training_data_is_whole(checkout: Checkout) -> list[str]:
    """Every intent of the domain has examples and a rule; no example stands under two intents."""
    domain = yaml.safe_load((checkout.root / "domain.yml").read_text("utf-8"))
    rules = (checkout.root / "nlu/data/rules/rules.yml").read_text("utf-8")
    problems = []
    seen: dict[str, str] = {}
    for intent in domain["intents"]:
        if f"- intent: {intent}\n" not in rules:
            problems.append(f"nlu/data/rules/rules.yml: no rule for {intent}")
        path = checkout.root / "nlu" / "data" / "nlu" / f"{intent}.yml"
        if intent == "structured_input":  # buttons and pictures: nothing to classify
            continue
        if not path.exists():
            problems.append(f"nlu/data/nlu/{intent}.yml: missing")
            continue
        for example in re.findall(r"(?m)^\s+- (?!intent:)(.+)$", path.read_text("utf-8")):
            other = seen.setdefault(example.strip().lower(), intent)
            if other != intent:
                problems.append(f"{path.name}: {example!r} is also an example of {other}")
    return problems


def evaluation_is_apart(checkout: Checkout) -> list[str]:
    """The labelled messages name what exists, there are enough of them, and training data holds
    none of them, nor a near-copy."""
    intents = set(yaml.safe_load((checkout.root / "domain.yml").read_text("utf-8"))["intents"])
    services = set(load_catalogue(checkout.root / "catalogue").services)
    every = [*messages("dev"), *messages("test")]
    problems = [
        f"nlu/evaluation: {m.text!r}: no intent {m.intent}"
        for m in every
        if m.intent not in intents
    ]
    problems += [
        f"nlu/evaluation: {m.text!r}: no service {m.service}"
        for m in every
        if m.service is not None and m.service not in services
    ]
    named = Counter(m.service for m in messages("test"))
    problems += [
        f"nlu/evaluation: {named[code]} messages of the test half name {code}"
        for code in sorted(services)
        if named[code] < FEWEST_OF_A_SERVICE
    ]
    copies = overlaps([m.text for m in every], known_texts(checkout.root))
    return problems + [f"nlu/evaluation: {a!r} is {b!r} in the training data" for a, b, _ in copies]


def thresholds_are_calibrated(checkout: Checkout) -> list[str]:
    """The pipeline uses what the calibration that is kept has chosen."""
    kept = json.loads((checkout.root / "nlu/evaluation/calibration.json").read_text("utf-8"))
    pipeline = yaml.safe_load((checkout.root / "config.yml").read_text("utf-8"))["pipeline"]
    used = pipeline[0] | {"act": pipeline[1]["threshold"]}
    return [
        f"config.yml: {name} is {used.get(name)}, the calibration chose {value}"
        for name, value in kept.items()
        if isinstance(value, float) and used.get(name) != value
    ]


def migrations_match_the_models(checkout: Checkout) -> list[str]:
    """A new database brought to the last migration holds exactly the tables of the code."""
    del checkout
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_compare(Path(folder)))


async def _compare(folder: Path) -> list[str]:
    server = PrivatePostgres(folder / "state", durable=False)
    try:
        url = await server.start()
        await migrate(url)
        await asyncio.to_thread(command.check, alembic_config(url))
    except CommandError as error:
        return [str(error)]
    finally:
        await server.remove()
    return []


def outsiders_are_valid(checkout: Checkout) -> list[str]:
    try:
        load_outsiders(checkout.root / "catalogue")
    except CatalogueError as error:
        return [str(problem) for problem in error.problems]
    return []


CONTENT_CHECKS = [
    ("migrations", migrations_match_the_models),
    ("training data", training_data_is_whole),
    ("evaluation", evaluation_is_apart),
    ("thresholds", thresholds_are_calibrated),
    ("catalogue", catalogue_is_valid),
    ("articles", articles_are_valid),
    ("outsiders", outsiders_are_valid),
    ("canned answers", canned_answers_are_valid),
    ("forwarding", forwarding_is_valid),
    ("ticket backend", ticket_backend_is_valid),
    ("translations", translations_are_complete),
]
