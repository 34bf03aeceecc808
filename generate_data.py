"""Well-known data sets as CSV, downloaded or made here.

python generate_data.py mnist 3000 writes data/mnist_3000_input.csv (a flattened picture a row,
pixels from 0 to 1) and data/mnist_3000_labels.csv (a label a row).
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.algorithm import Parameter, suggestion
from pipeline.results import Problem
from pipeline.samples.downloaded import DOWNLOADED, load
from pipeline.samples.made import DRAWN, TABLES, table
from pipeline.visible import visible

SAMPLE_SIZE = 3_000  # or all rows of a smaller set
MOST_POINTS = 1_000_000
MOST_NUMBERS = 200_000_000  # points × columns, as many as the app reads
HIGHEST_SEED = 2**32 - 1  # what scikit-learn's drawn sets take
DIGITS = 12  # of a number that is worth reading as one
NAMES = (*DOWNLOADED, *TABLES, *DRAWN)
ALIASES = {
    "mnist_digits": "mnist",
    "mnistdigits": "mnist",
    "fashion": "fashion_mnist",
    "fashionmnist": "fashion_mnist",
    "cifar": "cifar10",
    "cifar_10": "cifar10",
    "cifargray": "cifar_gray",
    "cifar10_gray": "cifar_gray",
    "cifar10gray": "cifar_gray",
    "breastcancer": "breast_cancer",
    "swissroll": "swiss_roll",
}
SETTINGS: dict[str, Parameter] = {p.name: p for drawn in DRAWN.values() for p in drawn.parameters}

Sample = tuple[list[str], np.ndarray, list[str]]  # column names, values (n, d), labels


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 when both files are written, 2 with a sentence on stderr when they cannot be."""
    given = parser().parse_args(arguments)
    try:
        name = known_name(given.dataset)
        files = write(given.out, name, *generate(name, given))
    except Problem as problem:
        print(visible(str(problem)), file=sys.stderr)
        return 2
    print(f"Wrote {files[0]} and {files[1]}.")
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line; the settings of drawn sets come from their parameters."""
    made = argparse.ArgumentParser(prog="generate_data.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    made.add_argument("dataset", help=f"one of {', '.join(NAMES)}")
    made.add_argument("sample_size", nargs="?", help=f"how many rows (default: {SAMPLE_SIZE:,}, or all of a smaller set)")
    made.add_argument("--seed", default="0", help="the same seed gives the same rows (default: 0)")
    made.add_argument("--out", type=Path, default=Path(__file__).parent / "data", help="folder to write to (default: data)")
    made.add_argument("--base-url", help="another server that has the same files")
    made.add_argument("--cache-dir", type=Path, help="where downloads are kept (default: the user's cache)")
    for name, parameter in SETTINGS.items():
        users = ", ".join(user for user, drawn in DRAWN.items() if parameter in drawn.parameters)
        made.add_argument(f"--{name}", help=f"{users}: {parameter.help} (default: {parameter.default})")
    return made


def known_name(given: str) -> str:
    """Name of the data set that is meant, whatever its case; raises Problem with suggestions."""
    name = given.lower().replace("-", "_").replace(" ", "_")
    name = ALIASES.get(name, name)
    if name not in NAMES:
        raise Problem(f"There is no data set called “{given}”.{suggestion(name, NAMES)}")
    return name


def generate(name: str, given: argparse.Namespace) -> Sample:
    """The sample asked for; raises Problem when it cannot be made."""
    size, seed = sample_size(given.sample_size), seed_of(given.seed)
    settings = {setting: getattr(given, setting) for setting in SETTINGS if getattr(given, setting) is not None}
    if name in DRAWN:
        return drawn(name, size, seed, settings)
    if settings:
        raise Problem(f"{name} has no setting “{next(iter(settings))}”: its rows are given.")
    if name in TABLES:
        columns, rows, labels = table(name)
        chosen = sample(name, len(rows), size, seed)
        return columns, rows[chosen], [labels[row] for row in chosen]
    pictures, codes = load(DOWNLOADED[name], given.base_url, given.cache_dir or cache(), say)
    chosen = sample(name, len(pictures), size, seed)
    columns = [str(pixel) for pixel in range(pictures.shape[1])]
    return columns, pictures[chosen].astype(np.float32) / 255, [DOWNLOADED[name].names[code] for code in codes[chosen]]


def drawn(name: str, size: int | None, seed: int, given: dict[str, Any]) -> Sample:
    """Points at random, as many as are asked for."""
    known = {parameter.name: parameter for parameter in DRAWN[name].parameters}
    for setting in given:
        if setting not in known:
            raise Problem(f"{name} has no setting “{setting}”; it has {', '.join(known)}.")
    size = SAMPLE_SIZE if size is None else size
    if size > MOST_POINTS:
        raise Problem(f"{size:,} points were asked for: ask for at most {MOST_POINTS:,}.")
    settings = {setting: p.settled(given.get(setting, p.default), size, 0) for setting, p in known.items()}
    if size * settings.get("columns", 1) > MOST_NUMBERS:
        most = MOST_NUMBERS // settings["columns"]
        raise Problem(f"{size:,} points of {settings['columns']:,} columns were asked for: ask for at most {most:,} points.")
    rows, labels = DRAWN[name].make(size, seed=seed, **settings)
    return [f"x{column + 1}" for column in range(rows.shape[1])], rows, labels


def sample_size(text: str | None) -> int | None:
    """Number of rows asked for, None when it was left open; raises Problem."""
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and text.strip("0")):
        raise Problem(f"The sample size must be a whole number above 0; got {_short(text)}.")
    if len(text) > DIGITS:
        raise Problem(f"{_short(text)} rows were asked for: ask for at most {MOST_POINTS:,}.")
    return int(text)


def seed_of(text: str) -> int:
    """The seed; raises Problem when it is not one."""
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS and int(text) <= HIGHEST_SEED):
        raise Problem(f"The seed must be a whole number between 0 and {HIGHEST_SEED:,}; got {_short(text)}.")
    return int(text)


def _short(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:20]}…"


def sample(name: str, there: int, size: int | None, seed: int) -> np.ndarray:
    """Row numbers of the sample; with one seed, a small sample is the beginning of a larger one."""
    size = min(SAMPLE_SIZE, there) if size is None else size
    if size > there:
        raise Problem(f"{name} has {there:,} rows and {size:,} were asked for: ask for at most {there:,}.")
    return np.arange(there) if size == there else np.random.default_rng(seed).permutation(there)[:size]


def write(folder: Path, name: str, columns: list[str], rows: np.ndarray, labels: list[str]) -> tuple[Path, Path]:
    """Paths of the two files; an interrupted run leaves none of half its length."""
    import polars as pl

    tables = {"input": pl.from_numpy(rows, schema=columns), "labels": pl.DataFrame({"0": labels})}
    files = [folder / f"{name}_{len(rows)}_{part}.csv" for part in tables]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in zip(files, tables.values(), strict=True):
            content.write_csv(file.with_suffix(".part"))
            os.replace(file.with_suffix(".part"), file)
    except OSError as error:
        raise Problem(f"Nothing can be written to {folder}: {error.strerror}. Name another folder with --out.") from error
    return files[0], files[1]


def cache() -> Path:
    """Folder in which downloads are kept."""
    import pooch

    return Path(pooch.os_cache("cluster-explorer")) / "downloads"


def say(sentence: str) -> None:
    """Tell something on stderr, between progress bars."""
    print(sentence, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
