"""The page of the JSON API, written from its own OpenAPI document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from uptime_daemon.web.openapi import document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def page() -> str:
    """The page."""
    told = document()
    parts = [
        "# The JSON API by path\n",
        "Written from the OpenAPI document at `/api/v1/openapi.json`; [how to use it](../api.md).\n",
    ]
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            parts += _operation(f"{method.upper()} {path}", operation)
    parts.append("## Answers\n")
    for name, schema in told["components"]["schemas"].items():
        parts.append(f"### {name}\n\n{schema.get('description', '')}\n")
        parts.append(_properties(schema))
    return "\n".join(parts)


def _operation(title: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {title}\n\n{operation['summary']}\n"
    if asked := operation.get("parameters"):
        rows = [_row(each["name"], each["schema"], each.get("description", "")) for each in asked]
        yield "\n".join(["| asked | value | meaning |", "|---|---|---|", *rows]) + "\n"
    if body := operation.get("requestBody"):
        yield _properties(body["content"]["application/json"]["schema"], "stated")
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            schema = response.get("content", {}).get("application/json", {}).get("schema", {})
            yield f"**{status}**: {response['description']}\n\n{_properties(schema, 'answered')}"
    refused = [status for status in operation["responses"] if not status.startswith("2")]
    yield f"Refused with {', '.join(refused)}.\n"


def _properties(schema: Mapping[str, Any], head: str = "key") -> str:
    keys = schema.get("properties", {})
    if not keys:
        return ""
    needed = set(schema.get("required", ()))
    rows = [
        _row(name, own, ("Always there. " if name in needed else "") + own.get("description", ""))
        for name, own in keys.items()
    ]
    return "\n".join([f"| {head} | value | meaning |", "|---|---|---|", *rows]) + "\n"


def _row(name: str, schema: Mapping[str, Any], meaning: str) -> str:
    told = meaning.strip().replace("|", "\\|")
    return f"| `{name}` | {_value(schema)} | {told} |"


def _value(schema: Mapping[str, Any]) -> str:
    """What a value may be, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return " ".join(f"`{json.dumps(each).strip(chr(34))}`" for each in schema["enum"])
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(_value(each) for each in alternatives)
    kind = schema.get("type", "anything")
    kinds = [kind] if isinstance(kind, str) else list(kind)
    words = [f"list of {_value(schema['items'])}" if each == "array" and "items" in schema else each for each in kinds]
    return " or ".join(words) + (f" ({schema['format']})" if "format" in schema else "")
