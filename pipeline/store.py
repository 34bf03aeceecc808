"""Write-once results on disk under the hash of what made them."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from pipeline import entry, results
from pipeline.results import BY_HAND, Problem, Result
from pipeline.sealed import MARK, seal, unseal

FORMAT = 2  # raised when the files of an entry change their form
UNSEALED = 1  # the form whose meta.json had no hash of its own
EVERYONE = "everyone"  # owner of what all may see
OPEN_RESULTS = 24  # results held open (arrays are memory-mapped, so this is cheap)
TIGHT = 2**16  # bytes: with fewer free a write that failed has filled the disk
FULL = (errno.ENOSPC, errno.EDQUOT)


def digest(*parts: Any) -> str:
    """Hash of JSON-like parts and bytes, 40 hexadecimal digits; ("ab", "c") differs from ("a", "bc")."""
    made = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True, default=str).encode()
        made.update(len(data).to_bytes(8, "little") + data)
    return made.hexdigest()[:40]


class Damaged(Problem):
    """A stored result is not as it was written; it has been removed, and ``Store.damaged`` remembers it."""


class Store:
    """Results by key in one private folder: atomic to write, checked when read, bounded in size.

    ``held`` tells the keys that pages look at now, which are never evicted.
    """

    def __init__(self, folder: Path, limit: int = 20 * 2**30, held: Callable[[], set[str]] = set) -> None:
        self.folder = Path(folder)
        self.limit = limit
        self.held = held
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
        """What is known of an entry without reading its arrays: type, shape, owner, recipe, details; raises Problem."""
        try:
            return _meta((self.path(key) / "meta.json").read_text())
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
            result = entry.read(self.path(key), meta)
        except Exception as error:  # whatever a torn file raises, it is a miss
            if not self.has(key):  # evicted meanwhile
                raise Problem("This result is no longer stored. Run it again to make it anew.") from error
            raise self._torn(key, meta) from error
        with self._guard:
            self._open[key] = result
            while len(self._open) > OPEN_RESULTS:
                self._open.popitem(last=False)
        return result

    def sound(self, key: str) -> bool:
        """Whether a result of this key is stored and reads back as it was written; a damaged one is removed."""
        try:
            return bool(self.get(key))
        except Problem:
            return False

    def damaged(self, key: str) -> dict[str, Any] | None:
        """What is known of an entry that was removed as damaged and not made again since (maybe nothing), else None."""
        return _noted(self._aside(key))

    def _torn(self, key: str, meta: dict[str, Any] | None = None) -> Damaged:
        """Remove a damaged entry, keep what is known of it, and say so."""
        with suppress(OSError):
            self._aside(key).parent.mkdir(exist_ok=True, mode=0o700)
            self._aside(key).write_text(seal(meta) if meta else "")
        _discard(self.path(key), self.folder)
        return Damaged("A stored result was damaged and has been removed. Run it again, or reload the page: it is made anew.")

    def _aside(self, key: str) -> Path:
        return self.folder / "damaged" / self.path(key).name

    def put(self, key: str, result: Result, *, owner: str, recipe: list[dict[str, Any]], seconds: float = 0.0) -> None:
        """Write the result under its key; the first writer wins, a half-written entry is never seen.

        Raises Problem when the disk is full or cannot be written.
        """
        final = self.path(key)
        made: Path | None = None
        try:
            final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = Path(tempfile.mkdtemp(prefix=f"tmp-{os.getpid()}-", dir=self.folder))
            n, d = results.shape_of(result)
            plain = entry.write(made, result)
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
                "files": {f.name: entry.fingerprint(f) for f in sorted(made.iterdir())},
            }
            (made / "meta.json").write_text(seal(meta))
            if not self.has(key):
                _discard(final, self.folder)  # what an eviction that was killed has left of an older one
            os.rename(made, final)
        except Exception as error:  # libraries have their own words for a disk that is full
            if not self.has(key):
                raise self._unwritten(error, entry.weight(result)) from error
        finally:
            if made:
                shutil.rmtree(made, ignore_errors=True)
        self._aside(key).unlink(missing_ok=True)
        self.prune({key})

    def _unwritten(self, error: Exception, needed: int) -> Exception:
        """The error of a write of so many bytes in words, where it is the disk's fault."""
        free = shutil.disk_usage(self.folder).free
        if free < max(needed, TIGHT) or getattr(error, "errno", None) in FULL:
            return Problem(
                f"The disk is full: a result of {needed / 2**20:,.1f} MB could not be written. "
                "Free some space and run it again; what was finished before is kept."
            )
        if isinstance(error, OSError):
            return Problem(f"The result could not be written to {self.folder}: {error.strerror or error}.")
        return error

    def touch(self, key: str) -> None:
        """Mark an entry as used now, so that it is evicted last."""
        if self.has(key):
            os.utime(self.path(key) / "meta.json")

    def entries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Key and meta of everything that is stored."""
        for file in self.folder.glob("??/*/meta.json"):
            with suppress(Problem):
                yield file.parent.name, self.meta(file.parent.name)

    def remove(self, keys: Iterable[str], owner: str = "") -> None:
        """Remove these results, and whatever else speaks of them: half-written entries, notes on damaged ones of the owner."""
        gone = set(keys)
        for key in gone:
            with self._guard:
                self._open.pop(key, None)
            _discard(self.path(key), self.folder)
        for note in (self.folder / "damaged").glob("*"):
            if note.name in gone or (owner and (_noted(note) or {}).get("owner") == owner):
                note.unlink(missing_ok=True)
        self._sweep()

    def _sweep(self) -> None:
        """Remove what processes that were killed have left half written or half removed."""
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
        """Evict the least recently used entries until the store is below its limit.

        What is made by hand or held by a page stays. Whoever has an evicted result open reads on.
        """
        self._sweep()
        entries = []
        for meta in self.folder.glob("??/*/meta.json"):
            try:
                size = sum(f.stat().st_size for f in meta.parent.iterdir())
                entries.append((meta.stat().st_mtime, size, meta.parent))
            except OSError:
                continue
        total = sum(size for _, size, _ in entries)
        kept = keep | self.held() if total > self.limit else keep
        for _, size, folder in sorted(entries):
            if total <= self.limit:
                return
            if folder.name not in kept and not self._by_hand(folder.name):
                _discard(folder, self.folder)
                total -= size


def _meta(text: str) -> dict[str, Any]:
    """The meta of an entry; raises ValueError unless it is whole."""
    meta = unseal(text)
    if meta.get("format") != (FORMAT if MARK in text else UNSEALED):
        raise ValueError("another form, or its hash is missing")
    return meta


def _noted(file: Path) -> dict[str, Any] | None:
    """What a note on a damaged entry says, maybe nothing; None when there is none."""
    try:
        text = file.read_text()
    except (OSError, ValueError):
        return None
    with suppress(ValueError):
        return _meta(text)
    return {}


def _discard(folder: Path, within: Path) -> None:
    """Remove an entry as one: nobody ever sees a part of it, even if this process is killed here."""
    if not folder.exists():
        return
    try:
        gone = Path(tempfile.mkdtemp(prefix=f"tmp-{os.getpid()}-", dir=within))
        os.rename(folder, gone / folder.name)
    except OSError:  # another process was quicker, or there is no room for a folder
        gone = folder
    shutil.rmtree(gone, ignore_errors=True)


def _lives(pid: str) -> bool:
    """Whether the process of this number still works; a killed one may wait to be noticed by its parent."""
    try:
        return bool(psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE)
    except (psutil.Error, ValueError):
        return False
