"""Who may come in: a token, or names with passwords; the sessions that they open; signing in and out."""

from __future__ import annotations

import getpass
import hmac
import json
import re
import secrets
import sys
import threading
import time
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, jsonify, redirect, request
from werkzeug.security import check_password_hash, generate_password_hash

from callbacks.settings import Settings, private
from layouts import sign_in
from pipeline.results import Problem
from pipeline.store import digest

COOKIE = "session"
YEAR = 365 * 86_400  # seconds that a session lasts
OPEN = ("/health", "/sign-in", *sign_in.FILES)  # what strangers may ask for
NAME = re.compile(r"[^\s:\x00-\x1f\x7f](?:[^:\x00-\x1f\x7f]{0,62}[^\s:\x00-\x1f\x7f])?")
SHORTEST = 10  # letters of a password
FIRST, LONGEST = 0.5, 8.0  # seconds to wait after a first failed try, and at most
FORGOTTEN = 900.0  # seconds after which failed tries are forgotten
REMEMBERED = 10_000  # addresses whose failed tries are counted
NOBODY = generate_password_hash(secrets.token_hex(), method="scrypt")  # looked at for names that there are not: it takes as long
NOT_NAMES = (
    "not a name and its password. Make it with: python app.py --new-password NAME. "
    "If this is the data to open, write it before --auth."
)
SIGN_IN = "Sign in first: reload the page."


def owner() -> str:
    """Who sends the present request: a hash of the name, or of the browser's cookie, which itself is stored nowhere."""
    return str(g.owner)


class Tries:
    """Failed tries by address: each has to wait twice as long as the one before, up to eight seconds.

    Nobody is kept waiting on a thread: who comes too early is told when to come again.
    """

    def __init__(self) -> None:
        self._failed: dict[str, tuple[int, float]] = {}  # tries, and when the next one may come
        self._guard = threading.Lock()

    def wait(self, address: str) -> float:
        """Seconds until this address may try; 0.0 if it may now, and then the try counts as failed until it proves right."""
        now, place = time.monotonic(), _place(address)
        with self._guard:
            count, due = self._failed.pop(place, (0, 0.0))
            if now < due:
                self._failed[place] = count, due
                return due - now
            count = 0 if now - due > FORGOTTEN else count
            self._failed[place] = count + 1, now + min(FIRST * 2**count, LONGEST)
            while len(self._failed) > REMEMBERED:
                self._failed.pop(next(iter(self._failed)))
        return 0.0

    def right(self, address: str) -> None:
        """Take back that this try failed; those before it stay, for it may be somebody else's address too."""
        place = _place(address)
        with self._guard:
            count = self._failed.pop(place, (0, 0.0))[0] - 1
            if count > 0:
                self._failed[place] = count, time.monotonic()


def _place(address: str) -> str:
    """What counts as one address: this machine has many, and whoever has one of IPv6 has all that begin with the same 64 bits."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    found = getattr(found, "ipv4_mapped", None) or found
    if found.is_loopback:
        return "loopback"
    return str(found) if found.version == 4 else str(ip_network((found, 64), strict=False))


class Sessions:
    """Who has come in: a private file for each session, under the hash of its cookie, so that a restart keeps them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = private(settings.cache_dir / "sessions")
        for file in self.folder.iterdir():
            if time.time() - file.stat().st_mtime > YEAR:
                file.unlink(missing_ok=True)

    def open(self, name: str) -> str:
        """Cookie of a new session of this name ("" where a token is asked for)."""
        cookie = secrets.token_urlsafe(32)
        self._file(cookie).write_text(json.dumps({"name": name, "proof": _proof(self.settings, name)}))
        return cookie

    def name(self, cookie: str) -> str | None:
        """Name of the session with this cookie; None when there is none, or its name or password is no longer right."""
        file = self._file(cookie)
        try:
            held = json.loads(file.read_text())
            current = time.time() - file.stat().st_mtime < YEAR and held["proof"] == _proof(self.settings, held["name"])
            return str(held["name"]) if current else None
        except (OSError, ValueError, KeyError, TypeError, Problem):
            return None

    def close(self, cookie: str) -> None:
        """End the session."""
        self._file(cookie).unlink(missing_ok=True)

    def _file(self, cookie: str) -> Path:
        return self.folder / digest("session", self.settings.secret, cookie)


def guard(server: Flask, settings: Settings) -> None:
    """Let nobody in who has not signed in, where the app asks who is there."""
    if not settings.guarded:
        return
    sessions, tries, cookie = Sessions(settings), Tries(), cookie_of(settings)
    server.before_request(lambda: _gate(settings, sessions, tries))
    server.add_url_rule("/sign-in", "sign_in", lambda: _sign_in(settings, sessions, tries), methods=["POST"])
    server.add_url_rule("/sign-out", "sign_out", lambda: _sign_out(sessions, cookie), methods=["GET", "POST"])


def cookie_of(settings: Settings) -> str:
    """Name of the session's cookie: one for each installation, as browsers do not tell ports apart."""
    return f"{COOKIE}-{digest('cookie', settings.secret)[:8]}"


def names(file: Path) -> dict[str, str]:
    """Names that may come in and their hashed passwords; raises Problem for a file that does not hold such."""
    try:
        state = file.stat()
        return _names(file, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise Problem(f"The file of names {file} could not be read: {error.strerror}.") from None


def new_password(name: str) -> str:
    """A line for the file of names, with a password that is asked for (or read from what is piped in); raises Problem."""
    if not NAME.fullmatch(name):
        raise Problem("A name has 1 to 64 letters, without colons and without spaces at its ends.")
    if sys.stdin.isatty():
        word = getpass.getpass(f"Password for {name}: ")
        if word != getpass.getpass("Once more: "):
            raise Problem("These were two different passwords. Nothing was made; start again.")
    else:
        word = sys.stdin.readline().rstrip("\r\n")
    if len(word) < SHORTEST:
        raise Problem(f"A password has at least {SHORTEST} letters; this one has {len(word)}.")
    return f"{name}:{generate_password_hash(word, method='scrypt')}"


def _gate(settings: Settings, sessions: Sessions, tries: Tries) -> Any:
    """Nothing for those who have signed in (then ``g.name`` says who), and for what everyone may ask for."""
    name = sessions.name(request.cookies.get(cookie_of(settings), ""))
    if name is not None:
        g.name = name
    if settings.token and request.method == "GET" and "token" in request.args and _visited():
        return redirect(_home(), 303) if name is not None else _enter(settings, sessions, tries, request.args)
    if name is not None or request.path in OPEN:
        return None
    if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
        return page(sign_in.page(bool(settings.names), workspace=_workspace(request.args)), 401)
    return jsonify(problem=SIGN_IN), 401


def _visited() -> bool:
    """Whether a person goes to this address; what a page elsewhere has a browser fetch or frame is no try to come in."""
    usual = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    return all(request.headers.get(name, word) == word for name, word in usual.items())


def _sign_in(settings: Settings, sessions: Sessions, tries: Tries) -> Any:
    return _enter(settings, sessions, tries, request.form)


def _enter(settings: Settings, sessions: Sessions, tries: Tries, given: Any) -> Any:
    """A session and the way to the page, or the page to sign in on with what was wrong."""
    address, named = request.remote_addr or "", bool(settings.names)
    name, workspace = given.get("name", "").strip(), _workspace(given)
    if wait := tries.wait(address):
        seconds = int(wait) + 1
        said = f"That was too quick after a failed try. Wait {seconds} second{'s' if seconds > 1 else ''}, then try again."
        return page(sign_in.page(named, said, workspace, name), 429, {"Retry-After": str(seconds)})
    if not _right(settings, given):
        said = sign_in.WRONG_NAME if named else sign_in.NOT_OURS
        return page(sign_in.page(named, said, workspace, name), 401)
    tries.right(address)
    answer = redirect(_home(workspace), 303)
    cookie = sessions.open(name if named else "")
    answer.set_cookie(
        cookie_of(settings), cookie, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure
    )  # fmt: skip
    return answer


def _sign_out(sessions: Sessions, cookie: str) -> Any:
    """The page that asks, or, when its button was pressed, the end of the session."""
    if request.method == "GET":
        return page(sign_in.leaving(g.name))
    sessions.close(request.cookies.get(cookie, ""))
    answer = redirect("/", 303)
    answer.delete_cookie(cookie)
    return answer


def _right(settings: Settings, given: Any) -> bool:
    """Whether a token or a name and its password are right; it takes as long for names that there are not."""
    if settings.token:
        return hmac.compare_digest(given.get("token", "").strip().encode(), settings.token.encode())
    known: dict[str, str] = {}
    with suppress(Problem):
        known = names(settings.names) if settings.names else {}
    held = known.get(given.get("name", "").strip())
    return check_password_hash(held or NOBODY, given.get("password", "")) and held is not None


def _proof(settings: Settings, name: str) -> str:
    """What a session rests on: with another password, or without its name in the file, it ends. Raises Problem."""
    if settings.token:
        return "token"
    held = names(settings.names).get(name) if settings.names else None
    if held is None:
        raise Problem("There is no such name.")
    return digest("proof", held)


def page(written: str, code: int = 200, more: dict[str, str] | None = None) -> Response:
    """A plain page of ours, with a policy of its own: no script at all, and forms to this app alone."""
    headers = {"Content-Security-Policy": sign_in.POLICY, "Referrer-Policy": "same-origin", **(more or {})}
    return Response(written, code, headers, mimetype="text/html")


def _workspace(given: Any) -> str:
    """The workspace that the address names, to come back to; never another address."""
    asked = str(given.get("w", ""))
    return asked if re.fullmatch(r"[\w-]{1,64}", asked, re.ASCII) else ""


def _home(workspace: str | None = None) -> str:
    workspace = _workspace(request.args) if workspace is None else workspace
    return f"/?w={workspace}" if workspace else "/"


@lru_cache(maxsize=4)
def _names(file: Path, changed: int, size: int) -> dict[str, str]:
    """The same, read once for each state of the file."""
    found: dict[str, str] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, hashed = line.strip().partition(":")
        if not NAME.fullmatch(name) or not re.fullmatch(r"scrypt:\d+:\d+:\d+\$[^$]+\$[0-9a-f]{128}", hashed):
            raise Problem(f"{file}, line {number}: {NOT_NAMES}")
        if name in found:
            raise Problem(f"{file}, line {number}: the name {name} stands there twice. Take one of both away.")
        found[name] = hashed
    if not found:
        raise Problem(f"{file} holds no name. Make a line with: python app.py --new-password NAME")
    return found
