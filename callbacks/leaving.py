"""Words as they leave for the page: hidden characters are written out in all that is sent as JSON.

This is the one place where it is done for the page, whatever part of it the words are for; ``layouts/standalone.py`` does it
for the map in one file.
"""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Flask, Response

from pipeline.visible import visible

# Hidden characters as JSON writes them: only where one may stand, the text is read at all.
SUSPECT = re.compile(
    rb"\\(?:[bf]|u(?:00(?:0[0-8bcef]|1|7f|[89])|061c|180e|20(?:0[bef]|2[89a-e]|6)|d[89a-f]|feff|fff[9ab]))", re.IGNORECASE
)
KEPT = ("value", "id", "data", "workspace", "token")  # what comes back from the page and has to be known again


def watch(server: Flask) -> None:
    """Write hidden characters out in every answer that is JSON."""

    @server.after_request
    def shown(response: Response) -> Response:
        if response.mimetype == "application/json" and not response.direct_passthrough and not response.is_streamed:
            response.set_data(seen(response.get_data()))
        return response


def seen(body: bytes) -> bytes:
    """JSON with every text that the page shows made visible; names of things, and what comes back, stay as they are."""
    if body.isascii() and not SUSPECT.search(body):
        return body
    return json.dumps(_seen(json.loads(body))).encode()


def _seen(part: Any) -> Any:
    if isinstance(part, str):
        return visible(part)
    if isinstance(part, list):
        return [_seen(item) for item in part]
    if isinstance(part, dict):
        return {name: item if name in KEPT else _seen(item) for name, item in part.items()}
    return part
