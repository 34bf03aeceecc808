"""Measure everything: ``make bench``, or ``make bench ARGS=--quick`` for small sizes that write nothing."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.methods import METHODS

FULL = (("digits", 1_797), ("mnist", 10_000), ("mnist", 70_000))
QUICK = (("digits", 600), ("mnist", 1_000))
LIBRARIES = ("openTSNE", "umap-learn", "scikit-learn", "numpy", "faiss-cpu")
STAGES = ("embedding", "neighbors", "projection", "clustering")
SLOW = {"t-SNE, scikit-learn": 10_000}  # rows above which a method takes too long to be measured
LIMIT = 1_800  # seconds for one measurement
HEADER = (
    "| data | method | features s | neighbours s | map s | groups s | total s | peak MB | neighbours kept | accuracy | Rand |",
    "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
)


def main(arguments: list[str] | None = None) -> None:
    """Print the table, and write it to docs/ when the sizes are the full ones."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes; writes nothing")
    parser.add_argument("--out", type=Path, help="folder for performance.md and performance.json (default: docs)")
    given = parser.parse_args(arguments)
    print(*HEADER, sep="\n", flush=True)
    found: list[dict[str, Any]] = []
    out = given.out or (None if given.quick else Path(__file__).parents[1] / "docs")
    for data, n in QUICK if given.quick else FULL:
        for method in METHODS:
            if n > SLOW.get(method, n):
                continue
            found.append(measured(data, n, method))
            print(line(found[-1]), flush=True)
            if out:  # what has been measured stays, even if the rest is broken off
                write(out, found, "python -m benchmarks" + (" --quick" if given.quick else ""))


def measured(data: str, n: int, method: str) -> dict[str, Any]:
    """One measurement in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.one", data, str(n), method]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=LIMIT, check=True, cwd=Path(__file__).parents[1])
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def line(result: dict[str, Any]) -> str:
    """One measurement as a line of the table."""
    seconds = result["seconds"]
    name, total, memory = f"{result['data']} {result['rows']:,}", f"{sum(seconds.values()):.2f}", f"{result['megabytes']:.0f}"
    stages = [f"{seconds[stage]:.2f}" if stage in seconds else "" for stage in STAGES]
    quality = [f"{result[measure]:.3f}" if measure in result else "" for measure in ("kept", "accuracy", "rand")]
    return f"| {' | '.join([name, result['method'], *stages, total, memory, *quality])} |"


def write(folder: Path, found: list[dict[str, Any]], command: str) -> None:
    """Write performance.md and performance.json."""
    about = {"command": command, "date": time.strftime("%Y-%m-%d"), **machine()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "performance.json").write_text(json.dumps({**about, "measurements": found}, indent=1) + "\n")
    told = "\n".join(f"- {name}: {value}" for name, value in about.items())
    (folder / "performance.md").write_text(TEXT.format(about=told, table="\n".join([*HEADER, *map(line, found)])))


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    names = [row.split(":")[1].strip() for row in _lines(Path("/proc/cpuinfo")) if row.startswith("model name")]
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
    return {
        "machine": f"{names[0] if names else platform.machine()}, {psutil.cpu_count()} cores, {memory:.0f} GB",
        "system": f"{platform.system()}, Python {platform.python_version()}",
        "versions": versions,
    }


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


TEXT = """# Performance

`make bench` measures this table anew.

{about}

Every line is a fresh process; a first run on 200 rows, which imports and compiles as the app's workers have done
before, is not counted. A line without a library's name is ours, with the defaults of the page. A line with a name is
that library's own defaults, on scikit-learn's 50 principal components; ours start from 50 components too. *Peak MB* is
the largest memory of the whole process. *Neighbours kept* is the share of each sample's 15 nearest neighbours in the
pixels that are among its 15 nearest on the map (2,000 samples against all). *Accuracy* asks each sample's 5 nearest
on the map for its class. *Rand* is the adjusted Rand index of the groups against the classes.

{table}
"""

if __name__ == "__main__":
    main()
