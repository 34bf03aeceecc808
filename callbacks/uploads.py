"""Files that browsers send: streamed to disk, hashed on the way, never whole in memory."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from flask import Request

from callbacks.settings import private
from pipeline.results import Problem
from pipeline.store import digest

BLOCK = 2**20
PATIENT = 4  # times the limit that is read and thrown away, so that the answer is heard
KEPT = 8 * 2**30  # bytes of uploads kept in all
UNFINISHED = "The file did not arrive whole. Send it again."


class TooLarge(Problem):
    """The file is larger than is allowed."""


def receive(request: Request, folder: Path, limit: int) -> dict[str, Any]:
    """Token, name and bytes of the file in the request's body, stored in its owner's folder; raises Problem."""
    request.max_content_length = sys.maxsize  # the limit is kept here, in words
    name = label(request.headers.get("X-Filename", ""))
    announced = request.content_length
    if announced is not None and announced > limit:
        _hear_out(request, PATIENT * limit)
        raise TooLarge(_too_large(name, announced, limit))
    handle, made = tempfile.mkstemp(prefix="part-", dir=private(folder))
    try:
        with open(handle, "wb") as file:
            count, content = _copy(request, file, limit, name)
        if announced is not None and count != announced:
            raise Problem(UNFINISHED)
        token = digest("upload", content)
        os.replace(made, folder / token)
    except OSError as error:
        raise Problem(f"{name} could not be kept: {error.strerror or 'the connection was lost'}. Send it again.") from error
    finally:
        Path(made).unlink(missing_ok=True)
    prune(folder.parent, KEPT, folder / token)
    return {"token": token, "name": name, "bytes": count}


def label(header: str) -> str:
    """A file's name as it is shown: the last part alone, no control characters, at most 200 characters."""
    name = re.split(r"[/\\]", unquote(header))[-1]
    return re.sub(r"[\x00-\x1f\x7f]", "", name).strip()[-200:] or "file.csv"


def prune(folder: Path, limit: int, keep: Path) -> None:
    """Remove the oldest uploads until all together are below the limit."""
    files = sorted((file.stat().st_mtime, file.stat().st_size, file) for file in folder.glob("*/*") if file.is_file())
    total = sum(size for _, size, _ in files)
    for _, size, file in files:
        if total <= limit:
            return
        if file != keep:
            file.unlink(missing_ok=True)
            total -= size


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
    while limit > 0 and (block := request.stream.read(BLOCK)):
        limit -= len(block)


def _too_large(name: str, count: int, limit: int) -> str:
    return (
        f"{name} has more than {limit / 2**20:,.0f} MB, the largest file that is taken here ({count / 2**20:,.0f} MB were sent). "
        "Start the app with a larger --max-upload, or take fewer rows."
    )
