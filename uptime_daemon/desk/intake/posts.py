"""A vendor's status page as facts: every version of a post as it was seen, planned work as announcements.

Incidents are the vendor's word and nothing is judged by them: they stand beside ours as its counter-figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.time.instants import format_instant, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.intake.facts import NOTE_MAX, IntakeError, made
from uptime_daemon.desk.intake.recording import Proof, recorded
from uptime_daemon.desk.intake.records import FactKind
from uptime_daemon.desk.intake.work import announcement, cancellation
from uptime_daemon.sources.statuspage import IMPACTS, Post, read_page
from uptime_daemon.store.kept import in_force

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from uptime_daemon.desk.intake.facts import Author
    from uptime_daemon.desk.intake.work import Announcement
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.kept import Fact
    from uptime_daemon.store.ports import Store

CHANNEL: Final = "page"
DOWN_FROM: Final = "major"
"""The lightest impact that counts as admitted downtime unless another is named: what is slow is not down."""


@dataclass(frozen=True, slots=True)
class PostsTaken:
    """What an import recorded."""

    facts: tuple[Fact, ...]
    """Versions of posts, announcements and cancellations, in the order in which they were recorded."""
    unchanged: int
    """Posts that were on record in this version."""
    elsewhere: int
    """Posts that are about none of the wanted components."""
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Announced:
    """The latest announcement of a piece of work that is on record."""

    name: str
    span: Span
    versions: int
    cancelled: bool


def take_posts(
    store: Store,
    signed: SignedAgreement,
    file: Proof,
    like: Announcement,
    author: Author,
    *,
    components: Iterable[str] = (),
    planned_only: bool = False,
    dry_run: bool = False,
) -> PostsTaken:
    """Record what a page has posted and nobody has seen yet; `like` says what its planned work has in common.

    With `components`, only posts that name one of these, or none at all. The document is the evidence of each fact.
    Raises `SourceError` and `IntakeError`.
    """
    read = read_page(file.content, file.name)
    wanted = frozenset(components)
    seen = _seen(store, signed)
    facts: list[Fact] = []
    problems = list(read.problems)
    unchanged = elsewhere = 0
    for post in read.posts:
        if (wanted and post.components and wanted.isdisjoint(post.components)) or (planned_only and not post.planned):
            elsewhere += 1
            continue
        if (read.page, post.id, post.digest) in seen:
            unchanged += 1
            continue
        try:
            made_of_it = list(_facts(store, signed, read.page, post, like, author, file.digest))
        except IntakeError as mistake:
            problems.append(f"{file.name}: {post.id}: {mistake}; it is left out")
            continue
        facts += [_recorded(store, fact, file, author, dry_run=dry_run) for fact in made_of_it]
    return PostsTaken(tuple(facts), unchanged, elsewhere, tuple(problems))


def posted_outages(
    facts: Iterable[Fact], span: Span, lightest: str = DOWN_FROM
) -> tuple[tuple[Span, ...], str | None, tuple[str, ...]]:
    """The vendor's own outages within a stretch by the last version of each post.

    Returns them, the digest of the newest document that shows one, and the posts that have no end yet.
    """
    heavy = frozenset(IMPACTS[IMPACTS.index(lightest) :])
    last = {fact.subject: fact for fact in in_force(facts) if fact.kind == FactKind.VENDOR_POST}
    found: list[Span] = []
    open_ones: list[str] = []
    evidence = None
    for fact in sorted(last.values(), key=lambda each: each.id):
        body = fact.body
        if body["planned"] or body["impact"] not in heavy or parse_instant(body["from"]) >= span.end:
            continue
        if body.get("to") is None:
            open_ones.append(f"{fact.subject} {body['name']}")
        elif parse_instant(body["to"]) > span.start:
            found.append(Span(parse_instant(body["from"]), parse_instant(body["to"])))
            evidence = fact.evidence
    return tuple(found), evidence, tuple(open_ones)


def _recorded(store: Store, fact: Fact, file: Proof, author: Author, *, dry_run: bool) -> Fact:
    return recorded(store, lambda _: fact, file, author.known_at, dry_run=dry_run)


def _facts(
    store: Store,
    signed: SignedAgreement,
    page: str,
    post: Post,
    like: Announcement,
    author: Author,
    digest: str,
) -> Iterator[Fact]:
    """What one new version of a post says."""
    if post.planned:
        known = _announced(store, signed, page).get(post.id)
        is_over_before = post.ended_at is not None and post.ended_at <= post.start
        if known is None and not is_over_before:
            yield _announcement(store, signed, page, post, None, like, author, digest)
        elif known is not None and is_over_before and not known.cancelled:
            yield cancellation(store, signed, known.name, author, note=f"{post.status} on the page", evidence=digest)
        elif known is not None and not is_over_before and (known.cancelled or known.span != _span(post)):
            yield _announcement(store, signed, page, post, known, like, author, digest)
    body = {
        "page": page,
        "planned": post.planned,
        "name": post.name,
        "status": post.status,
        "impact": post.impact,
        "from": format_instant(post.start),
        "to": None if post.end is None else format_instant(post.end),
        "updated_at": format_instant(post.updated_at),
        "components": sorted(post.components) or None,
        "sha256": post.digest,
    }
    yield made(FactKind.VENDOR_POST, post.id, body, signed, author, digest)


def _announcement(
    store: Store,
    signed: SignedAgreement,
    page: str,
    post: Post,
    known: _Announced | None,
    like: Announcement,
    author: Author,
    digest: str,
) -> Fact:
    version = 1 if known is None else known.versions + 1
    published = post.created_at if known is None else post.updated_at
    flags = []
    if published < author.known_at:
        flags.append("published when the page says so; first seen when it was recorded")
    told = replace(
        like,
        start=format_instant(post.start),
        end=format_instant(_span(post).end),
        id=f"{post.id} v{version}" if version > 1 else post.id,
        replaces=None if known is None or known.cancelled else known.name,
        published_at=format_instant(min(published, author.known_at)),
        received_at=format_instant(author.known_at),
        channel=CHANNEL,
        note=post.name[:NOTE_MAX],
    )
    origin = {"page": page, "post": post.id, "updated_at": format_instant(post.updated_at)}
    return announcement(store, signed, told, author, evidence=digest, origin=origin, flags=flags)


def _span(post: Post) -> Span:
    """Of planned work: the source gives none without its end."""
    return Span(post.start, post.start if post.end is None else post.end)


def _seen(store: Store, signed: SignedAgreement) -> set[tuple[str, str, str]]:
    facts = store.facts(agreement=signed.agreement.id, kind=FactKind.VENDOR_POST.value)
    return {(fact.body["page"], fact.subject, fact.body["sha256"]) for fact in facts}


def _announced(store: Store, signed: SignedAgreement, page: str) -> Mapping[str, _Announced]:
    """The latest announcement of each piece of work that came from a page."""
    facts = in_force(store.facts(agreement=signed.agreement.id))
    cancelled = {fact.subject for fact in facts if fact.kind == FactKind.MAINTENANCE_CANCELLED}
    latest: dict[str, _Announced] = {}
    for fact in facts:
        origin: dict[str, Any] = fact.body.get("origin") or {}
        if fact.kind != FactKind.MAINTENANCE or origin.get("page") != page or "post" not in origin:
            continue
        before = latest.get(origin["post"])
        latest[origin["post"]] = _Announced(
            name=fact.subject,
            span=Span(parse_instant(fact.body["from"]), parse_instant(fact.body["to"])),
            versions=1 if before is None else before.versions + 1,
            cancelled=fact.subject in cancelled,
        )
    return latest
