"""Write-once results on disk under the hash of what made them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from pipeline import results
from pipeline.results import BY_HAND, Problem, Result

FORMAT = 1  # raised when the files of an entry change their form
EVERYONE = "everyone"  # owner of what all may see
STALE = 86_400  # seconds after which a half-written entry has no writer any more
OPEN_RESULTS = 24  # results held open (arrays are memory-mapped, so this is cheap)


def digest(*parts: Any) -> str:
    """Hash of JSON-like parts and bytes, 40 hexadecimal digits; ("ab", "c") differs from ("a", "bc")."""
    made = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True, default=str).encode()
        made.update(len(data).to_bytes(8, "little") + data)
    return made.hexdigest()[:40]


class Store:
    """Results by key in one private folder: atomic to write, checked when read, bounded in size."""

    def __init__(self, folder: Path, limit: int = 20 * 2**30) -> None:
        self.folder = Path(folder)
        self.limit = limit
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._open: OrderedDict[str, Result] = OrderedDict()
        self._guard = threading.Lock()

    def path(self, key: str) -> Path:
        """Folder of an entry; the key must be one of ours."""
        if not (key.isalnum() and len(key) == 40):
            raise Problem("That address does not name a result.")
        return self.folder / key[:2] / key

    def has(self, key: str) -> bool:
        """Whether a result of this key is stored."""
        return (self.path(key) / "meta.json").is_file()

    def meta(self, key: str) -> dict[str, Any]:
        """What is known of an entry without reading its arrays: type, shape, owner, recipe, details."""
        try:
            meta: dict[str, Any] = json.loads((self.path(key) / "meta.json").read_text())
            return meta
        except OSError:
            raise Problem("This result is no longer stored. Run it again to make it anew.") from None
        except ValueError:
            raise self._torn(key) from None

    def get(self, key: str) -> Result:
        """The result; an unreadable entry is removed and counts as not stored (Problem)."""
        with self._guard:
            if key in self._open:
                self._open.move_to_end(key)
                return self._open[key]
        meta = self.meta(key)
        try:
            result = _read(self.path(key), meta)
        except Exception as error:  # whatever a torn file raises, it is a miss
            raise self._torn(key) from error
        with self._guard:
            self._open[key] = result
            while len(self._open) > OPEN_RESULTS:
                self._open.popitem(last=False)
        return result

    def _torn(self, key: str) -> Problem:
        shutil.rmtree(self.path(key), ignore_errors=True)
        return Problem("This result could not be read back and was removed. Run it again.")

    def put(self, key: str, result: Result, *, owner: str, recipe: list[dict[str, Any]], seconds: float = 0.0) -> None:
        """Write the result under its key; the first writer wins, a half-written entry is never seen."""
        final = self.path(key)
        final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Path(tempfile.mkdtemp(prefix=f"tmp-{os.getpid()}-", dir=self.folder))
        try:
            n, d = results.shape_of(result)
            plain = _write(made, result)
            meta = {
                "format": FORMAT,
                "type": type(result).__name__,
                "n": n,
                "d": d,
                "owner": owner,
                "recipe": recipe,
                "seconds": seconds,
                "created": time.time(),
                "fields": plain,
                "files": {f.name: _file_hash(f) for f in sorted(made.iterdir())},
            }
            (made / "meta.json").write_text(json.dumps(meta))
            os.rename(made, final)
        except OSError as error:
            if not self.has(key):
                raise Problem(f"The result could not be written to {self.folder}: {error.strerror}.") from error
        finally:
            shutil.rmtree(made, ignore_errors=True)
        self.prune({key})

    def touch(self, key: str) -> None:
        """Mark an entry as used now, so that it is evicted last."""
        if self.has(key):
            os.utime(self.path(key) / "meta.json")

    def entries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Key and meta of everything that is stored."""
        for file in self.folder.glob("??/*/meta.json"):
            with suppress(Problem):
                yield file.parent.name, self.meta(file.parent.name)

    def remove(self, keys: Iterable[str]) -> None:
        """Remove these results, and what writers that were killed have left half written."""
        for key in keys:
            with self._guard:
                self._open.pop(key, None)
            shutil.rmtree(self.path(key), ignore_errors=True)
        for left in self.folder.glob("tmp-*"):
            if not _lives(left.name.split("-")[1]):
                shutil.rmtree(left, ignore_errors=True)

    def _by_hand(self, key: str) -> bool:
        """Whether an entry is a person's work, which nothing can compute again: edits, and labels given by hand."""
        try:
            meta = self.meta(key)
        except Problem:
            return False
        return bool(meta["type"] == "Edit" or any(step.get("algorithm") == BY_HAND for step in meta["recipe"]))

    def prune(self, keep: set[str]) -> None:
        """Evict the least recently used entries, but nothing made by hand, until the store is below its limit."""
        for left in self.folder.glob("tmp-*"):
            if time.time() - left.stat().st_mtime > STALE:
                shutil.rmtree(left, ignore_errors=True)
        entries = []
        for meta in self.folder.glob("??/*/meta.json"):
            try:
                size = sum(f.stat().st_size for f in meta.parent.iterdir())
                entries.append((meta.stat().st_mtime, size, meta.parent))
            except OSError:
                continue
        total = sum(size for _, size, _ in entries)
        for _, size, folder in sorted(entries):
            if total <= self.limit:
                return
            if folder.name not in keep and not self._by_hand(folder.name):
                shutil.rmtree(folder, ignore_errors=True)
                total -= size


def _lives(pid: str) -> bool:
    """Whether the process of this number still works; a killed one may wait to be noticed by its parent."""
    try:
        return bool(psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE)
    except (psutil.Error, ValueError):
        return False


def _write(folder: Path, result: Any, prefix: str = "") -> dict[str, Any]:
    """Arrays to .npy and tables to .arrow beside each other; returns the rest as JSON."""
    plain: dict[str, Any] = {}
    for item in fields(result):
        value = getattr(result, item.name)
        name = f"{prefix}{item.name}"
        if isinstance(value, np.ndarray):
            np.save(folder / f"{name}.npy", value, allow_pickle=False)
        elif type(value).__name__ == "DataFrame":
            value.write_ipc(folder / f"{name}.arrow", compression="uncompressed")
        elif isinstance(value, results.Target):
            plain[item.name] = _write(folder, value, f"{name}.")
        elif isinstance(value, tuple):
            plain[item.name] = [asdict(v) if is_dataclass(v) and not isinstance(v, type) else v for v in value]
        else:
            plain[item.name] = value
    return plain


def _read(folder: Path, meta: dict[str, Any]) -> Result:
    if meta["format"] != FORMAT:
        raise ValueError("another format")
    for name, expected in meta["files"].items():
        if _file_hash(folder / name) != expected:
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


def _file_hash(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
