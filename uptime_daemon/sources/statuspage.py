"""A vendor's status page in the shape of Atlassian's Statuspage v2 -> what it posted: incidents and planned work.

Only what is needed is read, and of that nothing is guessed: a post that lacks it, or says what cannot be, is left out
with its reason. Each post carries the digest of all its content, so that another version of it is seen.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.sources.ports import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uptime_daemon.core.time.instants import Instant

DOCUMENTS: Final = ("incidents.json", "scheduled-maintenances.json")
"""What a page is asked for, below `api/v2/`: the fifty newest of each."""
POSTS_MAX: Final = 2_000
"""Posts of one document: the original gives fifty, an archive of some years has hundreds."""
IMPACTS: Final = ("none", "minor", "major", "critical")
"""Of incidents, by weight; planned work has the impact `maintenance`."""
_ID_MAX: Final = 64
_NAME_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Post:
    """One incident or one piece of planned work, in one version."""

    id: str
    name: str
    planned: bool
    """Whether it is planned work."""
    status: str
    impact: str
    start: Instant
    """Of planned work as scheduled."""
    end: Instant | None
    """None while an incident goes on."""
    created_at: Instant
    updated_at: Instant
    ended_at: Instant | None
    """When it was resolved or completed, by the vendor's word."""
    components: frozenset[str]
    """Names of what it is about; empty where it names nothing."""
    digest: str
    """SHA-256 of the post's whole content."""


@dataclass(frozen=True, slots=True)
class ReadPage:
    """What a document says."""

    page: str
    """The page's own id, or its name where it has none."""
    posts: tuple[Post, ...]
    """In the order of their creation."""
    problems: tuple[str, ...]
    """Posts that were left out, and why."""


class _UnreadableError(Exception):
    """A post cannot be understood."""


def read_page(content: bytes, name: str) -> ReadPage:
    """The posts of a document: incidents, scheduled maintenances, or a summary of both. Raises `SourceError`."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as mistake:
        raise SourceError(f"{name}: it is no JSON: {mistake}") from mistake
    lists = ("incidents", "scheduled_maintenances")
    if not isinstance(document, dict) or not any(isinstance(document.get(each), list) for each in lists):
        raise SourceError(
            f"{name}: there are no `incidents` or `scheduled_maintenances` in it; give a page's api/v2/incidents.json"
            " or api/v2/scheduled-maintenances.json"
        )
    found = [(each, entry) for each in lists for entry in _list(document.get(each))]
    if len(found) > POSTS_MAX:
        raise SourceError(f"{name}: it has {len(found)} posts, more than {POSTS_MAX}; split it")
    posts, problems = [], []
    for index, (kind, entry) in enumerate(found):
        try:
            posts.append(_post(entry, planned=kind == "scheduled_maintenances"))
        except _UnreadableError as mistake:
            known = entry.get("id") if isinstance(entry, dict) else None
            problems.append(f"{name}: {kind}[{index}] {known or ''}: {mistake}; it is left out")
    page = document.get("page")
    described = page if isinstance(page, dict) else {}
    identity = str(described.get("id") or described.get("name") or "")[:_ID_MAX]
    return ReadPage(identity, tuple(sorted(posts, key=lambda post: (post.created_at, post.id))), tuple(problems))


def _post(entry: Any, *, planned: bool) -> Post:
    if not isinstance(entry, dict):
        raise _UnreadableError("it is no object")
    created = _instant(entry, "created_at")
    resolved = _optional(entry, "resolved_at")
    if planned:
        start, end = _instant(entry, "scheduled_for"), _optional(entry, "scheduled_until")
        if end is None:
            raise _UnreadableError("it has no `scheduled_until`, so it excuses no time")
    else:
        start, end = _optional(entry, "started_at") or created, resolved
    if end is not None and end <= start:
        raise _UnreadableError("it does not end after its start")
    canonical = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Post(
        id=_text(entry, "id", _ID_MAX),
        name=_text(entry, "name", _NAME_MAX),
        planned=planned,
        status=_text(entry, "status", _ID_MAX),
        impact=_text(entry, "impact", _ID_MAX) if entry.get("impact") else "none",
        start=start,
        end=end,
        created_at=created,
        updated_at=_optional(entry, "updated_at") or created,
        ended_at=resolved,
        components=frozenset(_components(entry)),
        digest=hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def _components(entry: Mapping[str, Any]) -> Iterator[str]:
    """Named by the post itself, or by one of its updates."""
    updates = [each for each in _list(entry.get("incident_updates")) if isinstance(each, dict)]
    lists = [entry.get("components"), *(update.get("affected_components") for update in updates)]
    for component in (each for found in lists for each in _list(found)):
        if isinstance(component, dict) and isinstance(component.get("name"), str):
            yield component["name"][:_NAME_MAX]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(entry: Mapping[str, Any], key: str, longest: int) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _UnreadableError(f"its `{key}` is no text")
    return " ".join("".join(each if each.isprintable() else " " for each in value).split())[:longest]


def _instant(entry: Mapping[str, Any], key: str) -> Instant:
    value = entry.get(key)
    if not isinstance(value, str):
        raise _UnreadableError(f"it has no `{key}`")
    try:
        return parse_instant(value)
    except ValueError as mistake:
        raise _UnreadableError(f"its `{key}`: {mistake}") from mistake


def _optional(entry: Mapping[str, Any], key: str) -> Instant | None:
    return None if entry.get(key) is None else _instant(entry, key)
