"""Which app this is: a page that was loaded from another one asks to be reloaded."""

from __future__ import annotations

from functools import cache

from dash import Dash
from flask import Response

from callbacks.settings import ROOT
from pipeline.store import digest

VERSION = "0.1.0"
HEADER = "X-Build"  # connection.js reads it
PAGE = ("assets/*.*", "layouts/**/*", "callbacks/*.py", "pipeline/**/*.py")  # what a page is made of and talks to


@cache
def build() -> str:
    """The version, and a hash of the files that a page and its callbacks are made of."""
    files = sorted(file for pattern in PAGE for file in ROOT.glob(pattern) if file.suffix in (".py", ".js", ".css", ".md"))
    return f"{VERSION}-{digest(*(file.read_bytes() for file in files))[:8]}"


def tell(app: Dash) -> None:
    """Name the build in every answer that no browser keeps: a kept one would speak of an older app."""
    now = build()

    def add(response: Response) -> Response:
        if "no-store" in response.headers.get("Cache-Control", ""):
            response.headers[HEADER] = now
        return response

    app.server.after_request(add)
