"""What a real page sends, recorded once in a browser, and the many users who send it again."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.client import Answer, Request, User
from benchmarks.served import Served
from callbacks.house import EVERYONE
from callbacks.records import Records
from pipeline.sealed import seal, unseal
from pipeline.traits import COLUMN
from tests import browser_path
from tests.browser import pages

POINTS, COLUMNS = 5_000, 20
MAP = "..map.figure"  # what is asked for when the map is drawn
CALLBACK = "/_dash-update-component"
FAILED = re.compile(rb'"unexpected"|"className":\s*"problem"|"problem":\s*"[^"]')  # a sentence instead of what was asked
TSNE = {"algorithm": "tsne", "settings": {"iterations": 1000, "early_iterations": 1000}}


@dataclass(frozen=True)
class Traffic:
    """Recorded bodies, the workspace that they were sent from, and the dataset that it shows."""

    enter: bytes  # a page opens
    card: dict[str, Any]  # a row is pinned
    colours: tuple[tuple[Request, ...], ...]  # other colours are chosen, the map drawn: there and back
    lines: str  # of the workspace's file
    workspace: str
    state: dict[str, Any]

    def choose(self, chance: random.Random, user: User) -> list[Request]:
        """What a person does next: 9 of 10 times a row is looked at, else the map gets other colours."""
        row, kind = chance.randrange(POINTS), chance.random()
        if kind < 0.6:
            return [Request("hover", f"/row/{self.state['dataset']}/{row}", expects=b'"label"')]
        if kind < 0.9:
            body = json.loads(json.dumps(self.card))
            body["inputs"][0]["value"] = row
            return [called("card", self.of(user, json.dumps(body).encode()), b'"card"')]
        return [replace(each, body=self.of(user, each.body or b"")) for each in self.colours[chance.randrange(2)]]

    def poll(self, user: User) -> list[Request]:
        """What a page asks while something is under way."""
        body = json.dumps({"workspace": user.workspace, "version": self.state["version"]}).encode()
        return [Request("follow", "/follow", body, b'"records"')]

    def of(self, user: User, body: bytes) -> bytes:
        """A recorded body as this user's page sends it."""
        return body.replace(self.workspace.encode(), user.workspace.encode())


def table(folder: Path) -> Path:
    """A file of 5,000 rows in five groups."""
    chance = np.random.default_rng(0)
    centres = 4 * chance.normal(size=(5, COLUMNS))
    rows = chance.normal(size=(POINTS, COLUMNS)) + centres[np.arange(POINTS) % 5]
    lines = [",".join([*(f"{value:.4f}" for value in row), "abcde"[i % 5]]) for i, row in enumerate(rows)]
    file = folder / "points.csv"
    file.write_text("\n".join([",".join([*(f"x{i}" for i in range(COLUMNS)), "kind"]), *lines]))
    return file


def record(server: Served) -> Traffic:
    """What a page sends when it opens, a row is pinned, and the colours are changed."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path=browser_path.find(), args=flags)
        page = browser.new_page(reduced_motion="reduce")
        sent: list[dict[str, Any]] = []
        page.on("request", lambda request: sent.append(request.post_data_json) if CALLBACK in request.url else None)
        page.goto(server.address)
        pages.understood(page, "points.csv")
        pages.open_card(page, "projection").get_by_text("PCA", exact=True).click()
        page.locator("#run").click()
        pages.at_rest(page, POINTS)
        page.locator("#next").click()
        page.locator("#card .pinned").wait_for()
        colours = tuple(_recolour(page, sent, to) for to in (f"{COLUMN}x0", "label"))
        card, enter = _last(sent, "..card."), next(body for body in sent if _asks(body, "address"))
        workspace = pages.workspace(server, page)
        browser.close()
    file = next(server.cache.glob(f"workspaces/*/{workspace['id']}.jsonl"))
    return Traffic(json.dumps(enter).encode(), card, colours, file.read_text(), workspace["id"], workspace)


def _recolour(page: Any, sent: list[dict[str, Any]], to: str) -> tuple[Request, ...]:
    """All that a page sends when other colours are chosen, in its order."""
    before = len(sent)
    with page.expect_response(lambda answer: MAP in (answer.request.post_data or "")):
        page.locator("#colour").select_option(to)
    page.wait_for_load_state("networkidle")
    return tuple(_replayed(body) for body in sent[before:] if not body["output"].startswith("started-"))  # a run is one's own


def _replayed(body: dict[str, Any]) -> Request:
    kind, right = "beside", b""  # most of these answer that nothing is new
    if body["output"].startswith(MAP):
        kind, right = "recolour", b'"figure"'
    elif _asks(body, "colour"):
        kind, right = "colour", b'"changed"'
    return called(kind, json.dumps(body).encode(), right)


def called(kind: str, body: bytes, right: bytes = b"") -> Request:
    """What a page sends to a callback."""
    return Request(kind, CALLBACK, body, right, never=FAILED)


def _last(sent: list[dict[str, Any]], output: str) -> dict[str, Any]:
    """The newest body that asks for this first."""
    return next(body for body in reversed(sent) if body["output"].startswith(output))


def _asks(body: dict[str, Any], name: str) -> bool:
    """Whether a body asks for another workspace because of this control."""
    first = body["inputs"][0]
    return body["output"].lstrip(".").startswith("changed.data") and isinstance(first, dict) and first["id"] == name


async def users(server: Served, traffic: Traffic, count: int) -> list[User]:
    """So many browsers, each with a workspace of its own that shows what the recorded one showed."""
    return [await _user(server, traffic) for _ in range(count)]


async def follower(server: Served, traffic: Traffic, job: str) -> User:
    """A browser whose page follows this run."""
    user = await _user(server, traffic)
    file = next(server.cache.glob(f"workspaces/*/{user.workspace}.jsonl"))
    file.write_text(seal({**unseal(file.read_text()), "jobs": {"explore": job}}) + "\n")
    return user


async def _user(server: Served, traffic: Traffic) -> User:
    user = User(server.port)
    user.cookie = _right(await user.ask(Request("open", "/"))).cookie
    search = json.loads(traffic.enter)
    search["inputs"][0]["value"], search["state"] = "", [{**part, "value": None} for part in search["state"]]
    entered = json.loads(_right(await user.ask(called("enter", json.dumps(search).encode(), b'"changed"'))).body)
    user.workspace = entered["response"]["changed"]["data"]["id"]
    file = next(server.cache.glob(f"workspaces/*/{user.workspace}.jsonl"))
    file.write_text(traffic.lines.splitlines()[-1] + "\n")
    return user


def _right(answer: Answer) -> Answer:
    if answer.wrong:
        raise RuntimeError(f"{answer.kind}: {answer.wrong}")
    return answer


class Runs:
    """t-SNE runs of the app itself, kept going: who ends is followed by another."""

    def __init__(self, server: Served, traffic: Traffic, count: int, nice: int | None = None) -> None:
        self.server, self.traffic, self.user, self.nice = server, traffic, User(server.port), nice
        self.keys: list[str] = [""] * count
        self._seeds: Iterator[int] = itertools.count(1)
        self._tending = asyncio.Lock()  # two who tend would start two

    async def keep_going(self) -> None:
        """Start what does not run, once a second, until this is cancelled."""
        while True:
            await self.tend()
            await asyncio.sleep(1)

    async def tend(self) -> None:
        """Start every run that has ended anew."""
        records = self.server.records
        async with self._tending:
            for number, key in enumerate(self.keys):
                found = records.read(key) if key else None
                if found is None or found["state"] not in ("queued", "running"):
                    self.keys[number] = await self._start(records)
        if self.nice is not None:
            for process in self._processes():
                with suppress(psutil.Error):
                    process.nice(self.nice)

    def niceness(self) -> list[int]:
        """How nice they are: each value once, the lowest first."""
        return sorted({process.nice() for process in self._processes()})

    async def running(self, seconds: float = 60) -> None:
        """Wait until each of them draws."""
        for _ in range(int(seconds * 5)):
            await self.tend()
            if all((self.server.records.read(key) or {}).get("frame") for key in self.keys):
                return
            await asyncio.sleep(0.2)
        raise RuntimeError(f"The runs do not begin: {[self.server.records.read(key) for key in self.keys]}")

    def end(self) -> None:
        """Stop them all."""
        for key in self.keys:
            self.server.records.stop(key)

    def _processes(self) -> list[psutil.Process]:
        """Those in which they are computed now."""
        found = []
        for key in self.keys:
            record = self.server.records.read(key) or {}
            with suppress(psutil.Error):
                found += [psutil.Process(record["pid"])] if record.get("frame") else []  # by then it has chosen its own
        return found

    async def _start(self, records: Records) -> str:
        step = {**TSNE, "settings": {**TSNE["settings"], "seed": next(self._seeds)}}
        recipe = {**self.traffic.state["recipe"], "projection": step}
        key = records.queue("explore", EVERYONE, {"recipe": recipe})
        body = {"output": "started-explore.data", "outputs": {"id": "started-explore", "property": "data"},
                "inputs": [{"id": "start-explore", "property": "data", "value": {"job": key}}],
                "changedPropIds": ["start-explore.data"]}  # fmt: skip
        if (await self.user.ask(called("start", json.dumps(body).encode()))).wrong:
            records.stop(key)  # the server is away
        return key
