"""Every law of the arithmetic is also a long proof: under the thorough profile it runs with `make prove` only."""

from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the laws of this folder as proofs where each of them tries thousands of examples."""
    if settings.get_current_profile_name() != "thorough":
        return
    for item in items:
        if HERE in item.path.parents and is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.prove)
