"""What one text means, without a conversation: the `understand` command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.conversations.language import detect_language
from bot.errors import Unavailable
from bot.parts import Service
from bot.places.addresses import find_address
from bot.services.answers import find_date
from bot.services.rules import is_sure
from bot.services.working_days import local_date
from bot.storage.tables import utc_now

FALLBACK = "nlu_fallback"


async def understand(service: Service, texts: Sequence[str]) -> list[dict[str, Any]]:
    """One object a text, in order. Raises `Unavailable` while the engine is away."""
    if service.engine is None or not service.engine.client.ready:
        raise Unavailable("engine")
    parses = await service.engine.client.parse([text[:4000] for text in texts])
    return [await _one(service, text, parse) for text, parse in zip(texts, parses, strict=True)]


async def _one(service: Service, text: str, parse: dict[str, Any]) -> dict[str, Any]:
    intent, confidence = parse["intent"], parse["confidence"]
    if intent in (None, FALLBACK):
        best = parse["ranking"][0] if parse["ranking"] else None
        intent = best["name"] if best else "out_of_scope"
        confidence = best["confidence"] if best else 0.0
    if not text.strip(" /.!?"):
        intent, confidence = "out_of_scope", 0.0
    mention = service.gazetteer.mention(text)
    address = find_address(text, mention.span if mention is not None else None)
    scores = await service.matcher.match(
        text, mention.commune.insee if mention and mention.commune else None
    )
    date = find_date(text, local_date(utc_now()))
    return {
        "text": text,
        "language": detect_language(text),
        "intent": intent,
        "confidence": round(confidence, 4),
        "service": scores[0].code if intent == "file_request" and is_sure(scores) else None,
        "services": [{"code": s.code, "score": round(s.score, 4)} for s in scores],
        "commune": mention.commune.name if mention and mention.commune else None,
        "address": address.text if address else None,
        "date": date.isoformat() if date else None,
    }
