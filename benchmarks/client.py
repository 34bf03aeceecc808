"""Many users at once over HTTP: connections are kept as browsers keep them, requests timed from when they were due.

``python -m benchmarks.client`` is the handler that does nothing, against which the client measures its own delay.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

PATIENCE = 30.0  # seconds for an answer
EMPTY = b"HTTP/1.1 204 Nothing\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True)
class Request:
    """What is asked; ``expects`` stands in every right answer, and ``never`` is found in none."""

    kind: str
    path: str
    body: bytes | None = None
    expects: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    never: re.Pattern[bytes] | None = None


@dataclass(frozen=True)
class Answer:
    """How a request went: seconds since it was due, what it came to, and what was wrong with it, if anything."""

    kind: str
    seconds: float
    when: float
    wrong: str = ""
    body: bytes = b""
    cookie: str = ""


class User:
    """One browser: its cookie and its connection."""

    def __init__(self, port: int, cookie: str = "", workspace: str = "") -> None:
        self.port, self.cookie, self.workspace = port, cookie, workspace
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: Request, due: float | None = None) -> Answer:
        """The answer to a request; a connection that the server has closed meanwhile is opened anew, as browsers do."""
        due = time.perf_counter() if due is None else due
        try:
            status, headers, body = await asyncio.wait_for(self._exchange(request), PATIENCE)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            self.hang_up()
            return self._told(request, due, f"{type(error).__name__} {error}".strip())
        right = status in (200, 204) and request.expects in body and not (request.never and request.never.search(body))
        wrong = "" if right else f"{status} {body[:200].decode(errors='replace')}"
        return replace(self._told(request, due, wrong), body=body, cookie=headers.get("set-cookie", "").split(";")[0])

    def hang_up(self) -> None:
        """Close the connection."""
        if self._line:
            self._line[1].close()
        self._line = None

    @staticmethod
    def _told(request: Request, due: float, wrong: str) -> Answer:
        now = time.perf_counter()
        return Answer(request.kind, now - due, now, wrong)

    async def _exchange(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        kept = self._line is not None
        try:
            return await self._once(request)
        except (OSError, EOFError):
            if not kept:
                raise
            self.hang_up()
            return await self._once(request)

    async def _once(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        if self._line is None:
            self._line = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        reader, writer = self._line
        writer.write(self._words(request))
        if request.body:
            writer.write(request.body)
        await writer.drain()
        status, headers = _head(await reader.readuntil(b"\r\n\r\n"))
        body = await _body(reader, headers)
        if headers.get("connection", "").lower() == "close":
            self.hang_up()
        return status, headers, body

    def _words(self, request: Request) -> bytes:
        host = f"127.0.0.1:{self.port}"
        told = [f"{'GET' if request.body is None else 'POST'} {request.path} HTTP/1.1", f"Host: {host}"]
        if request.body is not None:
            told += [f"Content-Length: {len(request.body)}", f"Origin: http://{host}", "Sec-Fetch-Site: same-origin"]
            told += [f"{name}: {value}" for name, value in request.headers or (("Content-Type", "application/json"),)]
        told += [f"Cookie: {self.cookie}"] if self.cookie else []
        return "\r\n".join([*told, "", ""]).encode()


def _head(words: bytes) -> tuple[int, dict[str, str]]:
    first, *rest = words.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest if line)}
    return int(first.split(" ")[1]), headers


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length", 0)))
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


async def keep_asking(
    users: Sequence[User], choose: Callable[[int, User], Iterable[Request]], every: float, seconds: float
) -> list[Answer]:
    """Answers of all users, each of whom asks for what is chosen once in ``every`` seconds, evenly spread."""
    answers: list[Answer] = []
    begun = time.perf_counter()

    async def one(number: int, user: User) -> None:
        due = begun + every * number / len(users)
        while due < begun + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            then = due
            for request in choose(number, user):
                answers.append(_brief(await user.ask(request, then)))
                then = time.perf_counter()  # the second of two is due when the first is answered
            due += every

    await asyncio.gather(*(one(number, user) for number, user in enumerate(users)))
    return answers


async def ask_all(users: Sequence[User], requests: Iterable[Request]) -> list[Answer]:
    """Answers to many requests, each user asking for the next one as soon as it has an answer."""
    waiting = iter(requests)

    async def one(user: User) -> list[Answer]:
        return [_brief(await user.ask(request)) for request in waiting]

    return sum(await asyncio.gather(*map(one, users)), [])


async def until(asking: Awaitable[list[Answer]], *beside: Coroutine[Any, Any, None]) -> list[Answer]:
    """The answers, once all are there; what goes on beside the asking has no end, and when it fails this fails at once."""
    tasks = [asyncio.ensure_future(asking), *map(asyncio.ensure_future, beside)]
    try:
        (first, *_), _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return first.result() or []
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _brief(answer: Answer) -> Answer:
    """The answer without its body: hours of them would fill the memory."""
    return replace(answer, body=b"")


@contextmanager
def pinned() -> Iterator[None]:
    """Keep to one core in a block, where the system lets us."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


async def _nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := await reader.readuntil(b"\r\n\r\n"):
        await reader.readexactly(int(_head(b"GET 0\r\n" + head)[1].get("content-length", 0)))
        writer.write(EMPTY)


async def _serve() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))  # not on the core of the client that started it
    server = await asyncio.start_server(_nothing, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
