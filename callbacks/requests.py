"""From the controls on the page to a recipe, and from a recipe to a job that a worker is asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from callbacks.house import EVERYONE, House
from pipeline import stages
from pipeline.results import Problem

Ids = Sequence[dict[str, Any]]


def step(stage: str, algorithm: str, controls: tuple[Sequence[Any], Ids, Sequence[Any], Ids]) -> dict[str, Any]:
    """The step of a recipe that the controls of a stage show: algorithm and settings.

    ``controls`` are the values and ids of all settings and of all none/auto switches on the page.
    """
    values, names, switches, switch_names = controls
    settings = {n["name"]: v for v, n in zip(values, names, strict=True) if _of(n, stage, algorithm)}
    for on, name in zip(switches, switch_names, strict=True):
        if on and _of(name, stage, algorithm):
            settings[name["name"]] = None
    known = {parameter.name: parameter for parameter in stages.algorithm(stage, algorithm).parameters}
    empty = [known[name].label for name, value in settings.items() if value is None and not known[name].absent]
    if empty:
        raise Problem(f"{empty[0]} is empty or outside its limits. Set it again, or reset to defaults.")
    return {"algorithm": algorithm, "settings": settings}


def _of(name: dict[str, Any], stage: str, algorithm: str) -> bool:
    return name["stage"] == stage and name["algorithm"] == algorithm


def explored(house: House, recipe: stages.Recipe) -> dict[str, str] | None:
    """Keys of the features, the map and its quality if everything is stored already and whole, else None."""
    found: dict[str, str] = {}
    for stage, asked in wanted(recipe).items():
        key = stages.find(house.store, asked, stage.split(".")[0], house.threads)
        if key is None or (stage != "embedding" and not house.store.sound(key)):
            return None
        found[stage] = key
    return found


def wanted(recipe: stages.Recipe) -> dict[str, stages.Recipe]:
    """What an exploration makes, in order: stage (with the name of a quality figure) → recipe for it."""
    quality = {name: {**recipe, "quality": {"algorithm": name, "settings": {}}} for name in ("preservation", "proposal")}
    return {"embedding": recipe, "projection": recipe} | {f"quality.{name}": asked for name, asked in quality.items()}


def grouping(recipe: stages.Recipe) -> dict[str, stages.Recipe]:
    """What grouping makes, in order: the groups, how good they are, and the curve that helps to choose the setting."""
    step = recipe["clustering"]
    on = {"on": step["settings"].get("on", "features")}
    curves = {
        "dbscan": {"distances": on | {"min_samples": step["settings"].get("min_samples", 5)}},
        "hdbscan": {"sweep": on},
    }
    wanted = {"agreement": {}} | curves.get(step["algorithm"], {})
    quality = {f"quality.{name}": {**recipe, "quality": {"algorithm": name, "settings": s}} for name, s in wanted.items()}
    return {"clustering": recipe, **quality}


def grouped(house: House, recipe: stages.Recipe) -> dict[str, str]:
    """Keys of what is stored of that."""
    found = {name: stages.find(house.store, asked, name.split(".")[0], house.threads) for name, asked in grouping(recipe).items()}
    return {name: key for name, key in found.items() if key and house.store.sound(key)}


def uncalled(house: House, jobs: dict[str, str], patience: float = 0.0) -> dict[str, str] | None:
    """A job that no worker has been called for in this time: the page that asked for it went, or lost what it was to start."""
    waiting = (lane for lane, key in jobs.items() if house.records.waits(key, patience))
    return next(({"job": jobs[lane], "lane": lane} for lane in waiting), None)


def origin(house: House, key: str) -> dict[str, Any] | None:
    """What was asked when a dataset was read that has since been removed as damaged, if that is known, else None."""
    known = None if house.store.has(key) else house.store.damaged(key)
    steps = (known or {}).get("recipe") or [{}]
    request: dict[str, Any] | None = steps[0].get("request")
    return request


def ask(house: House, state: dict[str, Any], lane: str, request: dict[str, Any], yields: bool = False) -> dict[str, str]:
    """Put a job of this lane into the queue for this page; returns what the page is to start.

    What the worker reads is the record; the browser only ever learns the key.
    """
    owner = EVERYONE if request.get("path") else house.owner()
    key = house.records.queue(lane, owner, request, page=state["id"], yields=yields)
    state["jobs"][lane], state["problem"], state["said"] = key, "", ""
    return {"job": key, "lane": lane}
