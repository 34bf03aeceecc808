"""The settings of one running app: where it listens, where it keeps things, how much it may use."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path

import psutil

from callbacks.secret import kept

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


def fair_memory() -> int:
    """Bytes of memory that one run may use: two of them leave a fifth of the machine's to everything else."""
    return min(8 * 2**30, psutil.virtual_memory().total * 2 // 5)


def local(host: str) -> bool:
    """Whether only this machine can reach an address."""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


@dataclass(frozen=True)
class Settings:
    """What was asked for at the start; the rest of the app is handed these and reads nothing else."""

    file: Path | None = None
    labels: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8050
    data_dir: Path = field(default_factory=Path("data").absolute)
    cache_dir: Path = field(default_factory=usual_cache)
    slots: int = SLOTS
    threads: int = field(default_factory=lambda: fair_threads(SLOTS))
    memory: int = field(default_factory=fair_memory)  # bytes of one run
    max_upload: int = 512 * 2**20  # bytes
    allow_urls: bool = False  # fetch files from addresses although others can use the app
    reach: tuple[str, ...] = ()  # networks from which they are fetched beside the public internet
    token: str = ""  # who brings it may come in; empty when nobody is asked for one
    names: Path | None = None  # file of the names that may come in, with hashed passwords
    behind_proxy: bool = False  # the operator says that one proxy with HTTPS and a login stands in front
    trusted_hosts: tuple[str, ...] = ()  # further names that this server goes by

    @property
    def guarded(self) -> bool:
        """Whether the app asks who is there."""
        return bool(self.token or self.names)

    @property
    def fetches(self) -> bool:
        """Whether files are fetched from addresses: for who sits at this machine, for others if that is allowed."""
        return self.allow_urls or (local(self.host) and not self.behind_proxy)

    @property
    def log(self) -> Path:
        """File that unexpected errors are written to."""
        return self.cache_dir / "log.txt"

    @cached_property
    def secret(self) -> str:
        """The installation's secret, made at the first start and kept in a file that only its user can read."""
        return kept(private(self.cache_dir))


def private(folder: Path) -> Path:
    """The folder, made if need be, which only its user can enter."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder
