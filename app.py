"""Cluster Explorer: ``python app.py [FILE]`` serves the page on http://127.0.0.1:8050."""

from __future__ import annotations

import argparse
import importlib
from functools import partial
from pathlib import Path

from dash import Dash

from callbacks import REGIONS, security, server
from callbacks.house import House
from callbacks.jobs import JobManager
from callbacks.settings import SLOTS, Settings, fair_threads, usual_cache
from layouts import page


def create_app(settings: Settings) -> Dash:
    """The whole app, ready to be served; who makes one ends its jobs too."""
    house = House(settings)
    jobs = JobManager(house)
    app = Dash(
        __name__, title="Cluster Explorer", update_title=None, background_callback_manager=jobs, enable_mcp=False,
        suppress_callback_exceptions=True, on_error=security.told(settings), serve_locally=True, index_string=page.INDEX,
    )  # fmt: skip
    security.protect(app.server, settings)
    app.layout = partial(page.page, addresses=settings.fetches)
    for region in REGIONS:
        importlib.import_module(f"callbacks.{region}").register(app, house)
    security.seal(app)
    server.prepare(app, house, jobs)
    return app


def settings(arguments: list[str] | None = None) -> Settings:
    """The settings that a command line asks for."""
    given = vars(parser().parse_args(arguments))
    given["threads"] = given["threads"] or fair_threads(given["slots"])
    given["max_upload"] *= 2**20
    return Settings(**given)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser("python app.py", description="See the groups in your data, in the browser.")
    made.add_argument("file", nargs="?", type=_data, help="a table, or a zip or a folder of pictures, to open straight away")
    made.add_argument("--labels", type=_file, help="a file with one label a row, for FILE")
    made.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    made.add_argument("--port", type=int, default=8050, help="port to listen on (default: 8050)")
    made.add_argument("--data-dir", type=Path, default=Path("data"), help="its files are offered too (default: data)")
    made.add_argument("--cache-dir", type=Path, default=usual_cache(), help="where results are kept (default: %(default)s)")
    made.add_argument("--slots", type=_positive, default=SLOTS, help="maps that are computed at once (default: %(default)s)")
    made.add_argument("--threads", type=_positive, help="threads of one run (default: cores ÷ slots)")
    made.add_argument("--allow-urls", action="store_true", help="fetch files from addresses with any --host too")
    made.add_argument("--max-upload", type=_positive, default=512, metavar="MB", help="largest file taken (default: 512 MB)")
    return made


def _file(word: str) -> Path:
    path = Path(word).absolute()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {word}")
    return path


def _data(word: str) -> Path:
    folder = Path(word).resolve()
    return folder if folder.is_dir() else _file(word)


def _positive(word: str) -> int:
    if not word.isdigit() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word} is not a whole number above 0")
    return int(word)


if __name__ == "__main__":
    wanted = settings()
    server.serve(lambda: create_app(wanted), wanted)
