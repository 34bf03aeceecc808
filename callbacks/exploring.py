"""Features and map: their controls, running, stopping, keeping what a stopped run had reached."""

from __future__ import annotations

from typing import Any

from dash import ALL, MATCH, Dash, Input, Output, State, ctx, no_update

from callbacks import filtering, requests
from callbacks.house import House
from callbacks.records import LIVE
from callbacks.regions import Start, changing
from layouts import controls, ids, status
from pipeline import stages
from pipeline.results import Dataset, Map, Problem

DRAWN = ("embedding", "projection")
CONTROLS = (
    State(ids.setting(ALL, ALL, ALL), "value"), State(ids.setting(ALL, ALL, ALL), "id"),
    State(ids.absent(ALL, ALL, ALL), "value"), State(ids.absent(ALL, ALL, ALL), "id"),
)  # fmt: skip
MADE_FOR = "data-dataset"  # attribute of a panel: the dataset that its controls were drawn for
PROJECTION = (
    Input(ids.setting("projection", ALL, ALL), "value"), State(ids.setting("projection", ALL, ALL), "id"),
    Input(ids.absent("projection", ALL, ALL), "value"), State(ids.absent("projection", ALL, ALL), "id"),
)  # fmt: skip


def register(app: Dash, house: House) -> None:
    """Connect the Features and Map cards."""
    changed, start = Output(ids.CHANGED, "data", allow_duplicate=True), Output(ids.START, "data", allow_duplicate=True)
    here = State(ids.WORKSPACE, "data")
    _register_panels(app, house)

    @app.callback(
        changed, start, Input(ids.EXPLORE, "n_clicks"), Input(ids.RUN, "n_clicks"), Input(ids.DIMENSIONS, "value"),
        State(ids.choice(ALL), "value"), State(ids.choice(ALL), "id"), *CONTROLS, State(ids.panel(ALL), MADE_FOR),
        State(ids.UPLOADED, "data"), here,
        prevent_initial_call=True,
    )  # fmt: skip
    def run(_: Any, __: Any, dimensions: int, names: list[str], places: requests.Ids, *shown: Any) -> tuple[Any, Any]:
        *drawn, made_for, upload, workspace = shown
        if not workspace or (ctx.triggered_id == ids.DIMENSIONS and dimensions == workspace["dimensions"]):
            return no_update, no_update
        steps = {place["stage"]: name for place, name in zip(places, names, strict=True) if place["stage"] in DRAWN}

        def edit(state: dict[str, Any]) -> Start:
            if ctx.triggered_id == ids.EXPLORE and _waits(house, state, upload):
                return None
            if state["dataset"] and set(made_for) != {state["dataset"]}:  # the controls still show the dataset before
                return explore(house, state, state["recipe"])
            return _run(house, state, steps, tuple(drawn), dimensions)

        return changing(house, workspace, edit)

    @app.callback(
        Output(ids.ESTIMATE, "children"), Input(ids.DIMENSIONS, "value"), Input(ids.choice(ALL), "value"),
        State(ids.choice(ALL), "id"), State(ids.DATASET, "data"), *PROJECTION, prevent_initial_call=True,
    )  # fmt: skip
    def estimate(dimensions: int, names: list[str], places: requests.Ids, key: str | None, *drawn: Any) -> str:
        name = next((name for name, place in zip(names, places, strict=True) if place["stage"] == "projection"), None)
        return _estimate(house, key, name, drawn, int(dimensions)) if key and name else ""

    _register_ending(app, house)


def _register_ending(app: Dash, house: House) -> None:
    """Connect stopping a run, and what is to become of its last frame."""
    changed, start = Output(ids.CHANGED, "data", allow_duplicate=True), Output(ids.START, "data", allow_duplicate=True)
    here = State(ids.WORKSPACE, "data")

    @app.callback(changed, Input(ids.STOP, "n_clicks"), here, prevent_initial_call=True)
    def stop(clicks: int | None, workspace: dict[str, Any]) -> Any:
        return changing(house, workspace, lambda state: _stop(house, state))[0] if clicks else no_update

    @app.callback(changed, start, Input(ids.KEEP, "n_clicks"), here, prevent_initial_call=True)
    def keep(clicks: int | None, workspace: dict[str, Any]) -> tuple[Any, Any]:
        return changing(house, workspace, lambda state: _keep(house, state)) if clicks else (no_update, no_update)

    @app.callback(changed, Input(ids.DISCARD, "n_clicks"), here, prevent_initial_call=True)
    def discard(clicks: int | None, workspace: dict[str, Any]) -> Any:
        return changing(house, workspace, back)[0] if clicks else no_update


def explore(house: House, state: dict[str, Any], recipe: stages.Recipe, yields: bool = False) -> Start:
    """Show the map of this recipe: at once if it is stored, else as a job that is to be started.

    A run under way that comes to the same map goes on; any other ends.
    """
    check(house, recipe)
    record = house.records.read(state["jobs"].get("explore", ""))
    if record and record["state"] in LIVE and _settled(house, record["request"]["recipe"]) == _settled(house, recipe):
        return None
    leave(house, state)
    state["stopped"], state["live"], state["problem"], state["dimensions"] = None, None, "", _dimensions(recipe)
    found = requests.explored(house, recipe)
    if found is None:
        return requests.ask(house, state, "explore", {"recipe": recipe}, yields)
    shown(house, state, recipe, found)
    state["said"] = "This map was computed before: shown at once."
    return None


def _settled(house: House, recipe: stages.Recipe) -> list[Any]:
    """What a map comes from, with the defaults of settings that are left out once they are known."""
    steps = [recipe[stage] for stage in DRAWN]
    known = [stages.settings_of(house.store, recipe, stage, house.threads) for stage in DRAWN]
    parts = [(s["algorithm"], s.get("stopped_at"), each or s["settings"]) for s, each in zip(steps, known, strict=True)]
    return [recipe["dataset"], *parts]


def leave(house: House, state: dict[str, Any], lane: str = "explore") -> None:
    """End the job that the page follows in this lane."""
    let_go(house, state, state["jobs"].pop(lane, ""))


def let_go(house: House, state: dict[str, Any], job: str) -> None:
    """End a job that the page follows no more.

    One that yields goes on, out of the way, for the next page; one that another page follows goes on for that.
    """
    record = house.records.read(job)
    if record and not record["yields"] and not house.records.shared(record["key"], state["id"]):
        house.records.stop(record["key"])


def check(house: House, recipe: stages.Recipe) -> None:
    """Refuse settings that are not allowed before a worker is asked for; raises Problem."""
    for stage in DRAWN:
        stages.settings_of(house.store, recipe, stage, house.threads)


def shown(house: House, state: dict[str, Any], recipe: stages.Recipe, found: dict[str, str]) -> None:
    """Show what an exploration has made so far; groups of other features or of another map go."""
    before = dict(state["results"])
    state["results"] = {**found} | ({"labels": before["labels"]} if before.get("labels") else {})
    clustering = state["recipe"].get("clustering")
    kept = {part: state["recipe"][part] for part in ("clustering", "labels") if part in state["recipe"] and part not in recipe}
    state["recipe"] = {**recipe, **kept, "dataset": state["dataset"]}  # labels may have come meanwhile
    if found.get("projection"):
        state["live"] = None
        state["dimensions"] = house.store.meta(found["projection"])["d"]  # a map from a file has as many as it has
    if before.get("clustering") and clustering and found.get("projection"):
        state["results"] |= requests.grouped(house, state["recipe"])
    if state["results"].get("clustering") != before.get("clustering"):
        filtering.without_groups(state)


def _register_panels(app: Dash, house: House) -> None:
    @app.callback(
        Output(ids.choice_place(MATCH), "children"), Input(ids.DATASET, "data"), Input(ids.RESTORED, "data"),
        State(ids.WORKSPACE, "data"), State(ids.choice_place(MATCH), "id"),
    )  # fmt: skip
    def choice(key: str | None, restored: int | None, workspace: dict[str, Any] | None, place: dict[str, str]) -> Any:
        stage = place["stage"]
        offered = [entry for entry in stages.STAGES[stage] if key and _suits(house.dataset(key), entry.name)]
        asked = ((workspace or {}).get("recipe") or {}).get(stage) or {}
        return controls.chooser(stage, offered, asked.get("algorithm") or offered[0].name) if offered else None

    @app.callback(
        Output(ids.panel(MATCH), "children"), Output(ids.panel(MATCH), MADE_FOR), Input(ids.choice(MATCH), "value"),
        Input(ids.reset(MATCH, ALL), "n_clicks"),
        State(ids.choice(MATCH), "id"), State(ids.DATASET, "data"), State(ids.WORKSPACE, "data"), prevent_initial_call=True,
    )  # fmt: skip
    def panel(name: str, clicks: list[int | None], place: dict[str, str], key: str | None, workspace: Any) -> tuple[Any, Any]:
        stage, cleared = place["stage"], ctx.triggered_id != place
        if not key or not name or (cleared and not any(clicks)):
            return no_update, no_update
        asked = {} if cleared else ((workspace or {}).get("recipe") or {}).get(stage) or {}
        values = asked.get("settings", {}) if asked.get("algorithm") == name else {}
        n, d = house.dataset(key).rows.shape
        return controls.panel(stage, stages.algorithm(stage, name), n, d, values, without=("dimensions",)), key


def _suits(dataset: Dataset, name: str) -> bool:
    return name != "given" or bool(dataset.details.get("positions"))


def _dimensions(recipe: stages.Recipe) -> int:
    return int(recipe.get("projection", {}).get("settings", {}).get("dimensions", 2))


def _estimate(house: House, key: str, name: str, drawn: tuple[Any, ...], dimensions: int) -> str:
    """How long the map would take with these controls; nothing while they are not allowed."""
    entry, (n, d) = stages.algorithm("projection", name), house.dataset(key).rows.shape
    try:
        settings = entry.settle(requests.step("projection", name, drawn)["settings"], n, d)
    except Problem:
        return ""
    if "dimensions" not in settings or dimensions == 2:
        return status.estimate(entry.seconds(n, d, settings), None)
    return status.estimate(entry.seconds(n, d, settings | {"dimensions": dimensions}), entry.seconds(n, d, settings))


def _waits(house: House, state: dict[str, Any], upload: dict[str, Any] | None) -> bool:
    """Whether Explore has to wait: until a file has been read, or until a person knows that it could not be."""
    if state["jobs"].get("open") or (upload and upload["at"] != state["upload"]):
        state["then"] = "explore"  # once it has been read
        return True
    name, state["refused"] = state["refused"], ""
    if name and state["dataset"]:
        still = house.dataset(state["dataset"]).name
        state["problem"] = (
            f"{name} could not be read; {still} is still open. Press Explore again to explore {still}, or choose a file."
        )
    return bool(name and state["dataset"])


def _run(house: House, state: dict[str, Any], chosen: dict[str, str], drawn: tuple[Any, ...], dimensions: int) -> Start:
    if not state["dataset"]:
        raise Problem("Choose a data file or a sample first.")
    recipe: stages.Recipe = {"dataset": state["dataset"]}
    for stage, name in chosen.items():
        recipe[stage] = requests.step(stage, name, drawn)
    if any(p.name == "dimensions" for p in stages.algorithm("projection", chosen["projection"]).parameters):
        recipe["projection"]["settings"]["dimensions"] = int(dimensions)
    return explore(house, state, recipe)


def _stop(house: House, state: dict[str, Any]) -> None:
    job = state["jobs"].pop("explore", None)
    if job:
        house.records.stop(job)
        stopped(house, state, job)


def stopped(house: House, state: dict[str, Any], job: str) -> None:
    """Show how a run stands that was stopped: with a finished map, with a frame to keep, or with nothing."""
    record = house.records.read(job) or {}
    if (record.get("results") or {}).get("projection"):
        shown(house, state, record["request"]["recipe"], record["results"])
        state["said"] = "Stopped while the map was being measured; the map itself is finished."
    elif house.records.frame(job) is None:
        back(state)
        state["said"] = "Stopped before there was anything to keep."
    else:
        state["stopped"] = {"job": job, "recipe": record["request"]["recipe"]}


def _keep(house: House, state: dict[str, Any]) -> Start:
    stopped = state["stopped"] or {}
    frame = house.records.frame(stopped.get("job", "")) if stopped else None
    if frame is None:
        raise Problem("The last frame of this run is no longer there. Run the map again.")
    record = house.records.read(stopped["job"])
    kept = Map(frame[1], stopped_at=int(record["shown"] or frame[0]), details={"stopped": True})
    key = stages.keep(house.store, stopped["recipe"], kept, house.threads)
    step = {**stopped["recipe"]["projection"], "stopped_at": kept.stopped_at}
    state["stopped"], state["live"] = None, None
    state["results"] = {name: made for name, made in state["results"].items() if name == "labels"} | {"projection": key}
    return explore(house, state, {**stopped["recipe"], "projection": step})


def back(state: dict[str, Any]) -> None:
    """Show again the map that was there before the run."""
    state["stopped"], state["live"] = None, None
    state["dimensions"] = _dimensions(state["recipe"])
