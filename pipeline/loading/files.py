"""Any file that holds a table → Sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.loading import arrays, columnar, delimited, excel
from pipeline.loading.kinds import kind_of
from pipeline.loading.limits import Limits
from pipeline.loading.sheet import Sheet
from pipeline.results import Problem

READERS = {"text": delimited.read, "excel": excel.read, "parquet": columnar.read, "npy": arrays.read, "npz": arrays.read_archive}


def sheet_of(file: Path, name: str, choices: dict[str, Any], limits: Limits, report: Any) -> Sheet:
    """The table of a file, read by what its first bytes say it is; raises Problem."""
    kind = kind_of(file, name, limits)
    if kind == "pictures":
        raise Problem(f"{name} is a zip or a folder of files, and a table is needed here. Choose a file such as CSV or Excel.")
    return READERS[kind](file, name, choices, limits, report)
