"""Deleting a dataset with everything made from it: results, jobs, uploaded files, what pages remember."""

from __future__ import annotations

import json
from typing import Any

from dash import Dash, Input, Output, State, no_update

from callbacks.house import House
from callbacks.regions import changing
from layouts import ids, taking
from pipeline.results import Problem

DONE = "The dataset and everything made from it are deleted."
PUBLIC = "This dataset is everybody's here, so it cannot be deleted."
CHANGED = "Another dataset has been opened here meanwhile; nothing was deleted."

Meta = dict[str, Any]


def register(app: Dash, house: House) -> None:
    """Connect the fold in the Data card that asks again before it deletes."""

    @app.callback(
        Output(ids.DELETE, "hidden"), Output(ids.DELETE, "open"), Output(ids.DELETE_WORDS, "children"),
        Output(ids.DELETE_REALLY, "children"), Input(ids.DATASET, "data"), prevent_initial_call=True,
    )  # fmt: skip
    def offered(key: str | None) -> tuple[Any, ...]:
        meta = house.mine(key) if key else None
        if not meta or meta["owner"] != house.owner():
            return True, False, "", no_update
        name = meta["fields"]["name"]
        return False, False, taking.warning(name), f"Really delete {name}"

    @app.callback(
        Output(ids.CHANGED, "data", allow_duplicate=True), Input(ids.DELETE_REALLY, "n_clicks"), State(ids.DATASET, "data"),
        State(ids.WORKSPACE, "data"), prevent_initial_call=True,
    )  # fmt: skip
    def really(clicks: int | None, key: str | None, workspace: dict[str, Any] | None) -> Any:
        if not clicks or not key or not workspace:
            return no_update
        if house.state(workspace["id"])["dataset"] != key:
            return changing(house, workspace, lambda state: state.update(problem=CHANGED))[0]
        delete(house, key, workspace["id"])
        return house.state(workspace["id"])

    @app.callback(Output(ids.DELETED, "children"), Input(ids.SAID, "data"), prevent_initial_call=True)
    def done(told: dict[str, Any] | None) -> str:
        return DONE if told and told["said"] == DONE else ""


def delete(house: House, key: str, page: str) -> None:
    """Remove this dataset of the present owner and everything made from it; the page's workspace stays, empty."""
    owner = house.owner()
    if house.mine(key)["owner"] != owner:
        raise Problem(PUBLIC)
    metas = dict(house.store.entries())
    made, datasets = _made(metas, key, owner)
    files = _files(metas, made, owner)
    named = datasets | files
    jobs = house.records.forget(owner, named)  # first: what is still running would make more
    made |= _made(metas | dict(house.store.entries()), key, owner)[0]
    house.store.remove(made, owner)
    for token in files:
        (house.uploads(owner) / token).unlink(missing_ok=True)
    house.workspaces.forget(owner, named | made | jobs, page, DONE)


def _made(metas: dict[str, Meta], key: str, owner: str) -> tuple[set[str], set[str]]:
    """Keys of all that was made from the file behind a dataset, and those of its datasets.

    Other answers, roles and labels make other datasets of the same file: they are it too. What only
    needs a sample's rows belongs to everyone, but names the dataset if that came first.
    """
    origin = _origin(metas[key])
    mine = {name for name, meta in metas.items() if meta["owner"] == owner and _origin(meta) == origin}
    datasets = {key, *(_loaded(metas[name]).get("key", name) for name in mine)}
    return mine | {name for name, meta in metas.items() if _loaded(meta).get("key") in datasets}, datasets


def _files(metas: dict[str, Meta], made: set[str], owner: str) -> set[str]:
    """Uploads that these results were made from, and no other dataset of the owner."""
    others = [_loaded(meta) for name, meta in metas.items() if name not in made and meta["owner"] == owner]
    kept = json.dumps([step.get("request") for step in others])
    tokens = {source.get("token") for name in made if name in metas for source in _sources(_loaded(metas[name]))}
    return {token for token in tokens if token and token not in kept}


def _origin(meta: Meta) -> Any:
    """The file that a result comes from in the end: an upload, or everybody's file with uploaded labels."""
    step = _loaded(meta)
    data, labels = _sources(step)
    return data.get("token") or (data.get("path"), labels.get("token") or step.get("key"))


def _sources(step: Meta) -> tuple[Meta, Meta]:
    """The request for data and that for labels, each maybe empty."""
    asked = step.get("request") or {}
    return asked, asked.get("labels") or {}


def _loaded(meta: Meta) -> Meta:
    """The first step of a result's chain: how its data were read."""
    return next((step for step in meta["recipe"] if step["stage"] == "loading"), {})
