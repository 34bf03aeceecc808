"""A map and its groups from the shell: ``python -m pipeline FILE --out DIR``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from tqdm import tqdm

from layouts import figures, standalone
from pipeline import embedding, exporting, loading, stages
from pipeline.algorithm import Parameter, Settings
from pipeline.loading import url
from pipeline.loading.reach import Rules
from pipeline.results import Clusters, Dataset, Map, Problem
from pipeline.store import Store, digest
from pipeline.visible import visible

CHOSEN = ("embedding", "projection", "clustering")  # stages that have an option
BAR = "{desc} {bar} {percentage:3.0f} % {elapsed}"
PARTS = ("points.csv", "report.json", "map.html")


@dataclass(frozen=True)
class Outcome:
    """Everything that is written: results, and how they were made."""

    dataset: Dataset
    map: Map
    clusters: Clusters
    report: dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 when the files are written, 2 with a sentence on stderr when there is a Problem."""
    given = parser().parse_args(arguments)
    try:
        with ExitStack() as stack:
            apart(given)
            writable(given.out, "--out", PARTS)
            if given.cache_dir:
                writable(given.cache_dir, "--cache-dir")
            folder = given.cache_dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cluster-explorer-")))
            bar = stack.enter_context(tqdm(total=100, delay=0.5, leave=False, bar_format=BAR))
            write(given.out, compute(given, Store(folder), bar))
    except Problem as problem:
        print(visible(str(problem)), file=sys.stderr)
        return 2
    print(f"Wrote points.csv, report.json and map.html to {given.out}.")
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line, with every algorithm and setting in its help."""
    shape = argparse.RawDescriptionHelpFormatter
    made = argparse.ArgumentParser("python -m pipeline", description=__doc__, epilog=_catalogue(), formatter_class=shape)
    kinds = "the table (CSV, Excel, Parquet, NumPy), or pictures (a zip or a folder)"
    made.add_argument("file", help=f"{kinds}; its https:// address will do")
    made.add_argument("--labels", type=Path, help="a file with one label a row")
    for stage in CHOSEN:
        made.add_argument(f"--{stage}", nargs="+", metavar=("NAME", "setting=value"), help="see below")
    made.add_argument("--seed", default="0", help="for every stage that has one (default: 0)")
    made.add_argument("--cache-dir", type=Path, help="keep results here and use those that are here already")
    made.add_argument("--out", type=Path, required=True, help="folder for points.csv, report.json and map.html")
    return made


def compute(given: argparse.Namespace, store: Store, bar: tqdm[Any]) -> Outcome:
    """All results, each stage's seconds and scores."""
    seconds: defaultdict[str, float] = defaultdict(float)

    def left(stage: str, taken: float, key: str) -> None:
        seconds[stage] += taken

    def heard(fraction: float, note: str = "", positions: Any = None) -> None:
        bar.set_description_str(f"{visible(note)[:50]:50}", refresh=False)
        bar.update(100 * fraction - bar.n)

    work = stages.Work(store, heard, lambda stage: bar.reset(), left, psutil.cpu_count() or 1)
    chosen = {stage: _step(stage, getattr(given, stage)) for stage in CHOSEN if getattr(given, stage)}
    key = load(given, work)
    dataset: Any = store.get(key)
    recipe = {"dataset": key, **_seeded(_defaults(dataset) | chosen, given.seed), "quality": {"algorithm": "preservation"}}
    found = {stage: stages.run(work, recipe, stage) for stage in ("projection", "clustering")}
    made = dict(seconds)  # before the scores, which scale the original columns once more
    found["quality"] = stages.run(work, recipe, "quality")
    results: dict[str, Any] = {stage: store.get(result) for stage, result in found.items()}
    steps = store.meta(found["projection"])["recipe"] + store.meta(found["clustering"])["recipe"]
    scores = {stage: result.details for stage, result in results.items()}
    report = exporting.report(dataset, steps, made, scores)
    return Outcome(dataset, results["projection"], results["clustering"], report)


def load(given: argparse.Namespace, work: stages.Work) -> str:
    """Key of the dataset, which a process of its own with bounded memory reads unless it is stored."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="cluster-explorer-") as folder:
        file, name, source = _file(given.file, Path(folder), work.report)
        labels = [given.labels] if given.labels else []
        names = [name, *(_name(each) for each in labels)]
        key = digest("dataset", *names, *(loading.fingerprint(each) for each in (file, *labels)))
        if not work.store.has(key):
            settled: dict[str, Any] = {"choices": {}, "root": "everyone", "limits": loading.Limits(), "report": work.report}
            dataset = loading.load_bounded(file, name, labels=given.labels, **settled)
            dataset = url.stamped(dataset, source) if source else dataset
            work.store.put(key, dataset, owner="everyone", recipe=[])
            work.left("loading", time.perf_counter() - started, key)
    return key


def apart(given: argparse.Namespace) -> None:
    """Raise Problem when a file that is read would be written over."""
    for read in filter(Path.exists, (Path(given.file), given.labels or Path(given.file))):
        for part in PARTS:
            if (given.out / part).exists() and (given.out / part).samefile(read):
                raise Problem(f"{part} would be written over {read}, which is read. Name another folder with --out.")


def writable(folder: Path, option: str, parts: tuple[str, ...] = ()) -> None:
    """Raise Problem when these files could not be written there; tried before hours of work, and nothing is left behind."""
    new = [each for each in (folder, *folder.parents) if not each.exists()]  # the innermost first
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            for part in parts:
                if (folder / part).exists():
                    (folder / part).open("ab").close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Problem(f"Nothing can be written to {folder}: {reason}. Name another folder with {option}.") from error
    finally:
        for each in new:
            with suppress(OSError):
                each.rmdir()


def write(folder: Path, outcome: Outcome) -> None:
    """Write the three files, each whole or not at all; raises Problem when the folder cannot be written."""
    points = exporting.points_csv(outcome.dataset, outcome.map, outcome.clusters)
    report = json.dumps(outcome.report, indent=2, ensure_ascii=False) + "\n"
    contents: tuple[Iterable[bytes], ...] = (points, [report.encode()], [_page(outcome).encode()])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as half:
            for part, blocks in zip(PARTS, contents, strict=True):
                with (Path(half) / part).open("wb") as file:
                    file.writelines(blocks)
            for part in PARTS:
                (Path(half) / part).replace(folder / part)
    except OSError as error:
        raise Problem(f"Nothing can be written to {folder}: {error.strerror}. Name another folder with --out.") from error


def _page(outcome: Outcome) -> str:
    dataset, labels, target = outcome.dataset, outcome.clusters.labels, outcome.dataset.target
    colours = None
    if target is None:
        codes, names, none = labels, [f"Cluster {code}" for code in range(labels.max() + 1)], "Noise"
    elif target.kind == "class":
        codes, names, none = target.codes, list(target.names), "No label"
    else:
        (codes, names, colours), none = figures.steps(target.values), "No value"
    coloured, more = (codes, names, colours), [("cluster", labels)]
    return standalone.whole(dataset, outcome.map.positions, coloured, none, _caption(outcome), more)


def _caption(outcome: Outcome) -> str:
    """One line on how the map was made."""
    recipe, kept = outcome.report["recipe"], outcome.report["scores"]["quality"]["preserved"]
    made, groups = (stages.algorithm(stage, recipe[stage]["algorithm"]) for stage in ("projection", "clustering"))
    usual = [parameter for parameter in made.parameters if parameter.usual]
    settings = ", ".join(f"{p.label.lower()} {recipe['projection']['settings'][p.name]}" for p in usual)
    rows = f"{recipe['dataset']['rows']:,} rows × {recipe['dataset']['columns']:,} columns"
    return f"{rows} · {made.title} ({settings}) · clusters by {groups.title} · {kept:.0%} of the 15 nearest kept"


def _step(stage: str, words: list[str]) -> Settings:
    """Algorithm and settings from words like ``tsne perplexity=50``."""
    name, *pairs = words
    for pair in pairs:
        if "=" not in pair:
            raise Problem(f"A setting is written name=value; --{stage} {name} got “{pair}”.")
    return {"algorithm": stages.algorithm(stage, name).name, "settings": dict(pair.split("=", 1) for pair in pairs)}


def _defaults(dataset: Dataset) -> Settings:
    """What the page proposes: t-SNE (PCA where t-SNE cannot run) and k-means."""
    tsne = stages.algorithm("projection", "tsne")
    projection = "pca" if tsne.refuses(*dataset.rows.shape) else "tsne"
    return {
        "embedding": embedding.suggested(dataset),
        "projection": {"algorithm": projection},
        "clustering": {"algorithm": "kmeans"},
    }


def _seeded(chosen: Settings, seed: str) -> Settings:
    """The steps with the seed wherever there is one and the stage itself names none."""
    made = {}
    for stage, step in chosen.items():
        settings = dict(step.get("settings", {}))
        if "seed" in {parameter.name for parameter in stages.algorithm(stage, step["algorithm"]).parameters}:
            settings.setdefault("seed", seed)
        made[stage] = {**step, "settings": settings}
    return made


def _file(word: str, folder: Path, report: Any) -> tuple[Path, str, dict[str, Any]]:
    """The file that is meant, its name, and where it comes from if it was an address; what is fetched lies in the folder."""
    if not word.lower().startswith(("http://", "https://")):
        return Path(word), _name(Path(word)), {}
    with (folder / "file").open("wb") as file:
        found = url.fetch(url.address_of(word), file, Rules(), report)
    return folder / "file", found.name, found.source


def _name(file: Path) -> str:
    return file.name or file.resolve().name  # of the folder “.”


def _catalogue() -> str:
    lines = []
    for stage in CHOSEN:
        lines.append(f"--{stage} NAME [setting=value …]")
        for entry in stages.STAGES[stage]:
            lines.append(f"  {entry.name:12} {entry.title}")
            lines += [f"    {parameter.name:20} {_allowed(parameter)}" for parameter in entry.parameters]
    return "\n".join(lines)


def _allowed(parameter: Parameter) -> str:
    return " | ".join(str(value) for value, _ in parameter.choices) or parameter.label.lower()


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait starve a busy machine
    sys.exit(main())
