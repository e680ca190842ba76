"""The templates' frame: nothing missing goes unseen, nothing dangerous runs, nothing that is put in is mark-up."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from uptime_daemon.languages.language import Language
from uptime_daemon.letters.content import Style
from uptime_daemon.letters.html import as_html
from uptime_daemon.letters.lines import LINE_CHARACTERS, aligned, one_line, wrapped
from uptime_daemon.letters.markup import (
    Copied,
    Figures,
    Heading,
    Paragraph,
    Placed,
    Plain,
    Table,
    Words,
    document,
    escaped,
    plain,
)
from uptime_daemon.letters.rendering import environment, written
from uptime_daemon.letters.text import as_text

EVERYTHING = """
###### **DEMONSTRATION** Nothing is claimed.

**Acme**\\
Street 1

2 July 2026

# Title

> Credit\\
> 39.20 EUR

| | |
|---|---|
| Contract | D-1 |

```picture
period
```

| Outage | Counts |
|---|---:|
| 1. from – to *silent* | 1:07:00 |

* one
* two

```
uptime-daemon claim \\_render\\_
```
"""


def test_missing_value_is_an_error() -> None:
    """A letter with a hole in it is never written."""
    with pytest.raises(UndefinedError):
        written("claim", "subject", Style(), letter={})


@pytest.mark.parametrize(
    "source", ["{{ ''.__class__.__mro__ }}", "{{ [].append(1) }}", "{{ rows.append.__globals__ }}"]
)
def test_templates_reach_nothing_beyond_their_values(source: str) -> None:
    """Python's inner attributes and changes of values are refused, since templates come from elsewhere, too."""
    with pytest.raises(SecurityError):
        environment(Language.ENGLISH).from_string(source).render(rows=[])


@pytest.mark.parametrize(
    "hostile",
    [
        "# no heading",
        "**not strong**",
        "a | b",
        "> none",
        "1. none",
        "<b>&amp;",
        "[x](http://x)",
        "\\*",
        "```",
        "`",
        "~",
    ],
)
def test_what_is_put_in_means_itself(hostile: str) -> None:
    """No character of a value is mark-up: alone, in a cell, in translated words, joined, or in copied lines."""
    template = environment(Language.ENGLISH).from_string(
        "{{ value }}\n\n| | |\n|---|---|\n| name | {{ value }} |\n\n"
        "{% trans %}before {{ value }} after{% endtrans %}\n\n\n"
        "{{ value ~ '!' }} {{ value + '?' }}\n\n```\n{{ value }}\n```\n"
    )
    first, table, sentence, joined, copied = document(template.render(value=Plain(hostile))).body
    assert first == Paragraph((Words(hostile),))
    assert isinstance(table, Table)
    assert [plain(cell) for cell in table.rows[0]] == ["name", hostile]
    assert [plain(each.line) for each in (sentence, joined) if isinstance(each, Paragraph)] == [
        f"before {hostile} after",
        f"{hostile}! {hostile}?",
    ]
    assert copied == Copied((hostile,))


def test_mark_up_becomes_blocks() -> None:
    """Every block of the mark-up is read, and both forms of it say the same words."""
    found = document(EVERYTHING)
    assert found.banner is not None
    assert [plain(each.line) for each in found.head] == ["Acme\nStreet 1", "2 July 2026"]
    assert [type(each) for each in found.body[:4]] == [Heading, Figures, Table, Placed]
    text, html = as_text(found), as_html(found, "Title", Language.CZECH, None)
    assert '<html lang="cs">' in html
    for said in ("Nothing is claimed", "Street 1", "39.20 EUR", "D-1", "silent", "1:07:00", "two", "claim _render_"):
        assert said in text
        assert said in html


def test_escaping_is_the_readers_inverse() -> None:
    """What is escaped reads as it was, whatever printable characters it has."""
    every = "".join(chr(code) for code in range(0x21, 0x7F))
    (block,) = document(str(escaped(f"x {every}"))).body
    assert isinstance(block, Paragraph)
    assert plain(block.line) == f"x {every}"


def test_columns_are_aligned() -> None:
    """Cells of a column begin in the same place, figures end in the same place."""
    assert aligned([("a", "1"), ("bcd", "22")], (False, True), indent=2) == "  a     1\n  bcd  22"


def test_paragraphs_are_wrapped_and_never_torn() -> None:
    """Lines have at most 76 characters; a long word stays whole, and no line ends at a no-break space."""
    text = wrapped("word " * 40 + "x" * 100, "    ")
    assert all(len(line) <= LINE_CHARACTERS or line.strip() == "x" * 100 for line in text.splitlines())
    assert all(line.startswith("    ") for line in text.splitlines())
    assert wrapped("a " * 35 + "10\xa0000,50\xa0EUR").splitlines()[1] == "10 000,50 EUR"


def test_one_line_of_printable_characters() -> None:
    """Line ends, tabs, control and direction characters become single spaces."""
    assert one_line(" a\r\nb\tc\x00d\u2028e\u202ef  g ") == "a b c d e f g"
