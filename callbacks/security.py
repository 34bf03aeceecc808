"""Who asks, from where, how much, and what the browser may do with the answer."""

from __future__ import annotations

import re
import secrets
import socket
import sys
from contextlib import suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import psutil
from dash import Dash, set_props
from flask import Flask, Response, abort, g, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from callbacks import access, bodies, errors, leaving
from callbacks.house import House
from callbacks.settings import Settings, local
from layouts import ids, sign_in, status
from pipeline.results import Problem
from pipeline.store import digest

COOKIE = "visitor"
YEAR = 365 * 86_400
SMALL_BODY = 2**16  # bytes of whatever is not named below
LARGEST_BODY = 16 * 2**20  # of what a callback is told: the rows of a selection may be many
BODIES = {  # largest body in bytes, by endpoint
    bodies.ROUTE: LARGEST_BODY,
    "upload": sys.maxsize,  # a file: its limit is kept there, in words
    "table_rows": 2**20,
    "table_values": 2**18,
    "sign_in": 2**13,
}
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
ALONE = (
    "{host} lets other machines in, and nobody would be asked who they are. Add --auth (a token is made and printed), "
    "--auth FILE (names and passwords), or --behind-proxy if a proxy with a login and HTTPS stands in front. "
    "Without --host the app is for this machine alone."
)


def check(settings: Settings) -> None:
    """Refuse to serve other machines without asking who is there, and names that cannot be read; raises Problem."""
    if not (local(settings.host) or settings.guarded or settings.behind_proxy):
        raise Problem(ALONE.format(host=f"--host {settings.host}"))
    if settings.names:
        access.names(settings.names)


def protect(server: Flask, settings: Settings) -> None:
    """Refuse strange hosts, other sites' requests, bodies that are too large, and strangers; recognise visitors."""
    server.secret_key = settings.secret
    server.debug = False  # whatever FLASK_DEBUG says
    server.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    if settings.behind_proxy:  # one proxy, and no more than it says of where a request came from
        server.wsgi_app = ProxyFix(server.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    trusted = [*hosts(settings.host), *(name.lower() for name in settings.trusted_hosts)]
    server.before_request(lambda: _known_host(trusted))
    server.before_request(_same_site)
    server.before_request(_bounded)
    access.guard(server, settings)
    server.before_request(lambda: _recognise(settings.secret))
    server.after_request(_remember)
    server.register_error_handler(Exception, lambda error: _answer(error, settings))
    leaving.watch(server)


def seal(app: Dash, house: House) -> None:
    """Add the headers, once every callback is registered; malformed requests to callbacks are refused."""
    # Plotly's WebGL part builds functions from its own texts: without 'unsafe-eval' no map is drawn.
    scripts = " ".join(["'unsafe-eval'", *app.csp_hashes()])
    policy = (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    )

    def add(response: Response) -> Response:
        for name, value in {**HEADERS, "Content-Security-Policy": policy}.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith(STATIC):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.server.after_request(add)
    app.server.before_request(lambda: bodies.check(app, house))


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
        return list(dict.fromkeys([*LOCAL, host.lower()]))
    found = [address for card in psutil.net_if_addrs().values() for address in card]
    addresses = [address.address.split("%")[0] for address in found if address.family in (socket.AF_INET, socket.AF_INET6)]
    return list(dict.fromkeys([*LOCAL, socket.gethostname().lower(), socket.getfqdn().lower(), *addresses]))


def _known_host(trusted: list[str]) -> None:
    """Refuse a name that is not ours: a web page may have made it point here (Flask's own check knows no IPv6)."""
    try:
        name = urlsplit(f"//{request.headers.get('Host', '')}").hostname
    except ValueError:
        name = None
    if name not in trusted:
        abort(400, "This server does not go by that name. Its operator can add a name with --trusted-host.")


def _same_site() -> None:
    """Refuse what another site makes a browser send; reading needs no such check, for it changes nothing of anybody's.

    (An address with ``?token=`` opens a session or counts as a failed try: access takes it from a person's own visit alone.)
    """
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if (site and site not in ("same-origin", "none")) or (origin and _netloc(origin) != request.host):
        abort(403, "This request came from another site.")


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _bounded() -> None:
    """Refuse a body that is larger than its route takes, before any of it is read."""
    largest = BODIES.get(request.endpoint or "", SMALL_BODY)
    request.max_content_length = largest
    if (request.content_length or 0) > largest:
        abort(413, f"This is more than is taken here: at most {largest // 1024:,} KB.")


def _recognise(secret: str) -> Response | None:
    """Know the owner by the name that signed in, else by the visitor's cookie, and give a cookie to who has none.

    A browser that another site sends here may hold its cookie back: it gets none that would take the place of that one. If it
    brings a person, a page of ours asks again from here, and then the cookie comes, or there was none.
    """
    if g.get("name"):
        g.owner = digest("owner", secret, "name", g.name)
        return None
    cookie = request.cookies.get(COOKIE, "")
    known = bool(re.fullmatch(r"[\w-]{43}", cookie, re.ASCII))
    elsewhere = request.headers.get("Sec-Fetch-Site") == "cross-site"
    if not known and elsewhere and request.headers.get("Sec-Fetch-Mode") == "navigate" and request.method == "GET":
        return access.page(sign_in.ARRIVING)
    g.visitor = cookie if known else secrets.token_urlsafe(32)
    g.fresh = not known and not elsewhere and request.endpoint != "sign_in"
    g.owner = digest("owner", secret, g.visitor)
    return None


def _remember(response: Response) -> Response:
    if g.get("fresh") and not request.path.startswith(STATIC):
        response.set_cookie(COOKIE, g.visitor, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _answer(error: Exception, settings: Settings) -> tuple[Response, int]:
    """A sentence as JSON; what is not there and what is another's are alike."""
    if isinstance(error, HTTPException):
        return jsonify(problem=error.description), error.code or 500
    if isinstance(error, Problem):
        return jsonify(problem=str(error)), 404
    if request.path.startswith(STATIC):  # a file that there is not; Dash would call it an error
        return jsonify(problem="There is no such file."), 404
    return jsonify(problem=errors.calm(error, settings.log)), 500
