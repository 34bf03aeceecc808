"""One stored result as plain files in a folder: arrays, tables, and the rest as JSON."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import results
from pipeline.results import Result


def write(folder: Path, result: Any, prefix: str = "") -> dict[str, Any]:
    """What is left of a result for JSON when its arrays are .npy files and its tables .arrow files in the folder."""
    plain: dict[str, Any] = {}
    for item in fields(result):
        value = getattr(result, item.name)
        name = f"{prefix}{item.name}"
        if isinstance(value, np.ndarray):
            np.save(folder / f"{name}.npy", value, allow_pickle=False)
        elif type(value).__name__ == "DataFrame":
            value.write_ipc(folder / f"{name}.arrow", compression="uncompressed")
        elif isinstance(value, results.Target):
            plain[item.name] = write(folder, value, f"{name}.")
        elif isinstance(value, tuple):
            plain[item.name] = [asdict(v) if is_dataclass(v) and not isinstance(v, type) else v for v in value]
        else:
            plain[item.name] = value
    return plain


def weight(result: Any) -> int:
    """About how many bytes a result takes on the disk."""
    values = [getattr(result, item.name) for item in fields(result)]
    return sum(int(v.estimated_size()) if hasattr(v, "estimated_size") else int(getattr(v, "nbytes", 0)) for v in values)


def read(folder: Path, meta: dict[str, Any]) -> Result:
    """The result that an entry's files hold, its arrays memory-mapped; raises whatever damage leads to."""
    for name, expected in meta["files"].items():
        if fingerprint(folder / name) != expected:
            raise ValueError(f"{name} is damaged")
    result: Result = _build(getattr(results, meta["type"]), folder, meta["fields"])
    return result


def _build(kind: Any, folder: Path, plain: dict[str, Any], prefix: str = "") -> Any:
    values: dict[str, Any] = {}
    for item in fields(kind):
        file = folder / f"{prefix}{item.name}"
        if file.with_name(file.name + ".npy").exists():
            values[item.name] = np.load(file.with_name(file.name + ".npy"), mmap_mode="r", allow_pickle=False)
        elif file.with_name(file.name + ".arrow").exists():
            import polars as pl

            values[item.name] = pl.read_ipc(file.with_name(file.name + ".arrow"))
        elif item.name == "target" and plain[item.name] is not None:
            values[item.name] = _build(results.Target, folder, plain[item.name], f"{prefix}target.")
        elif item.name in plain:  # a field that came later has its default in what was written before
            values[item.name] = _restore(item.name, plain[item.name])
    return kind(**values)


def _restore(name: str, value: Any) -> Any:
    if name == "columns" and value and isinstance(value[0], dict):
        return tuple(_column(item) for item in value)
    if name == "notices":
        return tuple(_notice(item) for item in value)
    return tuple(value) if isinstance(value, list) else value


def _column(item: dict[str, Any]) -> results.Column:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in item.items()}
    return results.Column(**values)


def _notice(item: dict[str, Any]) -> results.Notice:
    return results.Notice(**{**item, "options": tuple(results.Option(**option) for option in item["options"])})


def fingerprint(file: Path) -> str:
    """Hash of a file's content."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
