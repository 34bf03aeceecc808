"""What the map can be coloured and filtered by, and how its points look."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks.house import House
from callbacks.regions import changing
from layouts import ids, looks
from pipeline.results import Dataset
from pipeline.traits import COLUMN

COLOURS = 500  # columns that the map can be coloured by
USUAL = {"size": 1.0, "opacity": 1.0, "second": "none", "logarithmic": False}


def register(app: Dash, house: House) -> None:
    """Connect the menus of traits, and what sets sizes, shapes and scale."""

    @app.callback(
        Output(ids.COLOUR, "options"), Output(ids.FILTER_BY, "options"), Input(ids.GROUPED, "data"), prevent_initial_call=True,
    )  # fmt: skip
    def offered(grouped: dict[str, Any] | None) -> tuple[Any, Any]:
        if not grouped or not grouped["dataset"]:
            return [], []
        options = traits_of(house.dataset(grouped["dataset"]), by_hand=bool(grouped.get("labels")))
        return options, [*options, {"label": "words", "value": "words"}]

    @app.callback(
        Output(ids.LOOK, "children"), Input(ids.DATASET, "data"), Input(ids.RESTORED, "data"), State(ids.WORKSPACE, "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def controls(key: str | None, _: int | None, workspace: dict[str, Any] | None) -> Any:
        options = traits_of(house.dataset(key), by_hand=False) if key else []
        return looks.controls({**USUAL, **((workspace or {}).get("look") or {})}, options)

    @app.callback(
        Output(ids.CHANGED, "data", allow_duplicate=True), Input(ids.look(ALL), "value"), State(ids.look(ALL), "id"),
        State(ids.WORKSPACE, "data"), prevent_initial_call=True,
    )  # fmt: skip
    def look(values: list[Any], names: list[dict[str, str]], workspace: dict[str, Any] | None) -> Any:
        asked = {name["part"]: value for name, value in zip(names, values, strict=True)}
        if not workspace or not ctx.triggered_id or asked == {**USUAL, **workspace["look"]}:  # as it was drawn
            return no_update
        return changing(house, workspace, lambda state: state.update(look=asked))[0]


def traits_of(dataset: Dataset, by_hand: bool) -> list[dict[str, str]]:
    """What the map can be coloured by: label, label by hand, cluster, how firmly rows belong, and every column but pixels."""
    own = [("label", "label")] if dataset.target else []
    own += [("label by hand", "hand")] if by_hand else []
    plain = [{"label": words, "value": name} for words, name in (*own, ("cluster", "cluster"), ("strength", "strength"))]
    return [*plain, *columns_of(dataset)]


def columns_of(dataset: Dataset) -> list[dict[str, str]]:
    """The columns of a dataset as choices, without the pixels of pictures."""
    hidden = set(dataset.named("feature")) if dataset.picture else set()
    names = [column.name for column in dataset.columns if column.name not in hidden][:COLOURS]
    return [{"label": name, "value": f"{COLUMN}{name}"} for name in names]
