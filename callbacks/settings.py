"""The settings of one running app: where it listens, where it keeps things, how much it may use."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SLOTS = 2  # runs that may go on at once


def usual_cache() -> Path:
    """Folder of this user's caches, by the custom of the system."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "cluster-explorer"


def fair_threads(slots: int) -> int:
    """Threads of one run, so that all runs together use every core once."""
    return max(1, (os.cpu_count() or 1) // slots)


@dataclass(frozen=True)
class Settings:
    """What was asked for at the start; the rest of the app is handed these and reads nothing else."""

    file: Path | None = None
    labels: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8050
    data_dir: Path = Path("data")
    cache_dir: Path = field(default_factory=usual_cache)
    slots: int = SLOTS
    threads: int = field(default_factory=lambda: fair_threads(SLOTS))
    max_upload: int = 512 * 2**20  # bytes
    allow_urls: bool = False  # fetch files from addresses although others can use the app
    reach: tuple[str, ...] = ()  # networks from which they are fetched beside the public internet

    @property
    def fetches(self) -> bool:
        """Whether files are fetched from addresses: for who sits at this machine, for others if that is allowed."""
        with suppress(ValueError):  # a name
            return self.allow_urls or ip_address(self.host).is_loopback
        return self.allow_urls or self.host == "localhost"

    @property
    def log(self) -> Path:
        """File that unexpected errors are written to."""
        return self.cache_dir / "log.txt"

    @cached_property
    def secret(self) -> str:
        """The installation's secret, made at the first start and kept in a file that only its user can read."""
        file = self.cache_dir / "secret"
        private(self.cache_dir)
        try:
            with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as made:
                made.write(secrets.token_hex(32))
        except FileExistsError:
            file.chmod(0o600)
        return file.read_text()


def private(folder: Path) -> Path:
    """The folder, made if need be, which only its user can enter."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder
