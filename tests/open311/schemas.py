"""The part of JSON Schema that Open311's own schemas use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
UNDERSTOOD = {
    "$ref", "anyOf", "description", "enum", "format", "items", "maxLength", "minItems",
    "properties", "required", "type", "uniqueItems",
}  # fmt: skip


def wrong(value: Any, folder: Path, name: str) -> list[str]:
    """What in a value does not agree with the schema of that name."""
    return list(_wrong(value, _read(folder, name), folder, name))


def _read(folder: Path, name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "open311" / name).read_text("utf-8"))
    return read


def _wrong(value: Any, schema: dict[str, Any], folder: Path, where: str) -> Iterator[str]:
    assert set(schema) <= UNDERSTOOD, f"{where}: the schema says more than we read"
    if "$ref" in schema:
        yield from _wrong(value, _read(folder, schema["$ref"]), folder, where)
    if "anyOf" in schema:
        several = [list(_wrong(value, one, folder, where)) for one in schema["anyOf"]]
        if all(several):
            yield f"{where}: none of anyOf: {several}"
    if not _is_a(value, schema.get("type")):
        yield f"{where}: {value!r} is no {schema['type']}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema['enum']}"
    elif isinstance(value, str):
        yield from _wrong_text(value, schema, where)
    elif isinstance(value, dict):
        missing = [name for name in schema.get("required", ()) if name not in value]
        yield from (f"{where}: {name} is missing" for name in missing)
        for name in schema.get("properties", {}).keys() & value.keys():
            inner = schema["properties"][name]
            yield from _wrong(value[name], inner, folder, f"{where}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _wrong(item, schema.get("items", {}), folder, f"{where}[{index}]")


def _is_a(value: Any, kind: str | None) -> bool:
    if isinstance(value, bool):
        return kind in (None, "boolean")
    return kind is None or isinstance(value, TYPES[kind])


def _wrong_text(text: str, schema: dict[str, Any], where: str) -> Iterator[str]:
    if len(text) > schema.get("maxLength", len(text)):
        yield f"{where}: too long"
    if not _has_format(text, schema.get("format")):
        yield f"{where}: {text!r} is no {schema['format']}"


def _has_format(text: str, name: str | None) -> bool:
    if name == "date-time":
        return "T" in text and datetime.fromisoformat(text).tzinfo is not None
    return name != "uri" or bool(urlsplit(text).scheme)
