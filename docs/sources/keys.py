"""The pages of keys: every key of the files, written from the very shapes that read them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from inspect import getdoc
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from uptime_daemon.core.terms.money import decimal_text
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND
from uptime_daemon.definitions.agreements import AGREEMENT_KEYS
from uptime_daemon.definitions.cases.head import CASE
from uptime_daemon.definitions.contracts.body import body_keys
from uptime_daemon.definitions.contracts.head import HEAD_KEYS
from uptime_daemon.definitions.probes.cadence import CADENCE_KEYS
from uptime_daemon.definitions.probes.kinds import ENDPOINT_OF, ENDPOINTS, KINDS
from uptime_daemon.definitions.records import ByKind, Key, ListOf, MapOf, Record, optional, required
from uptime_daemon.definitions.schema import Described
from uptime_daemon.definitions.shapes import IDENTIFIER, AsNode, Choice, Flag, OneOf, Shape, Text, Version, Whole
from uptime_daemon.definitions.times import Length
from uptime_daemon.settings.keys import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OPEN: Final = """\
The value of every key below the head may be left open: `{parameter: NAME}`, `{parameter: NAME, default: VALUE}`,
`{by_plan: {PLAN: VALUE}}`, `{ambiguity: ID, recommended: VALUE, conservative: VALUE}`.
[The contract language](../contract-language.md) shows every key by example.
"""


def settings_page() -> str:
    """`uptime.yaml`."""
    keys = {**FILE.keys, "agreements": optional(ListOf(Record(dict, _agreement())))}
    return _page(
        "The configuration",
        "Every key of `uptime.yaml`. `${NAME}` reads the environment, `${file:/run/secrets/x}` a file.\n",
        {"uptime.yaml": keys},
    )


def contracts_page() -> str:
    """`contracts/*.yaml`, and what an agreement and a case say beside them."""
    tables = {
        "contract": {**HEAD_KEYS, **body_keys(ZoneInfo("UTC"))},
        "case": {**CASE.keys, "agreement": required(Record(dict, AGREEMENT_KEYS))},
    }
    return _page("Contracts and cases", "Every key of `contracts/*.yaml` and of a case.\n\n" + _OPEN, tables)


def probes_page() -> str:
    """`probes/*.yaml`."""
    common = "Every probe has `id`, `kind`, and may have " + ", ".join(f"`{key}`" for key in CADENCE_KEYS)
    intro = f"{common}. What the checks mean, and how to find the right ones, is told in [probes](../probes.md).\n"
    tables: dict[str, Mapping[str, Key[Any]]] = {}
    for kind in KINDS:
        if kind not in ENDPOINT_OF:
            also = [each for each, other in ENDPOINT_OF.items() if other == kind]
            tables[", ".join([kind, *also])] = ENDPOINTS[kind].keys
    return _page("Probes by kind", intro, tables)


def _agreement() -> dict[str, Key[Any]]:
    return {"id": required(IDENTIFIER), "contract": required(IDENTIFIER), **AGREEMENT_KEYS}


def _page(title: str, intro: str, tables: Mapping[str, Mapping[str, Key[Any]]]) -> str:
    parts = [f"# {title}\n", intro]
    for name, keys in tables.items():
        parts.append(f"## {name}\n")
        parts += _Tables().of(keys)
    return "\n".join(parts)


_WORDS_MAX: Final = 40
"""A longer list, as that of all time zones, is told by its ends."""


@dataclass(slots=True)
class _Tables:
    """A table of some keys, then one for each mapping within, each once."""

    known: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Where a mapping has its table."""
    waiting: deque[tuple[str, Mapping[str, Key[Any]]]] = field(default_factory=deque)

    def of(self, keys: Mapping[str, Key[Any]]) -> Iterator[str]:
        """The tables in the order in which they are named."""
        self.waiting.append(("", keys))
        while self.waiting:
            path, own = self.waiting.popleft()
            rows = ["| key | value | default |", "|---|---|---|"]
            for key, each in own.items():
                words = self._words(each.shape, f"{path}.{key}" if path else key, ())
                rows.append(f"| `{key}` | {words} | {'**needed**' if each.required else _default(each)} |")
            yield (f"### {path}\n\n" if path else "") + "\n".join(rows) + "\n"

    def _words(self, shape: Shape[Any], path: str, within: tuple[type, ...]) -> str:
        """What a value may be; a mapping is put aside for a table of its own. `within` are the shapes around it."""
        if (plain := _plain_words(shape)) is not None:
            return plain
        match shape:
            case ListOf():
                return f"list of: {self._words(shape.item, f'{path}[]', within)}"
            case MapOf():
                return f"mapping of names to: {self._words(shape.item, f'{path}.NAME', within)}"
            case Record():
                return f"mapping as in {self._place(shape, path)}"
            case ByKind():
                # Kinds may have the same keys, so the word belongs to the signature; it also makes a heading of sense.
                places = [self._place(each, f"{path}: {kind}", kind) for kind, each in shape.shapes.items()]
                return f"by its `kind` a mapping as in {', '.join(places)}"
            case Described():
                if type(shape) in within:
                    return "the same within"
                own = [
                    self._words(form, path if number == 1 else f"{path} ({number})", (*within, type(shape)))
                    for number, form in enumerate(shape.forms(), start=1)
                ]
                return ", or ".join(dict.fromkeys(own))
        return _sentence(shape)

    def _place(self, shape: Record[Any], path: str, kind: str = "") -> str:
        """A link to the table of a mapping; the first place that has it names it."""
        signature = (kind, getattr(shape.build, "__qualname__", ""), *shape.keys)
        if signature not in self.known:
            self.known[signature] = path
            self.waiting.append((path, shape.keys))
        place = self.known[signature]
        return f"[{place}](#{anchor(place)})"


def _plain_words(shape: Shape[Any]) -> str | None:
    """In words a shape that holds no other; None for one that does."""
    match shape:
        case Text():
            return shape.what + (f" such as `{_bare(shape.example)}`" if shape.example else "")
        case Version():
            return "a short text"
        case Flag():
            return "`true` or `false`"
        case Whole():
            span = f"{shape.at_least} to {shape.at_most}"
            return f"`{shape.at_least}`" if shape.at_least == shape.at_most else f"a whole number from {span}"
        case Choice(words=words):
            return " ".join(f"`{word.value}`" for word in words)
        case OneOf(words=words) if len(words) > _WORDS_MAX:
            return f"one of {len(words)} names such as `{words[0]}` or `{words[-1]}`"
        case OneOf(words=words):
            return " ".join(f"`{word}`" for word in words)
        case AsNode():
            return "anything"
    return None


def _sentence(shape: object) -> str:
    """What a shape that has no parts says of itself."""
    told = (getdoc(type(shape)) or "").partition("\n")[0].rstrip(".")
    own = type(shape).__doc__ is not None and not told.startswith(type(shape).__name__)
    return told[0].lower() + told[1:] if own and told else _BY_NAME.get(type(shape).__name__, "a text")


_BY_NAME: Final = {
    "_ListenShape": "address and port such as `127.0.0.1:8990`",
    "_SecretShape": "a text, best as `${file:/run/secrets/NAME}`",
    "_SigningKeyShape": "a key as `evidence key` prints it, best as `${file:/run/secrets/NAME}`",
}


def _bare(text: str) -> str:
    return text.replace("|", "\\|")


def _default(key: Key[Any]) -> str:
    value = key.default
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case StrEnum():
            return f"`{value.value}`"
        case int() if isinstance(key.shape, Length):
            return f"`{_length(value)}`"
        case int():
            return f"`{value}`"
        case Fraction():
            return f'`"{decimal_text(value)}"`'
        case str() if value:
            return f"`{_bare(value)}`"
        case _ if type(value).__name__ == "Listen":
            return f"`{value}`"
    return ""


def _length(value: int) -> str:
    for unit, letter in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")):
        if value and value % unit == 0:
            return f"{value // unit}{letter}"
    return f"{value}us"


def anchor(heading: str) -> str:
    """The anchor that the site generator gives to a heading."""
    kept = "".join(each for each in heading.lower() if each.isalnum() or each in " _-")
    return "-".join(kept.split())
