"""Where recorded history of a real service lies, which is not copied into the project."""

import os
from pathlib import Path

import pytest

VARIABLE = "UPTIME_REAL_HISTORY"


@pytest.fixture(scope="session")
def real_history() -> Path:
    """The folder with toro.csv: the one named by the environment, else the one that lies beside the checkout."""
    folder = Path(os.environ.get(VARIABLE, Path(__file__).parents[3] / "shared" / "real-history"))
    if not (folder / "toro.csv").is_file():
        pytest.skip(f"no real history: set {VARIABLE} to the folder that holds toro.csv")
    return folder
