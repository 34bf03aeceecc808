"""Files that browsers send, or that are fetched from an address: streamed to disk, hashed on the way, never whole in memory."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, TypeVar
from urllib.parse import unquote

import psutil
from flask import Request
from werkzeug.exceptions import ClientDisconnected

from callbacks.settings import private
from pipeline.loading import url
from pipeline.loading.reach import Rules
from pipeline.results import Problem
from pipeline.store import digest

BLOCK = 2**20
PATIENT = 4  # times the limit that is read and thrown away, so that the answer is heard
KEPT = 8 * 2**30  # bytes of uploads kept in all
Made = TypeVar("Made")
UNFINISHED = "The file did not arrive whole. Send it again."


class TooLarge(Problem):
    """The file is larger than is allowed."""


def receive(request: Request, folder: Path, limit: int) -> dict[str, Any]:
    """Token, name and bytes of the file in the request's body, stored in its owner's folder; raises Problem."""
    request.max_content_length = sys.maxsize  # the limit is kept here, in words
    name = url.label(unquote(request.headers.get("X-Filename", "")))
    announced = request.content_length
    if announced is not None and announced > limit:
        _hear_out(request, PATIENT * limit)
        raise TooLarge(_too_large(name, announced, limit))

    def copy(file: IO[bytes]) -> tuple[tuple[int, str], str]:
        count, content = _copy(request, file, limit, name)
        if announced is not None and count != announced:
            raise Problem(UNFINISHED)
        return (count, name), content

    (count, name), token = _kept(folder, name, copy)
    return {"token": token, "name": name, "bytes": count}


def fetch(asked: dict[str, Any], folder: Path, rules: Rules, report: Any) -> dict[str, Any]:
    """What was asked, with the file behind its address stored as if it had been sent; raises Problem.

    ``token`` and ``name`` are those of an upload; ``source`` says where it came from and when.
    """
    address = url.address_of(asked["address"])

    def copy(file: IO[bytes]) -> tuple[url.Fetched, str]:
        found = url.fetch(address, file, rules, report)
        return found, found.content

    found, token = _kept(folder, asked["name"], copy)
    rest = {part: value for part, value in asked.items() if part != "address"}
    return {**rest, "token": token, "name": found.name, "source": found.source}


def sweep(folder: Path) -> None:
    """Remove what was being written here by processes that have ended."""
    for part in folder.glob("part-*"):
        if not _works(int(part.name.split("-")[1])):
            part.unlink(missing_ok=True)


def prune(folder: Path, limit: int, keep: Path) -> None:
    """Remove the oldest uploads until all together are below the limit."""
    files = sorted(_finished(folder))
    total = sum(size for _, size, _ in files)
    for _, size, file in files:
        if total <= limit:
            return
        if file != keep:
            with suppress(OSError):
                file.unlink(missing_ok=True)
                total -= size


def _finished(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """When each upload came, its bytes and its file; others may come and go meanwhile."""
    for file in folder.glob("*/*"):
        with suppress(OSError):
            about = file.stat()
            if stat.S_ISREG(about.st_mode) and not file.name.startswith("part-"):
                yield about.st_mtime, about.st_size, file


def _kept(folder: Path, name: str, copy: Callable[[IO[bytes]], tuple[Made, str]]) -> tuple[Made, str]:
    """What ``copy`` returned, and the token of the file that it wrote: the hash of its content; raises Problem."""
    sweep(private(folder))
    handle, made = tempfile.mkstemp(prefix=f"part-{os.getpid()}-", dir=folder)
    try:
        with open(handle, "wb") as file:
            result, content = copy(file)
        token = digest("upload", content)
        os.replace(made, folder / token)
    except ClientDisconnected:  # or nothing came any more
        raise Problem(UNFINISHED) from None
    except OSError as error:
        raise Problem(f"{name} could not be kept: {error.strerror or 'the connection was lost'}. Try again.") from error
    finally:
        Path(made).unlink(missing_ok=True)
    prune(folder.parent, KEPT, folder / token)
    return result, token


def _works(pid: int) -> bool:
    """Whether a process goes on; a killed one may wait to be noticed by its parent."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _copy(request: Request, file: Any, limit: int, name: str) -> tuple[int, str]:
    """Bytes copied and their hash."""
    count, content = 0, hashlib.sha256()
    while block := request.stream.read(BLOCK):
        count += len(block)
        if count > limit:
            _hear_out(request, PATIENT * limit)
            raise TooLarge(_too_large(name, count, limit))
        content.update(block)
        file.write(block)
    return count, content.hexdigest()


def _hear_out(request: Request, limit: int) -> None:
    """Read what is still sent: a browser hears an answer only once it has sent its file."""
    with suppress(ClientDisconnected):
        while limit > 0 and (block := request.stream.read(BLOCK)):
            limit -= len(block)


def _too_large(name: str, count: int, limit: int) -> str:
    return (
        f"{name} has more than {limit / 2**20:,.0f} MB, the largest file that is taken here ({count / 2**20:,.0f} MB were sent). "
        "Start the app with a larger --max-upload, or take fewer rows."
    )
