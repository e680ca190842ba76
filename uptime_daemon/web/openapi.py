"""The OpenAPI 3.1 document of the JSON API, made of the very values that refuse what is asked or stated wrongly."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from uptime_daemon.desk.intake.submission import FORMS
from uptime_daemon.web.endpoints import PREFIX, READ, TARGETS
from uptime_daemon.web.entry import PUSH_PATH, SIGNED_PATHS
from uptime_daemon.web.questions import asked
from uptime_daemon.web.schemas import SCHEMAS, Schema

if TYPE_CHECKING:
    from uptime_daemon.desk.intake.submission import Form
    from uptime_daemon.web.endpoints import Endpoint
    from uptime_daemon.web.questions import Parameter

PATH: Final = f"{PREFIX}openapi.json"
_REFUSED: Final = {
    400: "Something that was asked or stated is wrong; `field` names the key.",
    401: "A user or a token is needed.",
    403: "The role is not enough, or another site's page asked.",
    404: "There is nothing of this name.",
    409: "Somebody else was faster; look at it again.",
    413: "The body is too large.",
    415: "The body is no JSON.",
    429: "Too much was stated within a minute, or a password guessed; `Retry-After` says when to go on.",
    503: "The database does not answer, or takes nothing just now.",
}
_TIME: Final = "An instant with its offset, or the wall time of the contract's zone such as 2026-06-03 10:00."
_TIMES: Final = frozenset({"at", "from", "to", "outage", "announced_at", "received_at", "published_at"})
_READING: Final = (400, 401, 403, 404, 429, 503)
_STATING: Final = (*_REFUSED,)


def openapi_route(*, needs_access: bool, takes_facts: bool, takes_reports: bool) -> web.RouteDef:
    """The document of one listener."""
    written = json.dumps(
        document(needs_access=needs_access, takes_facts=takes_facts, takes_reports=takes_reports), ensure_ascii=False
    ).encode()

    async def answer(request: web.Request) -> web.Response:
        asked(request, ())
        return web.Response(body=written, content_type="application/json")

    return web.get(PATH, answer)


def document(*, needs_access: bool = True, takes_facts: bool = True, takes_reports: bool = True) -> Schema:
    """The whole document; without users (on loopback) nobody has to sign in."""
    paths: dict[str, Schema] = {}
    for endpoint in READ:
        if takes_facts or endpoint.name not in _OF_FACTS:
            paths.setdefault(endpoint.path, {})["get"] = _reading(endpoint)
    if takes_facts:
        for name, form in FORMS.items():
            paths.setdefault(f"{PREFIX}{name}", {})["post"] = _stating(name, form)
        paths[f"{SIGNED_PATHS}{{name}}"] = {"post": _delivering()}
    if takes_reports:
        paths[PUSH_PATH] = {"post": _reporting(), "get": _reported()}
    paths[PATH] = {"get": _operation("openapi", "This document.", {"type": "object"}, (400, 401, 403, 429))}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "uptime-daemon",
            "version": version("uptime-daemon"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "What was agreed, measured, judged, claimed; facts in. Keys are added, never changed.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "user": {"type": "http", "scheme": "basic"},
                "token": {"type": "http", "scheme": "bearer"},
                "probe": {"type": "http", "scheme": "bearer", "description": "The token of one probe of kind push."},
            },
        },
        **({"security": [{"user": []}, {"token": []}]} if needs_access else {}),
    }


_OF_FACTS: Final = frozenset({"tickets", "conditions", "maintenance", "exclusions", "revisions"})
"""What is read from facts, which a listener without an intake does not show."""


def _reading(endpoint: Endpoint) -> Schema:
    if endpoint is TARGETS:
        content: Schema = {"type": "array", "items": _reference("Target")}
    else:
        key = "results" if endpoint.name == "statements" else endpoint.name
        properties: Schema = {
            "at": {"type": "string", "format": "date-time", "description": "As of when the answer is."},
            "demonstration": {"type": "boolean", "description": "There only where nothing is measured of the world."},
            key: {"type": "array", "items": _reference(endpoint.rows)},
        }
        if endpoint.is_paged:
            properties["page"] = _reference("Page")
        needed = [name for name in properties if name != "demonstration"]
        content = {"type": "object", "properties": properties, "required": needed}
    operation = _operation(endpoint.name, endpoint.about, content, _READING)
    return operation | {"parameters": [_parameter(each) for each in endpoint.query]}


def _stating(name: str, form: Form) -> Schema:
    body = {
        "type": "object",
        "properties": {key: _form_key(form, key) for key in form.keys},
        "required": [*(["agreement"] if form.has_agreement else []), *form.required],
        "additionalProperties": False,
    }
    fact = {"type": "object", "properties": {"fact": _reference("Fact")}, "required": ["fact"]}
    operation = _operation(f"state-{name}", form.about, fact, _STATING)
    operation["responses"]["201"] = operation["responses"]["200"] | {"description": "Recorded."}
    operation["responses"]["200"] = operation["responses"]["200"] | {"description": "With `dry_run`: not recorded."}
    return operation | {"requestBody": {"required": True, "content": _json(body)}}


def _form_key(form: Form, key: str) -> Schema:
    """One key of a form; an optional one may be null, which is the same as left out."""
    if key == "evidence":
        return {
            "type": ["object", "null"],
            "properties": {
                "name": {"type": "string", "pattern": "^[^\\r\\n]{1,200}$"},
                "base64": {"type": "string", "contentEncoding": "base64"},
            },
            "required": ["name", "base64"],
            "additionalProperties": False,
        }
    if key in {*form.flags, "dry_run"}:
        return {"type": "boolean"}
    is_needed = key in form.required or key == "agreement"
    if words := form.words.get(key):
        return {"enum": [*words] if is_needed else [*words, None]}
    schema: Schema = {"type": "string"} if is_needed else {"type": ["string", "null"]}
    return schema | ({"description": _TIME} if key in _TIMES else {})


def _delivering() -> Schema:
    taken = {"type": "object", "properties": {"fact": _reference("Fact"), "ignored": {"type": "string"}}}
    operation = _operation(
        "deliver", "A delivery of another system, proven by its signature.", taken, (400, 401, 429, 503)
    )
    operation["responses"]["201"] = operation["responses"]["200"] | {"description": "Recorded."}
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}, "description": "Of the hook."}
    body = {"required": True, "content": _json({"type": "object"})}
    return operation | {"parameters": [name], "requestBody": body, "security": []}


def _reporting() -> Schema:
    body = {
        "type": "object",
        "properties": {"state": {"enum": ["up", "down"]}, "message": {"type": "string"}},
        "additionalProperties": False,
    }
    operation = _operation("push", "An endpoint says that it works, or that it does not.", {}, (400, 401))
    operation["responses"]["204"] = {"description": "Taken."}
    del operation["responses"]["200"]
    return operation | {"requestBody": {"required": False, "content": _json(body)}, "security": [{"probe": []}]}


def _reported() -> Schema:
    operation = _operation("push-heard", "What an endpoint has reported so far.", _reference("Report"), (400, 401))
    return operation | {"security": [{"probe": []}]}


def _operation(name: str, about: str, content: Schema, refused: tuple[int, ...]) -> Schema:
    return {
        "operationId": name.replace("/", "-"),
        "summary": about,
        "responses": {
            "200": {"description": about, "content": _json(content)},
            **{
                str(status): {"description": _REFUSED[status], "content": _json(_reference("Error"))}
                for status in refused
            },
        },
    }


def _parameter(parameter: Parameter) -> Schema:
    return {"name": parameter.name, "in": "query", "description": parameter.about, "schema": dict(parameter.schema)}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: Any) -> Schema:
    return {"application/json": {"schema": schema}}
