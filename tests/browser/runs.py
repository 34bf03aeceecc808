"""What the tests of faults share: a file whose map takes long, the records of its runs, and their processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import psutil

from callbacks.records import Records
from tests.browser.pages import LONG, choose, csv, number, open_card, slowly, understood, workspace

PROMISE = 15  # seconds: three times what the page promises, for a busy machine
STEPS = 600  # iterations of each phase: enough to be disturbed


@cache
def blobs(name: str, rows: int = 2000, columns: int = 20, seed: int = 0) -> dict[str, Any]:
    """A file of groups that t-SNE works on for a while."""
    chance = np.random.default_rng(seed)
    values = chance.normal(size=(rows, columns)) + 4 * chance.normal(size=(5, columns))[np.arange(rows) % 5]
    lines = [",".join(f"{value:.3f}" for value in row) for row in values]
    return csv(name, "\n".join([",".join(f"x{i}" for i in range(columns)), *lines]))


def opened(page: Any, app: Any, file: dict[str, Any]) -> Any:
    """A page on which this file has been opened."""
    page.goto(app.address)
    page.locator("#upload-data[data-upload] input").wait_for(state="attached")
    choose(page, file)
    understood(page, file["name"])
    return page


def explore(page: Any) -> None:
    """Press Explore, on a card that may have closed itself."""
    open_card(page, "data")
    page.locator("#explore").click()


def run(page: Any, app: Any) -> dict[str, Any]:
    """Start a long t-SNE run, wait until its map moves, and return its record."""
    open_card(page, "projection")
    slowly(page)
    number(page, "iterations", STEPS)
    number(page, "early_iterations", STEPS)
    page.locator("#run").click()
    record = until(lambda: (found := explored(app, page)) and found[-1]["frame"] and found[-1], LONG / 1000)
    moving(page)
    return dict(record)


def moving(page: Any, seconds: float = LONG / 1000) -> None:
    """Wait until the page shows how far a t-SNE run is, and that it can be stopped."""
    page.locator("#run-status", has_text="iteration").wait_for(timeout=1000 * seconds)
    page.locator("#stop").wait_for(timeout=1000 * seconds)


def iteration(page: Any) -> int:
    """The iteration that the page shows."""
    words = page.locator("#run-status").inner_text().replace(",", "").split()
    return int(words[[word.lower() for word in words].index("iteration") + 1])


def explored(app: Any, page: Any) -> list[dict[str, Any]]:
    """Records of all runs on the dataset that a page has open, oldest first."""
    kept, dataset = Records(app.cache / "jobs"), workspace(app, page)["dataset"]
    found = [record for folder in kept.folder.iterdir() if (record := kept.read(folder.name)) and record["lane"] == "explore"]
    return sorted((r for r in found if r["request"]["recipe"]["dataset"] == dataset), key=lambda record: record["queued"])


def alone(app: Any, page: Any) -> dict[str, Any]:
    """The record of the only run that there ever was on the dataset of a page."""
    (record,) = explored(app, page)
    return record


def state(app: Any, record: dict[str, Any]) -> str:
    """How a run stands now."""
    found = Records(app.cache / "jobs").read(record["key"])
    return str(found["state"]) if found else ""


def gone(pid: int) -> bool:
    """Whether a worker has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True


def until(true: Callable[[], Any], seconds: float = PROMISE) -> Any:
    """The first true answer, or a failure when there is none in this time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not true within {seconds} s")
