"""Groups: the clusterer's controls start it when they are let go; the tray shows what was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from dash import ALL, Dash, Input, Output, State, no_update

from callbacks import exploring, filtering, requests
from callbacks.house import House
from callbacks.regions import Start, changing
from layouts import clusters, figures, ids, marks
from pipeline import stages
from pipeline.results import Clusters, Dataset, Problem

DRAWN = "data-clusters"  # attribute of the cards: the dataset and the groups that they show
GROUPS = ("clustering", "quality.agreement", "quality.distances", "quality.sweep")
SETTINGS = ids.setting("clustering", ALL, ALL)
SWITCHES = ids.absent("clustering", ALL, ALL)
CONTROLS = (Input(SETTINGS, "value"), State(SETTINGS, "id"), Input(SWITCHES, "value"), State(SWITCHES, "id"))


def register(app: Dash, house: House) -> None:
    """Connect the Clusters card and its tab."""
    _register_measures(app, house)

    @app.callback(
        Output(ids.CHANGED, "data", allow_duplicate=True), Output(ids.START, "data", allow_duplicate=True),
        Input(ids.GROUP, "n_clicks"), State(ids.choice(ALL), "value"), State(ids.choice(ALL), "id"), State(ids.WORKSPACE, "data"),
        *CONTROLS, prevent_initial_call=True,
    )  # fmt: skip
    def group(clicks: int | None, chosen: list[str], places: requests.Ids, workspace: Any, *drawn: Any) -> tuple[Any, Any]:
        name = next((choice for choice, place in zip(chosen, places, strict=True) if place["stage"] == "clustering"), "")
        ready = workspace and workspace["dataset"] and any(place["algorithm"] == name for place in drawn[1])
        if not ready or not _asked(house, workspace, name, drawn, clicks):
            return no_update, no_update
        return changing(house, workspace, lambda state: _group(house, state, name, drawn))

    @app.callback(
        Output(ids.GROUPS, "children"), Output(ids.GROUPS, DRAWN), Output(ids.summary("clustering"), "children"),
        Input(ids.CLUSTERED, "data"), State(ids.GROUPS, DRAWN), State(ids.group_name(ALL), "value"), prevent_initial_call=True,
    )  # fmt: skip
    def found(grouped: dict[str, Any] | None, drawn: str | None, names: list[str | None]) -> tuple[Any, Any, Any]:
        if not grouped or not grouped["clusters"]:
            return clusters.none_yet(), "", "How many groups do you see?"
        key, stands = grouped["clusters"], f"{grouped['dataset']} {grouped['clusters']}"
        house.mine(key)
        result, dataset = house.store.get(key), house.dataset(grouped["dataset"])
        cards = [_card(dataset, result, code, key) for code in range(-1, result.labels.max(initial=-1) + 1)]
        cards = [card for card in cards if card.size]
        said = _summary(house, key, result)
        written = [card.name for card in cards if card.code >= 0]
        if drawn == stands or (names == written and _only_named(house, drawn, grouped["dataset"], result)):
            return no_update, no_update, said
        return clusters.gallery(cards, key), stands, said


def _register_measures(app: Dash, house: House) -> None:
    """Connect what says how good the groups are, and how many to look for."""

    @app.callback(
        Output(ids.GROUP_SCORES, "children"), Output(ids.BESIDE, "children"), Input(ids.JUDGED, "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def measured(grouped: dict[str, Any] | None) -> tuple[Any, Any]:
        if not grouped or not grouped["clusters"]:
            return [], []
        house.mine(grouped["clusters"])
        dataset = house.dataset(grouped["dataset"])
        return _scores(house, grouped), _beside(house, dataset, grouped)

    @app.callback(Output(ids.PROPOSAL, "children"), Input(ids.RESULTS, "data"), prevent_initial_call=True)
    def proposal(results: dict[str, str] | None) -> Any:
        key = (results or {}).get("quality.proposal")
        if not key:
            return ""
        house.mine(key)
        scores = house.store.get(key).details
        return clusters.proposal(scores["n_clusters"], "by silhouette") if scores.get("n_clusters") else ""


def _details(house: House, key: str | None) -> dict[str, Any]:
    """What a quality figure found, or nothing while it is not known."""
    if not key:
        return {}
    house.mine(key)
    return dict(house.store.get(key).details)


def _only_named(house: House, drawn: str | None, dataset: str, result: Clusters) -> bool:
    """Whether the cards show these groups already, for a person has written the names there: they may be writing on."""
    before, _, key = (drawn or "").partition(" ")
    if before != dataset or not house.has(key):
        return False
    former = house.store.get(key)
    return isinstance(former, Clusters) and np.array_equal(former.labels, result.labels)


def _scores(house: House, grouped: dict[str, Any]) -> list[Any]:
    """How good the groups are, and the curve that helps to choose."""
    found, curve = _details(house, grouped.get("agreement")), _details(house, grouped.get("curve"))
    shown = [clusters.scores(found)] if found else []
    return [*shown, *_choosing(curve), *_bend(curve)]


def _choosing(curve: dict[str, Any]) -> list[Any]:
    """The curve of the setting that matters, with its best place marked and told."""
    values: list[float] = []
    if curve.get("distances"):
        values, best = curve["distances"], int(np.searchsorted(curve["distances"], curve["eps"]))
        words = f"Distances to near samples, sorted. The knee, near {curve['eps']:.3g}, is a good radius to start from."
    elif curve.get("sizes"):
        values, best = curve["groups"], _steadiest(curve["groups"])
        words = (
            f"Groups found for a smallest group from {curve['sizes'][0]:,} to {curve['sizes'][-1]:,}. "
            f"The count is steadiest near {curve['sizes'][best]:,}: {values[best]} groups."
        )
    elif curve.get("silhouettes"):
        values, tried = list(curve["silhouettes"].values()), list(curve["silhouettes"])
        best = int(np.argmax(values))
        words = (
            f"Silhouette of {tried[0]} to {tried[-1]} groups by k-means, on {curve['rows']:,} rows of the data: "
            f"best with {tried[best]} ({values[best]:.2f})."
        )
    if len(values) < 2:
        return []
    return [clusters.choosing(words, marks.curve(values, min(best, len(values) - 1), words))]


def _bend(curve: dict[str, Any]) -> list[Any]:
    """The curve of the inertia, with its elbow marked and told."""
    if not curve.get("elbow"):
        return []
    tried, values = [int(k) for k in curve["inertia"]], list(curve["inertia"].values())
    words = (
        f"Inertia (squared distances to the group means) of {tried[0]} to {tried[-1]} groups, on the same rows: "
        f"it bends most at {curve['elbow']}."
    )
    return [clusters.choosing(words, marks.curve(values, tried.index(curve["elbow"]), words))]


def _steadiest(groups: list[int]) -> int:
    """The middle of the longest stretch of equal counts of two or more."""
    best, length, start = 0, 0, 0
    for i in range(1, len(groups) + 1):
        if i == len(groups) or groups[i] != groups[start]:
            if groups[start] > 1 and i - start > length:
                best, length = (start + i - 1) // 2, i - start
            start = i
    return best


def _beside(house: House, dataset: Dataset, grouped: dict[str, Any]) -> list[Any]:
    table = _details(house, grouped.get("agreement")).get("table")
    if not table or dataset.target is None or len(table) != len(dataset.target.names):
        return []
    names = house.store.get(grouped["clusters"]).named()
    return [clusters.beside_labels(dataset.target.names, table, names, grouped["clusters"])]


def _asked(house: House, workspace: dict[str, Any], name: str, drawn: tuple[Sequence[Any], ...], clicks: int | None) -> bool:
    """Whether a person set something: controls that have just been drawn hold the last run or the defaults."""
    try:
        step = requests.step("clustering", name, drawn)
    except Problem:
        return True
    fresh = not workspace["results"].get("clustering") and bool(clicks)
    last = workspace["recipe"].get("clustering") or _untouched(house, workspace["dataset"], name)
    return fresh or step != {"algorithm": last["algorithm"], "settings": last["settings"]}


def _untouched(house: House, key: str, name: str) -> dict[str, Any]:
    """The step that a clusterer's controls show before anyone has set them."""
    n, d = house.dataset(key).rows.shape
    return {"algorithm": name, "settings": {p.name: p.preset(n, d) for p in stages.algorithm("clustering", name).parameters}}


def _group(house: House, state: dict[str, Any], name: str, drawn: tuple[Sequence[Any], ...]) -> Start:
    if not state["results"].get("projection"):
        raise Problem("There is no map yet. Press Explore first, then say how many groups you see.")
    step = requests.step("clustering", name, drawn)
    state["recipe"]["clustering"], state["colour"], state["problem"] = step, "cluster", ""
    stages.settings_of(house.store, state["recipe"], "clustering", house.threads)
    filtering.without_groups(state)
    return regrouped(house, state)


def regrouped(house: House, state: dict[str, Any]) -> Start:
    """Show what is stored of these groups, and ask for the rest."""
    if taken(house, state):
        exploring.leave(house, state, "group")
        return None
    return requests.ask(house, state, "group", {"recipe": state["recipe"]})


def taken(house: House, state: dict[str, Any]) -> bool:
    """Show what is stored of the groups that the recipe asks for; whether that is all. What else was made stays unseen."""
    if "clustering" not in state["recipe"]:
        return True
    found = requests.grouped(house, state["recipe"])
    if "clustering" in found:
        state["results"] = {**ungrouped(state["results"]), **found}
    return len(found) == len(requests.grouping(state["recipe"]))


def measured(house: House, state: dict[str, Any]) -> Start:
    """Ask how good the groups that are shown are, where that is not known; groups that were evicted are made again."""
    known = not state["results"].get("clustering") or state["results"].get("quality.agreement")
    return regrouped(house, state) if evicted(house, state) or not known else None


def evicted(house: House, state: dict[str, Any]) -> bool:
    """Whether groups are shown that are no longer stored."""
    key = state["results"].get("clustering")
    return bool(key) and not house.store.has(key)


def ungrouped(results: dict[str, str]) -> dict[str, str]:
    """The results without those of groups."""
    return {name: key for name, key in results.items() if name not in GROUPS}


def _card(dataset: Dataset, result: Clusters, code: int, key: str) -> clusters.Cluster:
    """Size of one cluster, and the label that most of its rows have."""
    members = result.labels == code
    size, label, share = int(members.sum()), "", 0.0
    if size and dataset.target is not None and dataset.target.kind == "class":
        counts = np.bincount(dataset.target.codes[members] + 1)
        best = int(counts.argmax())
        label, share = ["no label", *dataset.target.names][best], float(counts[best] / size)
    picture = f"/mean/{key}/{code}.png" if dataset.picture and size else ""
    colour = figures.palette(code + 1)[code] if code >= 0 else figures.NOISE
    name = result.named()[code] if code >= 0 else "Noise"
    return clusters.Cluster(code, name, size, colour, label, share, picture)


def _summary(house: House, key: str, result: Clusters) -> str:
    steps = house.store.meta(key)["recipe"]
    made, edits = [step for step in steps if step["stage"] == "clustering"][-1], [s for s in steps if s["stage"] == "edit"]
    title = stages.algorithm("clustering", made["algorithm"]).title
    place = "on the map" if made["settings"].get("on") == "map" else "on the features"
    noise = int((result.labels < 0).sum())
    words = f"{title}, {place}: {len(np.unique(result.labels[result.labels >= 0]))} groups"
    words += f", {noise:,} rows of noise" if noise else ""
    return words + (", changed by hand" if edits else "")
