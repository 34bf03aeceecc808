"""Cluster Explorer: ``python app.py [FILE]`` serves the page on http://127.0.0.1:8050."""

from __future__ import annotations

import argparse
import importlib
import secrets
from functools import partial
from pathlib import Path

from dash import Dash

from callbacks import REGIONS, access, security, server
from callbacks.house import House
from callbacks.jobs import JobManager
from callbacks.settings import SLOTS, Settings, fair_memory, fair_threads, usual_cache
from layouts import page
from pipeline.results import Problem


def create_app(settings: Settings) -> Dash:
    """The whole app, ready to be served; who makes one ends its jobs too."""
    house = House(settings)
    jobs = JobManager(house)
    app = Dash(
        __name__, title="Cluster Explorer", update_title=None, background_callback_manager=jobs, enable_mcp=False,
        suppress_callback_exceptions=True, on_error=security.told(settings), serve_locally=True, index_string=page.INDEX,
    )  # fmt: skip
    security.protect(app.server, settings)
    app.layout = partial(page.page, guarded=settings.guarded, addresses=settings.fetches)
    for region in REGIONS:
        importlib.import_module(f"callbacks.{region}").register(app, house)
    security.seal(app, house)
    server.prepare(app, house, jobs)
    return app


def settings(arguments: list[str] | None = None) -> Settings:
    """The settings that a command line asks for."""
    given = vars(parser().parse_args(arguments))
    given["threads"] = given["threads"] or fair_threads(given["slots"])
    given["memory"] = given["memory"] * 2**20 if given["memory"] else fair_memory()
    given["max_upload"] *= 2**20
    given["data_dir"] = given["data_dir"].absolute()
    auth = given.pop("auth")
    given["token"], given["names"] = (secrets.token_urlsafe(32), None) if auth is True else ("", auth)
    given["trusted_hosts"] = tuple(given["trusted_hosts"])
    del given["new_password"]
    return Settings(**given)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser("python app.py", description="See the groups in your data, in the browser.")
    made.add_argument("file", nargs="?", type=_data, help="a table, or a zip or a folder of pictures, to open straight away")
    made.add_argument("--labels", type=_file, help="a file with one label a row, for FILE")
    made.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    made.add_argument("--port", type=_port, default=8050, help="port to listen on (default: 8050)")
    made.add_argument("--data-dir", type=Path, default=Path("data"), help="its files are offered too (default: data)")
    made.add_argument("--cache-dir", type=Path, default=usual_cache(), help="where results are kept (default: %(default)s)")
    made.add_argument("--slots", type=_positive, default=SLOTS, help="maps that are computed at once (default: %(default)s)")
    made.add_argument("--threads", type=_positive, help="threads of one run (default: cores ÷ slots)")
    made.add_argument("--memory", type=_positive, metavar="MB", help="memory of one run (default: 2/5 of all, at most 8192 MB)")
    made.add_argument("--allow-urls", action="store_true", help="fetch files from addresses with any --host too")
    made.add_argument("--max-upload", type=_positive, default=512, metavar="MB", help="largest file taken (default: 512 MB)")
    _add_doors(made)
    return made


def _add_doors(made: argparse.ArgumentParser) -> None:
    """What lets other machines in, and who is asked for what."""
    made.add_argument(
        "--auth", nargs="?", type=_file, const=True, metavar="FILE",
        help="ask who is there: for a token that is made and printed, or for the names and passwords in FILE",
    )  # fmt: skip
    made.add_argument("--new-password", metavar="NAME", help="ask for a password and print the line for FILE; start nothing")
    made.add_argument("--behind-proxy", action="store_true", help="one proxy with HTTPS (and a login) stands in front")
    made.add_argument(
        "--trusted-host", action="append", default=[], dest="trusted_hosts", metavar="NAME",
        help="a further name that browsers may call this server by; may be repeated",
    )  # fmt: skip


def _file(word: str) -> Path:
    path = Path(word).absolute()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {word}")
    return path


def _data(word: str) -> Path:
    folder = Path(word).resolve()
    return folder if folder.is_dir() else _file(word)


def _port(word: str) -> int:
    if not word.isdecimal() or int(word) > 65535:
        raise argparse.ArgumentTypeError(f"{word} is no port; take a whole number from 1 to 65535, or 0 for any that is free")
    return int(word)


def _positive(word: str) -> int:
    if not word.isdigit() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word} is not a whole number above 0")
    return int(word)


def main() -> None:
    """Serve the app, or make a password; a Problem is one sentence."""
    try:
        name = parser().parse_args().new_password
        if name is not None:
            print(access.new_password(name))
            return
        wanted = settings()
        security.check(wanted)
    except Problem as problem:
        raise SystemExit(str(problem)) from None
    server.serve(lambda: create_app(wanted), wanted)


if __name__ == "__main__":
    main()
