"""`import statuspage` and `maintenance import`: what vendors publish of planned work and of their own outages."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    AtOption,
    ByOption,
    ConfigOption,
    DryRunOption,
    author_name,
    guarded,
    loaded,
    opened,
)
from uptime_daemon.cli.documents import documents
from uptime_daemon.cli.stating import AgreementOption, GroupOption, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from uptime_daemon.desk.intake.facts import Author
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.kept import Fact
    from uptime_daemon.store.ports import Store

KindOption = Annotated[str | None, typer.Option("--kind", help="As the vendor calls such work.")]
CauseOption = Annotated[str | None, typer.Option("--cause", help="The cause that the vendor states.")]
ComponentOption = Annotated[
    list[str] | None,
    typer.Option("--component", help="Of a status page only what is about this component; any number of times."),
]


def import_statuspage(
    source: Annotated[
        str, typer.Argument(help="A vendor's page, such as https://status.vendor.example, or one of its documents.")
    ],
    agreement: AgreementOption,
    component: ComponentOption = None,
    group: GroupOption = None,
    kind: KindOption = None,
    cause: CauseOption = None,
    by: ByOption = "",
    at: AtOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Record what a status page (Atlassian's shape) has posted: work as announcements, incidents as its own figures."""
    from uptime_daemon.desk.intake.posts import take_posts
    from uptime_daemon.desk.intake.work import Announcement
    from uptime_daemon.sources.statuspage import DOCUMENTS

    like = Announcement(start="", end="", group=group, kind=kind, cause=cause)
    with _stating(config, agreement, by, at, dry_run=dry_run) as (store, signed, author):
        for file in documents(source, [f"api/v2/{name}" for name in DOCUMENTS]):
            taken = take_posts(store, signed, file, like, author, components=component or (), dry_run=dry_run)
            words = f"{taken.unchanged} posts known already, {taken.elsewhere} about something else"
            _told(file.name, taken.facts, taken.problems, words, dry_run=dry_run)


def import_maintenance(
    source: Annotated[
        str, typer.Argument(help="An iCalendar file, or a status page's scheduled maintenances; a file or an address.")
    ],
    agreement: AgreementOption,
    component: ComponentOption = None,
    group: GroupOption = None,
    kind: KindOption = None,
    cause: CauseOption = None,
    announced_at: Annotated[str | None, typer.Option("--announced-at", help="When the vendor sent it.")] = None,
    received_at: Annotated[str | None, typer.Option("--received-at", help="When it reached us.")] = None,
    published_at: Annotated[str | None, typer.Option("--published-at", help="When it stood on a page.")] = None,
    channel: Annotated[str, typer.Option("--channel", help="How a calendar reached us.")] = "calendar",
    by: ByOption = "",
    at: AtOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Record what a calendar or a page announces, moves and calls off; the same document twice changes nothing."""
    from uptime_daemon.desk.intake.calendar import take_calendar
    from uptime_daemon.desk.intake.posts import take_posts
    from uptime_daemon.desk.intake.work import Announcement

    like = Announcement(
        start="",
        end="",
        group=group,
        kind=kind,
        cause=cause,
        announced_at=announced_at,
        received_at=received_at,
        published_at=published_at,
        channel=channel,
    )
    with _stating(config, agreement, by, at, dry_run=dry_run) as (store, signed, author):
        for file in documents(source):
            if file.content.lstrip().startswith(b"{"):
                posts = take_posts(
                    store, signed, file, like, author, components=component or (), planned_only=True, dry_run=dry_run
                )
                words = f"{posts.unchanged} posts known already, {posts.elsewhere} about something else"
                _told(file.name, posts.facts, posts.problems, words, dry_run=dry_run)
            else:
                taken = take_calendar(store, signed, file, like, author, dry_run=dry_run)
                words = f"{taken.unchanged} known already, {taken.older} older than what is on record"
                _told(file.name, taken.facts, taken.problems, words, dry_run=dry_run)


@contextmanager
def _stating(
    config: Path, agreement: str, by: str, at: str | None, *, dry_run: bool
) -> Iterator[tuple[Store, SignedAgreement, Author]]:
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.desk.intake.facts import Author, stated_time
    from uptime_daemon.desk.judging.judge import Judge

    with guarded():
        settings = loaded(config)
        with opened(settings, create=not dry_run) as store:
            signed, now = Judge(settings, store).signed(agreement), SystemClock().now()
            yield store, signed, Author(by or author_name(), now if at is None else stated_time(signed, at, "at"), now)


def _told(name: str, facts: Iterable[Fact], problems: Iterable[str], words: str, *, dry_run: bool) -> None:
    made, skipped = list(facts), list(problems)
    for fact in made:
        say(fact)
    for problem in skipped:
        typer.echo(f"skipped: {problem}")
    typer.echo(f"{name}: {len(made)} {'to record' if dry_run else 'recorded'}, {words}, {len(skipped)} skipped")
