"""The page of commands: every command, argument and option as the command line itself knows them."""

from __future__ import annotations

from enum import EnumType
from typing import TYPE_CHECKING, Any

import typer

from uptime_daemon.cli.main import command_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uptime_daemon.settings.values import Settings

_EXITS = """\
Exit codes: 0 done (also when a contract is breached), 1 the answer is no (`probe`, `verify`, `healthcheck`), 2 a
mistake in a file or on the command line, 3 trouble outside (database, network).
"""


class _NoServants:
    """The command line is looked at, not run."""

    def run(self, settings: Settings) -> int:
        raise NotImplementedError

    def demo(self, folder: Path | None, port: int) -> int:
        raise NotImplementedError


def program() -> Any:
    """The program as click sees it: a group of commands and groups."""
    return typer.main.get_command(command_line(_NoServants()))


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with the words that lead to it."""
    if nested := getattr(command, "commands", None):
        for name, each in nested.items():
            yield from commands(each, (*path, name))
    else:
        yield path, command


def page() -> str:
    """The page."""
    parts = ["# Commands\n", "Written from the command line itself; `--help` says the same.\n", _EXITS]
    top = program()
    for name, command in top.commands.items():
        parts.append(f"## {name}\n\n{_paragraph(command.help)}\n")
        parts += [_command((name, *path), each, heading=bool(path)) for path, each in commands(command)]
    return "\n".join(parts)


def _command(path: tuple[str, ...], command: Any, *, heading: bool) -> str:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and each.name != "help"]
    usage = " ".join(
        ["uptime-daemon", *path, *(_argument(each) for each in arguments), *(["[OPTIONS]"] if options else [])]
    )
    lines = [f"### {' '.join(path)}\n\n{_paragraph(command.help)}\n"] if heading else []
    lines.append(f"```\n{usage}\n```\n")
    if arguments or options:
        lines.append("| word | meaning |\n|---|---|")
        lines += [f"| `{_argument(each)}` | {_cell(getattr(each, 'help', '') or '')} |" for each in arguments]
        lines += [f"| {_option(each)} | {_cell(each.help or '')}{_default(each)} |" for each in options]
        lines.append("")
    return "\n".join(lines)


def _argument(argument: Any) -> str:
    name = argument.name.upper()
    shown = f"{name}..." if argument.nargs == -1 else name
    return shown if argument.required else f"[{shown}]"


def _option(option: Any) -> str:
    names = ", ".join(f"`{each}`" for each in (*option.opts, *option.secondary_opts))
    if option.is_flag:
        return names
    annotation = option.type_descriptor.annotation
    choices: list[Any] = list(annotation) if isinstance(annotation, EnumType) else []
    words = [f"`{each.value}`" for each in choices]
    return " ".join([f"{names}:", *words]) if words else names


def _default(option: Any) -> str:
    if option.required:
        return " **Needed.**"
    if option.is_flag or option.default is None or callable(option.default) or str(option.default) == "":
        return ""
    value = getattr(option.default, "value", option.default)
    return "" if isinstance(value, list | tuple) else f" Default: `{value}`."


def _paragraph(text: str | None) -> str:
    return " ".join((text or "").split())


def _cell(text: str) -> str:
    return _paragraph(text).replace("|", "\\|")
