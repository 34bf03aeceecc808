"""Hours of use with a fault every five minutes: ``make soak MINUTES=60`` tells the errors and how memory grew."""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import psutil

from benchmarks import reliability, traffic
from benchmarks.client import Answer, Request, User, ask_all, keep_asking, until
from benchmarks.reliability import Figure
from benchmarks.served import Served, serving
from benchmarks.traffic import Runs, Traffic

USERS, EVERY = 20, 2.0
FAULT = 300.0  # seconds between two faults
LOOK = 2.0  # seconds between two looks at the memory
SETTLED = 60.0  # seconds after a start in which memory still grows to what it needs
TOLD = 600.0  # seconds of one life from which a slope can be told
SAID = 5.0  # seconds in which a page hears what happened to its run
SLOPE = 10.0  # megabytes an hour that count as none


class Soak:
    """One soak: the server, who uses it, and what was seen."""

    def __init__(self, server: Served, recorded: Traffic, people: list[User]) -> None:
        self.server, self.recorded, self.people = server, recorded, people
        self.runs, self.page = Runs(server, recorded, 1), people[0]
        self.held: list[list[tuple[float, float]]] = [[]]  # when, and megabytes, of each life of the server
        self.answers: list[Answer] = []
        self.away: list[tuple[float, float]] = []  # from when to when the server was being restarted
        self.faults: list[tuple[str, float]] = []  # what, and seconds until it was mended

    async def go(self, seconds: float, every: float) -> None:
        """Use the server, look at its memory, and do it some harm at times."""
        chance = random.Random(0)  # noqa: S311 - which row is looked at is no secret
        asking = keep_asking(self.people, lambda _, user: self.recorded.choose(chance, user), EVERY, seconds)
        self.answers += await until(asking, self.runs.keep_going(), self._look(), self._harm(every))
        self.runs.end()

    def figures(self, minutes: float) -> list[Figure]:
        """What was reached."""
        what = f"{minutes:g} minutes with faults"
        wrong = [answer for answer in self.answers if answer.wrong and not self._away(answer)]
        for words, count in Counter(f"{answer.kind}: {answer.wrong[:100]}" for answer in wrong).most_common(5):
            print(f"{count} × {words}")
        reached = f"{len(wrong)} of {len(self.answers):,} ({len(self.faults)} faults)"
        figures = [Figure(f"{what}: errors but while restarting", "0", reached, not wrong)]
        for name in dict.fromkeys(name for name, _ in self.faults):
            worst = max(seconds for each, seconds in self.faults if each == name)
            figures.append(reliability.below(f"{what}: {name}", SAID, worst, "s", 1))
        slope = self._slope()
        reached = "too short to tell" if slope is None else f"{slope:+.1f} MB an hour"
        kept = slope is not None and slope < SLOPE
        return [*figures, Figure(f"{what}: growth of the web process", f"< {SLOPE:g} MB an hour", reached, kept)]

    async def _look(self) -> None:
        while True:
            if not self._restarting():
                self.held[-1].append((time.perf_counter(), self.server.memory()))
            await asyncio.sleep(LOOK)

    async def _harm(self, every: float) -> None:
        harms = [
            ("until a page says that its run was killed", self._kill_run),
            ("until a run begins after the forkserver was killed", self._kill_forkserver),
            (f"until {USERS} refreshed pages are there", self._refresh),
            ("until a restarted server answers", self._restart),
        ]
        while True:
            for name, harm in harms:
                await asyncio.sleep(every)
                await self.runs.running()
                self.page = await traffic.follower(self.server, self.recorded, self.runs.keys[0])
                begun = time.perf_counter()
                await harm()
                self.faults.append((name, time.perf_counter() - begun))
                print(f"{name}: {self.faults[-1][1]:.1f} s", flush=True)

    async def _kill_run(self) -> None:
        psutil.Process((self.server.records.read(self.runs.keys[0]) or {})["pid"]).kill()

        async def said() -> bool:
            (question,) = self.recorded.poll(self.page)
            return b'"state":"lost"' in (await self.page.ask(question)).body

        await _until(said)

    async def _kill_forkserver(self) -> None:
        process = self.server.forkserver()
        if process:
            process.kill()
        self.runs.end()
        await self.runs.tend()

        async def begun() -> bool:
            return bool((self.server.records.read(self.runs.keys[0]) or {}).get("started"))

        await _until(begun)

    async def _refresh(self) -> None:
        paths = ("/", "/_dash-layout", "/_dash-dependencies")
        again = [User(user.port, user.cookie) for user in self.people]
        parts = await asyncio.gather(*(ask_all([user], [Request("refresh", path) for path in paths]) for user in again))
        self.answers += [answer for part in parts for answer in part]

    async def _restart(self) -> None:
        self.away.append((time.perf_counter(), float("inf")))
        await asyncio.to_thread(self.server.end, signal.SIGTERM)
        await asyncio.to_thread(self.server.start)
        self.away[-1] = (self.away[-1][0], time.perf_counter())
        self.held.append([])

    def _restarting(self) -> bool:
        return bool(self.away) and self.away[-1][1] == float("inf")

    def _away(self, answer: Answer) -> bool:
        return any(begun <= answer.when and answer.when - answer.seconds <= ended for begun, ended in self.away)

    def _slope(self) -> float | None:
        """Megabytes an hour in the longest life of the server, once it had settled; None when that was too short."""
        lives = [[look for look in life if look[0] - life[0][0] > SETTLED] for life in self.held if life]
        longest = max(lives, key=len, default=[])
        if not longest or longest[-1][0] - longest[0][0] < TOLD:
            return None
        when, megabytes = np.array(longest).T
        return float(3600 * np.polyfit(when - when[0], megabytes, 1)[0])


async def _until(true: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> None:
    """Wait until this is true, or until it is too late to matter."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end and not await true():
        await asyncio.sleep(0.3)  # as often as a page asks


def main(arguments: list[str] | None = None) -> None:
    """Print what was reached, and write it to docs/ when it took an hour or more."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (default: 60)")
    parser.add_argument("--every", type=float, default=FAULT, metavar="SECONDS", help="between two faults (default: 300)")
    parser.add_argument("--out", type=Path, help="folder for reliability.md and reliability.json (default: docs)")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="cluster-explorer-") as made:
        with serving(Path(made), traffic.table(Path(made))) as server:
            figures = asyncio.run(_soaked(server, traffic.record(server), given.minutes, given.every))
    reliability.say(figures)
    out = given.out or (reliability.DOCS if given.minutes >= 60 else None)
    if out:
        reliability.write(figures, f"python -m benchmarks.soak --minutes {given.minutes:g}", out)


async def _soaked(server: Served, recorded: Traffic, minutes: float, every: float) -> list[Figure]:
    soak = Soak(server, recorded, await traffic.users(server, recorded, USERS))
    await soak.go(60 * minutes, every)
    return soak.figures(minutes)


if __name__ == "__main__":
    main()
