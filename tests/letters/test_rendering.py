"""The templates' frame: nothing missing goes unseen, nothing dangerous runs, tables come out straight."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from uptime_daemon.letters import rendering
from uptime_daemon.letters.rendering import aligned, one_line, paragraph, rendered, unbroken


def test_missing_value_is_an_error() -> None:
    """A letter with a hole in it is never written."""
    with pytest.raises(UndefinedError):
        rendered("claim", letter={})


@pytest.mark.parametrize(
    "source", ["{{ ''.__class__.__mro__ }}", "{{ [].append(1) }}", "{{ rows.append.__globals__ }}"]
)
def test_templates_reach_nothing_beyond_their_values(source: str) -> None:
    """Python's inner attributes and changes of values are refused, should a template ever come from elsewhere."""
    with pytest.raises(SecurityError):
        rendering._TEXT.from_string(source).render(rows=[])


def test_columns_are_aligned() -> None:
    """Cells of a column begin in the same place, the last one is not padded."""
    assert aligned([("a", "1"), ("bcd", "22")], indent=2) == "  a    1\n  bcd  22"


def test_paragraphs_are_wrapped_and_never_torn() -> None:
    """Lines have at most 76 characters; a long word stays whole."""
    text = paragraph("word " * 40 + "x" * 100, 4)
    assert all(len(line) <= 76 or line.strip() == "x" * 100 for line in text.splitlines())
    assert all(line.startswith("    ") for line in text.splitlines())


def test_one_line_of_printable_characters() -> None:
    """Line ends, tabs, control and direction characters become single spaces."""
    assert one_line(" a\r\nb\tc\x00d\u2028e\u202ef  g ") == "a b c d e f g"


def test_instants_are_kept_together_and_text_escaped() -> None:
    """Only whole instants are wrapped, and everything is escaped first."""
    assert unbroken("<b> 2026-06-10 10:00:00.5 +02:00") == (
        '&lt;b&gt; <span style="white-space:nowrap">2026-06-10 10:00:00.5 +02:00</span>'
    )
