"""The stages in order, and ``run``: the only way anything is computed.

A *recipe* is small JSON: the key of a dataset, and for each stage the algorithm and its settings,
``{"dataset": key, "embedding": {"algorithm": "standard", "settings": {"pca": 50}}, …}``. Walking
it backwards from a stage gives the key of every result; what is stored is never computed again.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import psutil

from pipeline import clustering, editing, embedding, neighbors, projection, quality
from pipeline.algorithm import Algorithm, Settings, suggestion
from pipeline.results import Clusters, Edit, Map, Problem, silent
from pipeline.store import EVERYONE, Damaged, Store, digest
from pipeline.trail import Trail

Recipe = dict[str, Any]

STAGES: dict[str, tuple[Algorithm, ...]] = {
    "embedding": embedding.ALGORITHMS,
    "neighbors": neighbors.ALGORITHMS,
    "projection": projection.ALGORITHMS,
    "clustering": clustering.ALGORITHMS,
    "quality": quality.ALGORITHMS,
}

DAMAGES = 20  # damaged results that one run replaces


class Absent(Exception):
    """A result that is not stored, met while only looking."""


@dataclass(frozen=True)
class Work:
    """How to compute: where results live, who hears of progress, with how many threads."""

    store: Store
    report: Any = silent  # report(fraction, note="", positions=None)
    entered: Any = lambda stage: None  # called with a stage's name when its computing starts
    left: Any = lambda stage, seconds, key: None  # and when it has ended, with its seconds
    threads: int = 1
    compute: bool = True
    mended: Any = lambda: None  # called when a result that was damaged is computed again


def algorithm(stage: str, name: str) -> Algorithm:
    """The algorithm of this name; raises Problem with suggestions when there is none."""
    known = {entry.name: entry for entry in STAGES[stage]}
    if name not in known:
        raise Problem(f"There is no {stage} called “{name}”.{suggestion(name, known)}")
    return known[name]


def run(work: Work, recipe: Recipe, stage: str) -> str:
    """Key of this stage's result, computed with all that it needs unless it is stored; what is damaged is not.

    Raises Problem, also when the dataset is not stored.
    """
    for _ in range(DAMAGES):
        with suppress(Damaged):  # it has been removed, so the next try makes it anew
            key = _run(work, recipe, stage)
            if work.compute:
                work.store.get(key)
            return key
    return _run(work, recipe, stage)


def _run(work: Work, recipe: Recipe, stage: str) -> str:
    if stage == "dataset":
        return _dataset(work, recipe)
    step = recipe[stage]
    entry = algorithm(stage, step["algorithm"])
    if not work.store.has(recipe["dataset"]):
        raise Problem("This dataset is no longer stored. Open the file again.")
    keys = [_source(work, recipe, entry, step, source) for source in _sources(entry, step)]
    settings = _settled(work, entry, step, keys)
    if entry.asks:
        asked = entry.asks(settings, work.store.meta(keys[0])["n"])
        keys.append(_run(work, {**recipe, "neighbors": asked}, "neighbors"))
    key = key_of(work.store, stage, entry, settings, keys, work.threads)
    if step.get("stopped_at") is not None:
        return _stopped(work.store, key, step["stopped_at"])
    if not work.store.has(key):
        _compute(work, stage, entry, settings, keys, key)
    work.store.touch(key)
    for change in step.get("edits", ()):
        key = edited(work.store, key, change)
    return key


def find(store: Store, recipe: Recipe, stage: str, threads: int = 1) -> str | None:
    """Key of this stage's result if it is stored, else None; computes nothing."""
    try:
        return run(Work(store, threads=threads, compute=False), recipe, stage)
    except Absent:
        return None


def settings_of(store: Store, recipe: Recipe, stage: str, threads: int = 1) -> Settings | None:
    """The settled settings of a stage, or None while its source is not stored; raises Problem."""
    entry, step = algorithm(stage, recipe[stage]["algorithm"]), recipe[stage]
    try:
        looking = Work(store, threads=threads, compute=False)
        keys = [_source(looking, recipe, entry, step, source) for source in _sources(entry, step)]
    except Absent:
        return None
    return _settled(looking, entry, step, keys)


def keep(store: Store, recipe: Recipe, stopped: Map, threads: int = 1) -> str:
    """Store the last frame of a stopped projection under a key of its own, and return that key; raises Problem."""
    try:
        return _kept(store, recipe, stopped, threads)
    except Absent:
        raise Problem("What this map was made from is no longer stored. Run the map again.") from None


def _kept(store: Store, recipe: Recipe, stopped: Map, threads: int) -> str:
    entry, step = algorithm("projection", recipe["projection"]["algorithm"]), recipe["projection"]
    looking = Work(store, threads=threads, compute=False)
    keys = [_source(looking, recipe, entry, step, source) for source in _sources(entry, step)]
    settings = _settled(looking, entry, step, keys)
    if entry.asks:
        keys.append(run(looking, {**recipe, "neighbors": entry.asks(settings, stopped.positions.shape[0])}, "neighbors"))
    key = digest(key_of(store, "projection", entry, settings, keys, threads), "stopped", stopped.stopped_at)
    if not store.has(key):
        owner, chain = _history(store, keys, "projection", entry, settings)
        chain[-1]["stopped_at"] = stopped.stopped_at
        store.put(key, stopped, owner=owner, recipe=chain)
    return key


def edited(store: Store, key: str, change: str) -> str:
    """Key of groups after a stored edit of them; an edit of other groups leaves these as they are."""
    edit, groups = store.get(change), store.get(key)
    if not isinstance(edit, Edit) or not isinstance(groups, Clusters) or edit.source != key:
        return key
    made = digest("edited", key, change)
    if not store.has(made):
        step = {"stage": "edit", "algorithm": edit.kind, "version": 1, "settings": {"edit": change, **edit.details}}
        chain = [*store.meta(key)["recipe"], step]
        store.put(made, editing.edited(groups, edit), owner=store.meta(change)["owner"], recipe=chain)
    return made


def key_of(store: Store, stage: str, entry: Algorithm, settings: Settings, keys: list[str], threads: int) -> str:
    """Hash of stage, algorithm, version, settled settings and sources (a dataset counts by its rows)."""
    sources = [_identity(store, key, entry) for key in keys]
    return digest(stage, entry.name, entry.version, settings, sources, threads if entry.threaded and not entry.steady else 0)


def _identity(store: Store, key: str, entry: Algorithm) -> str:
    meta = store.meta(key)
    by_rows = meta["type"] == "Dataset" and not entry.whole_table
    return meta["fields"]["rows_key"] if by_rows else key


def _dataset(work: Work, recipe: Recipe) -> str:
    if not work.store.has(recipe["dataset"]):
        raise Problem("This dataset is no longer stored. Open the file again.")
    return str(recipe["dataset"])


def _sources(entry: Algorithm, step: dict[str, Any]) -> list[str]:
    """Names of the sources that are stages; neighbours are asked for once the settings are settled."""
    chosen = {"on": str(step.get("settings", {}).get("on", "features"))}
    return [chosen.get(source, source) for source in entry.sources if source != "neighbors"]


def _source(work: Work, recipe: Recipe, entry: Algorithm, step: dict[str, Any], source: str) -> str:
    stages = {"dataset": "dataset", "features": "embedding", "map": "projection", "clusters": "clustering"}
    if source == "original":  # the features before initial PCA
        plain = {**recipe["embedding"], "settings": {**recipe["embedding"].get("settings", {}), "pca": None}}
        return _run(work, {**recipe, "embedding": plain}, "embedding")
    if source not in stages:
        raise Problem(f"{entry.title} can work on features or map; got “{source}”.")
    return _run(work, recipe, stages[source])


def _settled(work: Work, entry: Algorithm, step: dict[str, Any], keys: list[str]) -> Settings:
    meta = work.store.meta(keys[0])
    return entry.settle(step.get("settings", {}), meta["n"], meta["d"])


def _stopped(store: Store, key: str, iteration: int) -> str:
    stopped = digest(key, "stopped", iteration)
    if not store.has(stopped):
        raise Problem("This stopped map is no longer stored. Run the map again.")
    return stopped


def _compute(work: Work, stage: str, entry: Algorithm, settings: Settings, keys: list[str], key: str) -> None:
    if not work.compute:
        raise Absent(key)
    if entry.missing():
        raise Problem(entry.missing())
    sources = [work.store.get(source) for source in keys]
    meta = work.store.meta(keys[0])
    _check_memory(entry, meta["n"], meta["d"])
    work.entered(stage)
    if work.store.damaged(key) is not None:
        work.mended()
    owner, chain = _history(work.store, keys, stage, entry, settings)  # now: a source may be evicted during the run
    started = time.perf_counter()
    threads = {"threads": work.threads} if entry.threaded else {}
    trail = Trail(work.report)
    result = entry.run(*sources, **settings, **threads, report=trail.report)
    if isinstance(result, Map):
        result = replace(result, trail=trail.frames())
    seconds = time.perf_counter() - started
    work.store.put(key, result, owner=owner, recipe=chain, seconds=seconds)
    work.left(stage, seconds, key)


def _check_memory(entry: Algorithm, n: int, d: int) -> None:
    needed, free = entry.memory(n, d), psutil.virtual_memory().available
    if needed > free:
        raise Problem(
            f"{entry.title} on {n:,} rows × {d:,} columns needs about {needed / 2**30:.1f} GB of memory and "
            f"{free / 2**30:.1f} GB are free. Use fewer rows, a smaller initial PCA, or another method."
        )


def _history(store: Store, keys: list[str], stage: str, entry: Algorithm, settings: Settings) -> tuple[str, list[dict[str, Any]]]:
    """Owner of the sources, of the first that is not everyone's, and the chain of steps that leads here."""
    chain: list[dict[str, Any]] = []
    for key in keys:
        chain += [step for step in store.meta(key)["recipe"] if step not in chain]
    made = {"stage": stage, "algorithm": entry.name, "version": entry.version, "settings": settings}
    owners = (_owner(store.meta(key), entry) for key in keys)
    return next((owner for owner in owners if owner != EVERYONE), EVERYONE), [*chain, made]


def _owner(meta: dict[str, Any], entry: Algorithm) -> str:
    """Owner of a source of this algorithm: of a dataset's rows, where only they count."""
    rows_owner = meta["fields"].get("details", {}).get("rows_owner") if meta["type"] == "Dataset" else None
    return str(meta["owner"] if entry.whole_table else rows_owner or meta["owner"])
