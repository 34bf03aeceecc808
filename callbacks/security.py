"""Who asks, from where, and what the browser may do with the answer."""

from __future__ import annotations

import logging
import re
import secrets
import socket
from contextlib import suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import psutil
from dash import Dash, set_props
from flask import Flask, Response, abort, g, jsonify, request
from werkzeug.exceptions import HTTPException

from callbacks import errors
from callbacks.settings import Settings
from layouts import ids, status
from pipeline.results import Problem
from pipeline.store import digest

COOKIE = "visitor"
YEAR = 365 * 86_400
LARGEST_BODY = 16 * 2**20  # bytes of anything that is sent here but a file
STATIC = ("/assets/", "/_dash-component-suites/", "/_favicon.ico")
LOCAL = ("127.0.0.1", "localhost", "::1")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def owner() -> str:
    """Who sends the present request: a hash of the browser's cookie, which itself is stored nowhere."""
    return str(g.owner)


def protect(server: Flask, settings: Settings) -> None:
    """Recognise visitors, refuse strange hosts, other sites' requests and bodies that are too large."""
    server.secret_key = settings.secret
    server.debug = False  # whatever FLASK_DEBUG says
    server.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    trusted = hosts(settings.host)
    server.before_request(lambda: _known_host(trusted))
    server.before_request(_same_site)
    server.before_request(lambda: _recognise(settings.secret))
    server.after_request(_remember)
    server.register_error_handler(Exception, lambda error: _answer(error, settings))


def seal(app: Dash) -> None:
    """Add the headers, once every callback is registered; malformed requests to callbacks are refused."""
    # Plotly's WebGL part builds functions from its own texts: without 'unsafe-eval' no map is drawn.
    scripts = " ".join(["'unsafe-eval'", *app.csp_hashes()])
    policy = (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    )

    def add(response: Response) -> Response:
        response.headers.update({**HEADERS, "Content-Security-Policy": policy})
        if not request.path.startswith(STATIC):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.server.after_request(add)
    app.server.before_request(lambda: _well_formed(app))


def told(settings: Settings) -> Any:
    """What Dash does with an error in a callback: one calm sentence on the page."""

    def tell(error: Exception) -> None:
        set_props(ids.UNEXPECTED, {"children": [status.problem(errors.calm(error, settings.log))]})

    return tell


def anywhere(host: str) -> bool:
    """Whether this address stands for every network card of the machine."""
    with suppress(ValueError):
        return not host or ip_address(host).is_unspecified
    return False


def hosts(host: str) -> list[str]:
    """Names under which a browser may call this server."""
    if not anywhere(host):
        return list(dict.fromkeys([*LOCAL, host]))
    found = [address for card in psutil.net_if_addrs().values() for address in card]
    addresses = [address.address for address in found if address.family == socket.AF_INET]
    return list(dict.fromkeys([*LOCAL, socket.gethostname(), socket.getfqdn(), *addresses]))


def _known_host(trusted: list[str]) -> None:
    """Refuse a name that is not ours: a web page may have made it point here (Flask's own check knows no IPv6)."""
    try:
        name = urlsplit(f"//{request.headers.get('Host', '')}").hostname
    except ValueError:
        name = None
    if name not in trusted:
        abort(400, "This server does not go by that name.")


def _same_site() -> None:
    """Refuse what another site makes a browser send; reading needs no such check, for it changes nothing."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if (site and site not in ("same-origin", "none")) or (origin and urlsplit(origin).netloc != request.host):
        abort(403, "This request came from another site.")


def _recognise(secret: str) -> None:
    cookie = request.cookies.get(COOKIE, "")
    g.visitor = cookie if re.fullmatch(r"[\w-]{43}", cookie) else secrets.token_urlsafe(32)
    g.fresh = g.visitor != cookie
    g.owner = digest("owner", secret, g.visitor)


def _remember(response: Response) -> Response:
    if g.get("fresh") and not request.path.startswith(STATIC):
        response.set_cookie(COOKIE, g.visitor, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _well_formed(app: Dash) -> None:
    if request.path != "/_dash-update-component" or request.method != "POST":
        return
    try:
        body = request.get_json()
    except RecursionError:
        body = None
    known = isinstance(body, dict) and isinstance(body.get("output"), str) and body["output"] in app.callback_map
    if not known or not all(isinstance(body.get(part, []), list) for part in ("inputs", "state", "changedPropIds")):
        abort(400, "This is not a request of this page. Reload the page.")


def _answer(error: Exception, settings: Settings) -> tuple[Response, int]:
    """A sentence as JSON; what is not there and what is another's are alike."""
    if isinstance(error, HTTPException):
        return jsonify(problem=error.description), error.code or 500
    if isinstance(error, Problem):
        return jsonify(problem=str(error)), 404
    logging.getLogger(__name__).debug("unexpected", exc_info=error)
    return jsonify(problem=errors.calm(error, settings.log)), 500
