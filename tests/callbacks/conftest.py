"""A house in a fresh folder, and no process left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from callbacks.house import House
from callbacks.settings import Settings


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data", threads=1))


@pytest.fixture
def ended() -> Iterator[list[psutil.Process]]:
    """Processes put here are gone after the test, with their children."""
    started: list[psutil.Process] = []
    yield started
    for process in started:
        for member in [*_children(process), process]:
            try:
                member.kill()
            except psutil.Error:
                continue


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []
