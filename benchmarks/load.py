"""Many users at once on the real server: ``make load``, or ``make load ARGS=--quick`` for a small size that writes nothing."""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import client, reliability, traffic
from benchmarks.client import Answer, Request, User, ask_all, keep_asking, until
from benchmarks.reliability import Figure, below
from benchmarks.served import MB, Served, serving
from benchmarks.traffic import Runs, Traffic

EVERY, POLL = 2.0, 5.0  # seconds between two requests of a user, and of an idle page
AT_ONCE = 8  # requests under way while memory is watched
LARGE = 50 * MB


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    users: int = 50
    seconds: float = 120.0
    idle: int = 200
    polled: float = 60.0
    requests: int = 10_000
    uploads: int = 200


QUICK = Size(users=10, seconds=15.0, idle=20, polled=10.0, requests=500, uploads=20)


def main(arguments: list[str] | None = None) -> None:
    """Print what was reached, and write it to docs/ when the sizes are the full ones."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes; writes nothing")
    parser.add_argument("--nice", type=int, help="of the t-SNE runs (default: what the app gives them)")
    parser.add_argument("--out", type=Path, help="folder for reliability.md and reliability.json (default: docs)")
    given = parser.parse_args(arguments)
    figures = measured(QUICK if given.quick else Size(), given.nice)
    reliability.say(figures)
    out = given.out or (None if given.quick else reliability.DOCS)
    if out:
        nice = f" --nice {given.nice}" if given.nice is not None else ""
        reliability.write(figures, "python -m benchmarks.load" + (" --quick" if given.quick else "") + nice, out)


def measured(size: Size, nice: int | None) -> list[Figure]:
    """All figures, from one server with folders of its own."""
    with tempfile.TemporaryDirectory(prefix="cluster-explorer-") as made:
        folder = Path(made)
        with serving(folder, traffic.table(folder)) as server:
            recorded = traffic.record(server)
            with client.pinned():
                return asyncio.run(_all(server, recorded, size, nice))


async def _all(server: Served, recorded: Traffic, size: Size, nice: int | None) -> list[Figure]:
    people = await traffic.users(server, recorded, max(size.users, size.idle))
    busy = await _busy(server, recorded, people[: size.users], size, nice)
    idle = await _idle(recorded, people[: size.idle], size)
    return [*busy, *idle, await _growth(server, recorded, people, size), await _upload(server, people[0])]


async def _busy(server: Served, recorded: Traffic, people: Sequence[User], size: Size, nice: int | None) -> list[Figure]:
    """Users who look and recolour while two maps are computed."""
    chance = random.Random(0)  # noqa: S311 - which row is looked at is no secret
    own = await _own_delay(len(people), min(20.0, size.seconds))
    runs = Runs(server, recorded, 2, nice)
    await runs.running()
    held = ", ".join(map(str, runs.niceness()))
    asking = keep_asking(people, lambda _, user: recorded.choose(chance, user), EVERY, size.seconds)
    answers = await until(asking, runs.keep_going())
    runs.end()
    what = f"{len(people)} users, a request each every {EVERY:g} s, beside 2 t-SNE runs (nice {held})"
    _told(answers, own)
    times = 1000 * (np.array([answer.seconds for answer in answers]) - own)
    return [
        below(f"{what}: p95", 100, float(np.percentile(times, 95)), "ms"),
        below(f"{what}: p99", 300, float(np.percentile(times, 99)), "ms"),
        _without_errors(what, answers),
    ]


async def _idle(recorded: Traffic, people: Sequence[User], size: Size) -> list[Figure]:
    """Pages that only ask whether there is news."""
    answers = await keep_asking(people, lambda _, user: recorded.poll(user), POLL, size.polled)
    what = f"{len(people)} idle pages, each asking every {POLL:g} s"
    times = 1000 * np.array([answer.seconds for answer in answers])
    return [below(f"{what}: p95", 500, float(np.percentile(times, 95)), "ms"), _without_errors(what, answers)]


async def _growth(server: Served, recorded: Traffic, people: Sequence[User], size: Size) -> Figure:
    """What the web process holds more after many requests and uploads than after the first tenth as many."""
    chance = random.Random(1)  # noqa: S311 - which row is looked at is no secret

    async def ask(share: float) -> list[str]:
        count, uploads = (int(share * total / AT_ONCE) for total in (size.requests, size.uploads))
        wanted = ((user, _requests(recorded, user, chance, count, uploads)) for user in people[:AT_ONCE])
        answers = await asyncio.gather(*(ask_all([user], requests) for user, requests in wanted))
        return [answer.wrong for each in answers for answer in each if answer.wrong]

    wrong, before = await ask(0.1), server.memory()
    wrong, after = wrong + await ask(1.0), server.memory()
    what = f"{size.requests:,} requests and {size.uploads} uploads: growth of the web process"
    if wrong:
        return Figure(what, "< 50 MB", f"{len(wrong)} errors: {wrong[0][:80]}", False)
    return below(what, 50, after - before, "MB", 1)


async def _upload(server: Served, user: User) -> Figure:
    """The most that the web process holds more while a large file is sent."""
    content = random.Random(2).randbytes(LARGE)  # noqa: S311 - a file's content
    with server.peak() as found:
        (answer,) = await ask_all([user], [_file(content, "large.bin")])
    grown, what = found[-1] - found[0], f"an upload of {LARGE // MB} MB: peak of the web process"
    limit = 3 * LARGE / MB
    return below(what, limit, grown, "MB", 1) if not answer.wrong else Figure(what, f"< {limit:g} MB", answer.wrong[:80], False)


def _requests(recorded: Traffic, user: User, chance: random.Random, count: int, uploads: int) -> Iterator[Request]:
    """Requests of a person, with files between them."""
    for number in range(count):
        yield from recorded.choose(chance, user)
        if uploads and number % max(1, count // uploads) == 0:
            yield _file(chance.randbytes(MB), f"{number}.csv")


def _file(content: bytes, name: str) -> Request:
    headers = (("Content-Type", "application/octet-stream"), ("X-Filename", name))
    return Request("upload", "/upload", content, b'"token"', headers)


async def _own_delay(count: int, seconds: float) -> float:
    """The client's own median: as many users ask a handler that does nothing."""
    with subprocess.Popen([sys.executable, "-m", "benchmarks.client"], stdout=subprocess.PIPE, text=True) as process:
        try:
            port = int(process.stdout.readline()) if process.stdout else 0
            people = [User(port) for _ in range(count)]
            answers = await keep_asking(people, lambda _, user: [Request("nothing", "/")], EVERY / 4, seconds / 2)
        finally:
            process.kill()
    return float(np.median([answer.seconds for answer in answers]))


def _without_errors(what: str, answers: Sequence[Answer]) -> Figure:
    wrong = [answer for answer in answers if answer.wrong]
    for kind, count in Counter(answer.kind for answer in wrong).items():
        print(f"{count} × {kind}: {next(answer.wrong for answer in wrong if answer.kind == kind)}")
    return Figure(f"{what}: errors", "0", f"{len(wrong)} of {len(answers):,}", not wrong)


def _told(answers: Sequence[Answer], own: float) -> None:
    """Print the times of each kind of request."""
    print(f"the client itself: {1000 * own:.2f} ms (median)")
    for kind in sorted({answer.kind for answer in answers}):
        times = 1000 * (np.array([answer.seconds for answer in answers if answer.kind == kind]) - own)
        told = ", ".join(f"p{share} {np.percentile(times, share):.0f}" for share in (50, 95, 99))
        print(f"{kind}: {len(times):,} requests, {told} ms, at most {times.max():.0f} ms", flush=True)


if __name__ == "__main__":
    main()
