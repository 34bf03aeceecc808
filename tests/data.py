"""Where the tests' real data lies: pictures, tables and texts that are too large to ship."""

from __future__ import annotations

import os
from pathlib import Path

DATA = Path(os.environ.get("CLUSTER_EXPLORER_DATA") or Path(__file__).parents[2] / "shared" / "data").resolve()


def needs_data(name: str) -> Path:
    """Path of a file or folder of the tests' data; the test fails with a sentence when it is not there."""
    import pytest  # not needed by those who only ask for DATA

    path = DATA / name
    if not path.exists():
        pytest.fail(f"This test needs {name} in {DATA}. Set CLUSTER_EXPLORER_DATA to the folder that holds it.", pytrace=False)
    return path
