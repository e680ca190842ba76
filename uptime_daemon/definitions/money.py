"""Amounts in files: quoted and exact, with their currency in a key of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.terms.money import Money, parse_money
from uptime_daemon.definitions.nodes import FloatText
from uptime_daemon.definitions.shapes import Text, named, refuse

if TYPE_CHECKING:
    from uptime_daemon.definitions.nodes import Node
    from uptime_daemon.definitions.problems import Problems
    from uptime_daemon.definitions.shapes import Shape

_AMOUNT_LENGTH_MAX: Final = 20
CURRENCY: Final = Text("currency", r"[A-Z]{3}", "EUR")


@dataclass(frozen=True, slots=True)
class MoneyText:
    """A quoted amount; the currency stands in a key of its own."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A decimal in quotes."""
        return (Text("amount of money", r"-?\d+(\.\d+)?", "1250.75"),)

    def read(self, node: Node, path: str, problems: Problems) -> str:
        """The amount as text, exact."""
        match node.value:
            case FloatText(text):
                message = f'{text} is an unquoted number, which is not exact; write "{text}" in quotes'
                raise refuse(node, path, problems, message)
            case int() as number if not isinstance(number, bool):
                raise refuse(node, path, problems, f'{number} is an unquoted number; write "{number}" in quotes')
            case str() as text if len(text) <= _AMOUNT_LENGTH_MAX:
                return text
        raise refuse(node, path, problems, f'{named(node)} is no amount; write one in quotes such as "1250.75"')


def money(amount: str, currency: str) -> Money:
    """An amount that somebody pays; `ValueError` for a negative one and for digits that the currency lacks."""
    try:
        paid = parse_money(amount, currency)
    except ValueError as error:
        raise ValueError(f"{error}; write what the invoice says, in quotes") from error
    if paid.minor < 0:
        raise ValueError("a fee is not negative; write what the invoice says")
    return paid
