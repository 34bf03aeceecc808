"""Serving: one web process with threads, whose end is also the end of its workers."""

from __future__ import annotations

import logging
import os
import signal
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from dash import Dash

from callbacks import opening, reading, work
from callbacks.house import EVERYONE, House
from callbacks.jobs import JobManager
from callbacks.security import anywhere
from callbacks.settings import Settings, local, private
from pipeline.results import Problem

THREADS = 16  # requests answered at once
PATIENCE = 5  # seconds to wait for a port that is taken
ROOMS = ("results", "jobs", "workspaces", "uploads")  # of the cache folder
PROBE = 2**16  # bytes that must find room there
SILENCE = 60  # seconds in which something must come, or be taken, in the middle of a request: a stalled one holds a thread
GRACE = 5  # seconds that a request under way, and the end of the workers, have when the server ends


def prepare(app: Dash, house: House, jobs: JobManager) -> None:
    """Have Dash set itself up before anyone asks: it registers its scripts at the first request, and two at once may miss some.

    That request may well be refused; what is made for it stays.
    """
    app.server.extensions["jobs"] = jobs
    host = house.settings.host
    app.server.test_client().get("/", base_url=f"http://{'localhost' if anywhere(host) else _bracketed(host)}")
    house.records.tidy()
    house.workspaces.tidy()


def serve(create: Callable[[], Dash], settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM; the app is made after the server has forked."""
    _check_folder(settings)
    _await_port(settings)
    if sys.platform == "win32":
        _waitress(create(), settings)
    else:
        _gunicorn(create, settings)


def _check_folder(settings: Settings) -> None:
    """Make what is kept a place; end with a sentence when nothing can be written there."""
    try:
        for folder in (settings.cache_dir, *(settings.cache_dir / room for room in ROOMS)):
            with tempfile.TemporaryFile(dir=private(folder)) as probe:
                probe.write(bytes(PROBE))
        _ = settings.secret  # is made here, or cannot be read
    except OSError as error:
        words = f"Cannot write to {error.filename or settings.cache_dir}: {(error.strerror or 'it is refused').lower()}."
        raise SystemExit(f"{words} Make it a folder that you may write to, or choose another with --cache-dir.") from None
    except Problem as problem:
        raise SystemExit(str(problem)) from None


def _await_port(settings: Settings) -> None:
    """Give a server that is just ending a few seconds to let go of the port; end with a sentence if it stays taken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    until = time.monotonic() + PATIENCE
    while settings.port:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, sys.platform != "win32")
            try:
                probe.bind((settings.host, settings.port))
                return
            except OSError as error:
                if time.monotonic() > until:
                    words = f"Cannot listen on {settings.host}:{settings.port}: {(error.strerror or 'it is taken').lower()}."
                    raise SystemExit(f"{words} Choose another with --port.") from None
        time.sleep(0.1)


def say(settings: Settings, host: str, port: int) -> None:
    """Print where the app is, with the token if one is asked for, and what a person should know of who can come in."""
    if not local(host) and not settings.behind_proxy:
        sys.stdout.write(
            "Other machines can reach this address, and what goes to and fro is not encrypted: use it in a "
            "network that you trust, or put HTTPS in front and add --behind-proxy.\n"
        )
    name = socket.gethostname() if anywhere(host) else _bracketed(host)
    entry = f"/?token={settings.token}" if settings.token else ""
    sys.stdout.write(f"Cluster Explorer is at http://{name}:{port}{entry}  (Ctrl-C ends it)\n")
    sys.stdout.flush()


def _bracketed(host: str) -> str:
    """A host as it stands in addresses."""
    return f"[{host}]" if ":" in host else host


def _gunicorn(create: Callable[[], Dash], settings: Settings) -> None:
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):
        """Gunicorn with one worker, settings from here alone."""

        def load_config(self) -> None:
            options = {
                "bind": f"{_bracketed(settings.host)}:{settings.port}", "workers": 1, "worker_class": "gthread",
                "threads": THREADS, "loglevel": "error", "graceful_timeout": GRACE, "timeout": 120, "preload_app": False,
                "control_socket_disable": True,
                "post_worker_init": lambda worker: _started(worker, settings), "worker_exit": _ended,
                "forwarded_allow_ips": "", "secure_scheme_headers": {},  # a proxy is heard with --behind-proxy alone
            }  # fmt: skip
            for name, value in options.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            server = create().server
            _head_start(server.extensions["jobs"])
            return server

    Server().run()


def _head_start(jobs: JobManager) -> None:
    """Read what a fresh page opens, and warm up, before anyone asks."""
    request = opening.first(jobs.house)
    with suppress(Problem):  # the page will say it
        if reading.slow(jobs.house, request) or reading.stored(jobs.house, EVERYONE, request) is None:
            jobs.start(work.open_file, jobs.house.records.queue("open", EVERYONE, request))
    jobs.warm_up()


def _started(worker: Any, settings: Settings) -> None:
    """Say where the app is, once: a web process that takes the place of another has the same address and token."""
    # Ctrl-C goes to gunicorn and to this process; gunicorn passes it on. Heard twice, the second would break into the end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for listening in worker.sockets:
        _bound(listening)
    worker.log.error_log.addFilter(_is_error)
    if worker.age == 1:
        say(settings, *worker.sockets[0].getsockname()[:2])


def _bound(listening: Any) -> None:
    """Give up what is silent for too long on the connections of a socket, which have its options."""
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for way in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        listening.setsockopt(socket.SOL_SOCKET, way, struct.pack("ll", SILENCE, 0))


def _is_error(record: logging.LogRecord) -> bool:
    """Whether what gunicorn would print is an error of the server; a connection that was given up is none."""
    return not (record.exc_info and isinstance(record.exc_info[1], BlockingIOError))


def _ended(arbiter: Any, worker: Any) -> None:
    """End the workers with the server; if the server was killed, let them finish for the next one."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    if os.getppid() != worker.ppid:
        os._exit(0)  # skips what would end them
    server = getattr(worker, "wsgi", None)
    if server is not None:
        server.extensions["jobs"].end()
    sys.stdout.flush()
    os._exit(0)


def _waitress(app: Dash, settings: Settings) -> None:
    from waitress import serve as listen

    say(settings, settings.host, settings.port)
    try:
        listen(
            app.server, host=settings.host, port=settings.port, threads=THREADS, max_request_body_size=settings.max_upload * 5,
            clear_untrusted_proxy_headers=not settings.behind_proxy,  # what a proxy tells is for security.protect to judge
        )  # fmt: skip
    finally:
        app.server.extensions["jobs"].end()
