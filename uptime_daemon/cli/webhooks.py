"""`webhook`: what programs that listen were told, one real post to try, and the sign of life."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    Exit,
    Format,
    FormatOption,
    fail,
    guarded,
    loaded,
    opened,
    print_rows,
)

if TYPE_CHECKING:
    from uptime_daemon.settings.values import Settings
    from uptime_daemon.settings.webhooks import Webhook

webhooks = typer.Typer(help="Programs that are told: what lies in the outbox for them.", no_args_is_help=True)

LISTED = 50
COLUMNS = ("id", "webhook", "type", "event", "due", "state", "attempts", "reply")
NameArgument = Annotated[str, typer.Argument(help="The webhook's name in uptime.yaml.")]


def _named(settings: Settings, name: str) -> Webhook:
    found = next((each for each in settings.webhooks if each.name == name), None)
    if found is None:
        known = ", ".join(each.name for each in settings.webhooks) or "none"
        fail(f"there is no webhook {name!r}; the webhooks are: {known}", Exit.MISTAKE)
        raise typer.Abort
    return found


@webhooks.command("test")
def post_test(name: NameArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Post one real event of type `test`, signed as all others are, and show what the receiver says."""
    import asyncio

    from uptime_daemon.clock import SystemClock
    from uptime_daemon.core.time.instants import format_instant
    from uptime_daemon.delivery.fate import Fate
    from uptime_daemon.delivery.webhooks import post
    from uptime_daemon.desk.telling.notices import event_id, written

    with guarded():
        webhook = _named(loaded(config), name)
    now = SystemClock().now()
    content = {"type": "test", "timestamp": format_instant(now), "data": {"webhook": name}}
    ended = asyncio.run(post(webhook.receiver, event_id("test", name, str(now)), written(content), now))
    typer.echo(f"{ended.fate}: {ended.reply}")
    if ended.fate is not Fate.SENT:
        raise typer.Exit(Exit.TROUBLE)


@webhooks.command("list")
def listed(
    webhook: Annotated[str | None, typer.Option("--webhook", help="For this webhook only.")] = None,
    number: Annotated[int, typer.Option("--last", min=1, help="How many, the newest at the end.")] = LISTED,
    config: ConfigOption = DEFAULT_CONFIG,
    shape: FormatOption = Format.TABLE,
) -> None:
    """What webhooks were told last, and how far it has come."""
    from uptime_daemon.core.time.instants import format_instant

    with guarded():
        settings = loaded(config)
        if webhook is not None:
            _named(settings, webhook)
        with opened(settings) as store:
            found = store.notices(webhook, newest=number)
    rows = [
        {
            "id": each.id,
            "webhook": each.notice.webhook,
            "type": each.notice.topic,
            "event": each.notice.event,
            "due": format_instant(each.notice.due_at),
            "state": each.state.value,
            "attempts": each.attempts,
            "reply": each.last_error,
        }
        for each in found
    ]
    print_rows(COLUMNS, rows, shape)


@webhooks.command("again")
def again(name: NameArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Let what a webhook's receiver never took be tried once more; the running daemon posts it."""
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.store.kept import MailState

    with guarded():
        settings = loaded(config)
        _named(settings, name)
        now = SystemClock().now()
        with opened(settings) as store:
            failed = [each for each in store.notices(name) if each.state is MailState.FAILED]
            for each in failed:
                store.mark(each.id, MailState.FAILED, MailState.PENDING, due_at=now, error="released again")
    typer.echo(f"{len(failed)} in the outbox again")
