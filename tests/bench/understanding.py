"""`bench understanding`: the blind messages, read by us and by stock Rasa on the same data.

Ours goes the product's own way (`bot.web.understanding`): engine, matcher of services, detector of
emergencies. Stock Rasa learnt the services as sub-intents of a report (`stock_data`).
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.settings import Settings
from bot.web.understanding import understand
from nlu.evaluation.messages import Labelled, messages
from nlu.evaluation.metrics import Report, Understood, accuracy, report
from nlu.evaluation.overlap import known_texts, overlaps
from nlu.evaluation.perturb import PERTURBATIONS
from tests.bench.printed import beside
from tests.bench.stock import StockRasa, stock_model, stock_rasa
from tests.bench.stock_data import UNSAID
from tests.running import reading_service

AT_ONCE = 16
Reader = Callable[[Sequence[str]], Awaitable[list[Understood]]]


async def measure(settings: Settings, tell: Callable[[str], None]) -> dict[str, Any]:
    """Figures of both sides on the test split; shares from 0 to 1."""
    blind = messages("test")
    copies = overlaps([m.text for m in blind], known_texts(settings.root))
    if copies:
        raise ValueError(f"{len(copies)} messages are in the training data: {copies[0][:2]}")
    tell("our reader")
    async with reading_service(settings) as service:
        ours = await _figures(blind, lambda texts: _ours(service, texts), tell)
    tell("stock Rasa (it trains for half an hour when the data changed)")
    model = await stock_model(settings)
    with tempfile.TemporaryDirectory() as scratch:
        async with stock_rasa(settings, model, 9, Path(scratch)) as other:
            stock = await _figures(blind, lambda texts: _stock(other, texts), tell)
    return {"messages": len(blind), "ours": ours, "stock": stock}


def printed(figures: dict[str, Any]) -> Iterator[str]:
    """The two sides in columns, for people."""
    yield f"  {figures['messages']} messages"
    yield from beside(figures["ours"], figures["stock"])


async def _figures(
    blind: Sequence[Labelled], read: Reader, tell: Callable[[str], None]
) -> dict[str, Any]:
    found = await read([m.text for m in blind])
    judged = report(blind, found)
    perturbed = {}
    for name, change in PERTURBATIONS.items():
        tell(name)
        perturbed[name] = accuracy(blind, await read([change(m.text) for m in blind]))
    return {
        **judged.headline(),
        "perturbed_intent_accuracy": sum(perturbed.values()) / len(perturbed),
        "perturbed": perturbed,
        **tables(judged),
    }


def tables(judged: Report) -> dict[str, Any]:
    """The report's tables, as JSON holds them."""
    return {
        "intents": {
            name: {"count": x.count, "precision": x.precision, "recall": x.recall, "f1": x.f1}
            for name, x in judged.intents.items()
        },
        "services": {
            code: {"count": count, "top1": first, "top3": in_three}
            for code, (count, first, in_three) in judged.services.items()
        },
        "confusions": [
            {"expected": a, "understood": b, "times": times} for a, b, times in judged.confusions
        ],
    }


async def _ours(service: Any, texts: Sequence[str]) -> list[Understood]:
    found = []
    for start in range(0, len(texts), AT_ONCE):
        for line in await understand(service, texts[start : start + AT_ONCE]):
            codes = tuple(s["code"] for s in line["services"])
            found.append(Understood(line["intent"], line["confidence"], codes, line["commune"]))
    return found


async def _stock(other: StockRasa, texts: Sequence[str]) -> list[Understood]:
    found = []
    for start in range(0, len(texts), 2):
        parses = await asyncio.gather(*map(other.parse, texts[start : start + 2]))
        found += [_of_parse(parse) for parse in parses]
    return found


def _of_parse(parse: dict[str, Any]) -> Understood:
    """A fallback is no answer of its own: the best real intent stands, as it does for ours."""
    best = next(i for i in parse["intent_ranking"] if i["name"] != "nlu_fallback")
    ranking = parse.get("response_selector", {}).get("default", {}).get("ranking", [])
    codes = [str(r["intent_response_key"]).partition("/")[2] for r in ranking]
    return Understood(
        best["name"], float(best["confidence"]), tuple(c for c in codes if c != UNSAID)
    )
