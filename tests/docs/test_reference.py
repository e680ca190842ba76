"""The reference that is written from the code leaves nothing out."""

from __future__ import annotations

import pytest

from docs.sources.keys import contracts_page
from uptime_daemon.core.terms.credit import CreditKind
from uptime_daemon.core.terms.metric import MetricKind


@pytest.mark.parametrize(("key", "kinds"), [("credit", CreditKind), ("metric", MetricKind)])
def test_every_kind_of_a_term_has_its_table(key: str, kinds: type[CreditKind | MetricKind]) -> None:
    """Also those that share their keys with another kind, each under its own word."""
    page = contracts_page()
    for kind in kinds:
        section = page.partition(f"### {key}: {kind.value}\n")[2].partition("###")[0]
        assert f"| `kind` | `{kind.value}` | **needed** |" in section
