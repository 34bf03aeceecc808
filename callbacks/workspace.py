"""The workspace: what one page is looking at, kept on the server and named in the address.

It is small JSON (keys, settings, view). Every change is appended as a line, so that a refresh, a
second tab or a restarted server finds the last one, and going back is possible.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

State = dict[str, Any]

UNUSED = 90 * 86_400  # seconds after which a workspace is forgotten
KEPT = 200  # changes kept per workspace
EMPTY: State = {"version": 0, "dataset": None, "recipe": {}, "results": {}, "jobs": {}, "colour": "label",
                "dimensions": 2, "live": None, "stopped": None, "problem": "", "ways": None, "said": "", "upload": None,
                "refused": ""}  # fmt: skip


class Workspaces:
    """Workspaces as files in one private folder, one per owner and id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guard = threading.Lock()

    def new(self, owner: str) -> str:
        """Id of a fresh, empty workspace."""
        name = secrets.token_urlsafe(9)
        self.change(owner, name, lambda state: None)
        return name

    def read(self, owner: str, name: str) -> State | None:
        """The present state, or None when this owner has no such workspace."""
        try:
            lines = self._file(owner, name).read_text().splitlines()
        except OSError:
            return None
        for line in reversed(lines):  # a torn last line is passed over
            try:
                return {**EMPTY, **json.loads(line), "id": name}
            except ValueError:
                continue
        return None

    def change(self, owner: str, name: str, edit: Callable[[State], None]) -> State:
        """Apply an edit to the present state and return the new one; concurrent edits wait for each other."""
        with self._guard:
            state = self.read(owner, name) or {**json.loads(json.dumps(EMPTY)), "id": name}
            before = json.dumps(state, sort_keys=True)
            edit(state)
            if json.dumps(state, sort_keys=True) != before or not self._file(owner, name).exists():
                state["version"] += 1
                self._append(owner, name, state)
            return state

    def tidy(self) -> None:
        """Remove the workspaces that nobody has changed for a quarter of a year."""
        for file in self.folder.glob("*/*.jsonl"):
            if time.time() - file.stat().st_mtime > UNUSED:
                file.unlink(missing_ok=True)

    def _append(self, owner: str, name: str, state: State) -> None:
        file = self._file(owner, name)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lines = file.read_text().splitlines()[-KEPT + 1 :] if file.exists() else []
        made = file.with_suffix(".tmp")
        made.write_text("\n".join([*lines, json.dumps(state)]) + "\n")
        os.replace(made, file)

    def _file(self, owner: str, name: str) -> Path:
        safe = re.compile(r"[\w-]{1,64}")
        if not (safe.fullmatch(owner) and safe.fullmatch(name)):
            return self.folder / "none" / "none.jsonl"
        return self.folder / owner / f"{name}.jsonl"
