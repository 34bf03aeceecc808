"""The workspace: what one page is looking at, kept on the server and named in the address.

It is small JSON (keys, settings, view). Every change is appended as a line, so that a refresh, a
second tab or a restarted server finds the last one, and going back is possible. A line has its hash
behind it: one that is not as it was written is passed over.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from callbacks.job_file import put
from pipeline.results import Problem
from pipeline.sealed import seal, unseal

State = dict[str, Any]
NAME = re.compile(r"[\w-]{1,64}", re.ASCII)  # of owners and workspaces

UNUSED = 90 * 86_400  # seconds after which a workspace is forgotten
NEWEST = 200  # workspaces that are kept whatever the clock says
HELD = 100  # newest workspaces whose results are never evicted
LOOK = 60  # seconds between two notes that somebody looks at one
PRESENT = 86_400  # seconds between the last look at the newest of them and at the oldest
KEPT = 200  # changes kept per workspace
GUARDS = 1024  # locks that all owners share, mostly one each
EMPTY: State = {"version": 0, "dataset": None, "recipe": {}, "results": {}, "jobs": {}, "colour": "label",
                "filters": [], "look": {},
                "dimensions": 2, "live": None, "stopped": None, "problem": "", "ways": None, "said": "", "upload": None,
                "refused": "", "at": None, "redo": []}  # fmt: skip


def seen(state: State) -> tuple[Any, ...]:
    """What a person sees of a state, as far as it can be undone: a measure that arrives is no step."""
    results = state["results"]
    made = [results.get(part) for part in ("projection", "clustering", "labels")]
    return state["dataset"], state["colour"], state.get("filters"), state.get("look"), made


class Workspaces:
    """Workspaces as files in one private folder, one per owner and id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guards = [threading.Lock() for _ in range(GUARDS)]

    def _guard(self, owner: str) -> threading.Lock:
        """What one owner's edits wait for: others go on while a file is hashed or a run is ended for this one."""
        return self._guards[hash(owner) % GUARDS]

    def new(self, owner: str) -> str:
        """Id of a fresh, empty workspace."""
        name = secrets.token_urlsafe(9)
        self.change(owner, name, lambda state: None)
        return name

    def read(self, owner: str, name: str) -> State | None:
        """The present state, or None when this owner has no such workspace."""
        return next(self._states(owner, name), None)

    def states(self, owner: str, name: str) -> list[State]:
        """The states that are kept, oldest first."""
        return list(self._states(owner, name))[::-1]

    def _states(self, owner: str, name: str) -> Iterator[State]:
        """The states that are kept, newest first; a torn line is passed over."""
        for line in reversed(_lines(self._file(owner, name))):
            with suppress(ValueError):
                yield {**EMPTY, **unseal(line), "id": name}

    def change(self, owner: str, name: str, edit: Callable[[State], None]) -> State:
        """Apply an edit to the present state and return the new one; concurrent edits wait for each other.

        Raises Problem for a name that is none of ours: its file would be everybody's.
        """
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise Problem("This page is not known here any more. Reload it to begin anew.")
        with self._guard(owner):
            state = self.read(owner, name) or {**json.loads(json.dumps(EMPTY)), "id": name}
            before = json.dumps(state, sort_keys=True)
            gone = state["at"], state["redo"]
            edit(state)
            if (state["at"], state["redo"]) == gone and seen(json.loads(before)) != seen(state):
                state["at"], state["redo"] = None, []  # a new way begins here
            if json.dumps(state, sort_keys=True) != before or not self._file(owner, name).exists():
                state["version"] += 1
                self._append(owner, name, state)
            return state

    def present(self, owner: str, most: int = 100) -> list[tuple[float, State]]:
        """Present states of this owner's workspaces and when each was last changed, newest first."""
        changed = []
        for file in self._file(owner, "any").parent.glob("*.jsonl"):
            with suppress(OSError):
                changed.append((file.stat().st_mtime, file.stem))
        states = ((when, self.read(owner, name)) for when, name in sorted(changed, reverse=True)[:most])
        return [(when, state) for when, state in states if state]

    def seen(self, owner: str, name: str) -> None:
        """Remember that a page looks at this workspace now; a disk that takes no note of it is no error."""
        file = self._file(owner, name)
        with suppress(OSError):
            if abs(time.time() - file.stat().st_mtime) > LOOK:
                os.utime(file)

    def held(self) -> set[str]:
        """Every key that the workspaces name at which somebody has looked lately."""
        files = self._newest()[:HELD]
        last = min(files[0][0], time.time()) if files else 0.0
        states = (self.read(file.parent.name, file.stem) for when, file in files if last - when < PRESENT)
        return set(re.findall(r"\b[0-9a-f]{40}\b", json.dumps([state for state in states if state])))

    def forget(self, owner: str, words: Collection[str], keep: str, said: str) -> None:
        """Take every state of this owner's workspaces away in which one of these words stands.

        A page that shows such a state becomes empty and says so. A workspace that showed nothing
        else is removed, but ``keep``: a page looks at it.
        """
        with self._guard(owner):
            for file in self._file(owner, "any").parent.glob("*.jsonl"):
                lines = _lines(file)
                rest = [line for line in lines if not _named(line, words)]
                if len(rest) == len(lines):
                    continue
                if lines[-1] not in rest:
                    rest.append(seal(_without(self.read(owner, file.stem) or dict(EMPTY), words, said)))
                if file.stem != keep and not any(_shows(line) for line in rest):
                    file.unlink()
                else:
                    self._replace(file, rest)

    def tidy(self) -> None:
        """Remove the workspaces that nobody has changed for a quarter of a year, but for the newest: the clock may be wrong."""
        for when, file in self._newest()[NEWEST:]:
            if time.time() - when > UNUSED:
                file.unlink(missing_ok=True)

    def _newest(self) -> list[tuple[float, Path]]:
        """Every workspace's file and when somebody last looked at it, newest first."""
        found = []
        for file in self.folder.glob("*/*.jsonl"):
            with suppress(OSError):
                found.append((file.stat().st_mtime, file))
        return sorted(found, reverse=True)

    def _append(self, owner: str, name: str, state: State) -> None:
        file = self._file(owner, name)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._replace(file, [*_lines(file)[-KEPT + 1 :], seal(state)])

    @staticmethod
    def _replace(file: Path, lines: list[str]) -> None:
        made = file.with_suffix(".tmp")
        made.write_text("\n".join(lines) + "\n")
        put(made, file)

    def _file(self, owner: str, name: str) -> Path:
        if not (NAME.fullmatch(owner) and NAME.fullmatch(name)):
            return self.folder / "none" / "none.jsonl"
        return self.folder / owner / f"{name}.jsonl"


def _lines(file: Path) -> list[str]:
    """The lines of a workspace's file, none when there is no such file."""
    try:
        return file.read_text(errors="replace").splitlines()
    except OSError:
        return []


def _shows(line: str) -> bool:
    """Whether a line of a workspace's file holds a state with a dataset; a torn one does not."""
    try:
        return bool(unseal(line)["dataset"])
    except (ValueError, KeyError):
        return False


def _named(text: str, words: Collection[str]) -> bool:
    return any(word in text for word in words)


def _without(state: State, words: Collection[str], said: str) -> State:
    """The state without jobs, if they alone are named; else an empty one."""
    calm = {**state, "jobs": {}, "ways": None, "live": None, "stopped": None, "labels": None, "version": state["version"] + 1}
    if _named(json.dumps(calm), words):
        calm = {**EMPTY, "id": state.get("id"), "version": calm["version"], "said": said}
    return calm
