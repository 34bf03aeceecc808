"""Opening data: uploads, samples, answers to what loading asked, roles, and the preview."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks import exploring, grouping, reading, requests, uploads
from callbacks.house import EVERYONE, House
from callbacks.regions import Start, changing
from layouts import data, ids, page
from layouts.plain import PLAIN, tree
from pipeline import embedding
from pipeline.loading import url
from pipeline.results import Dataset, Problem

FIRST_ROWS = 8
START_SAMPLE = "digits.csv"


def register(app: Dash, house: House) -> None:
    """Connect the Data card and the preview."""
    changed, start = Output(ids.CHANGED, "data", allow_duplicate=True), Output(ids.START, "data", allow_duplicate=True)
    here = State(ids.WORKSPACE, "data")

    @app.callback(changed, start, Input(ids.UPLOADED, "data"), here, prevent_initial_call=True)
    def uploaded(upload: dict[str, Any], workspace: dict[str, Any]) -> tuple[Any, Any]:
        return changing(house, workspace, lambda state: _uploaded(house, state, upload))

    @app.callback(changed, start, Input(ids.SAMPLES, "value"), here, prevent_initial_call=True)
    def sampled(name: str | None, workspace: dict[str, Any]) -> tuple[Any, Any]:
        if not name:  # the menu is put back when a dataset opens
            return no_update, no_update
        return changing(house, workspace, lambda state: open_sample(house, state, name))

    _register_answers(app, house)
    _register_reading(app, house)

    @app.callback(
        Output(ids.PREVIEW, PLAIN), Output(ids.DATASET_MENU, "children"), Output(ids.summary("data"), "children"),
        Input(ids.DATASET, "data"), prevent_initial_call=True,
    )  # fmt: skip
    def preview(key: str | None) -> tuple[Any, ...]:
        if not key:
            nothing = page.chip("No data yet", "choose a file or a sample")
            return tree(data.no_preview()), nothing, "a table, with or without labels"
        dataset = house.dataset(key)
        return tree(_preview(dataset, key)), page.chip(dataset.name, facts(dataset)), _summary(dataset)

    @app.callback(Output(ids.SAMPLES, "options"), Input(ids.ADDRESS, "pathname"))
    def samples(_: str) -> list[dict[str, str]]:
        return [{"label": name, "value": name} for name in house.samples()]


def _register_reading(app: Dash, house: House) -> None:
    """Connect the field for an address, where addresses are fetched, and stopping whatever is being read."""
    changed, start = Output(ids.CHANGED, "data", allow_duplicate=True), Output(ids.START, "data", allow_duplicate=True)
    here = State(ids.WORKSPACE, "data")
    if house.settings.fetches:

        @app.callback(
            changed, start, Input(ids.FETCH, "n_clicks"), Input(ids.WEB_ADDRESS, "n_submit"), State(ids.WEB_ADDRESS, "value"),
            here, prevent_initial_call=True,
        )  # fmt: skip
        def fetch(_: int | None, __: int | None, address: str | None, workspace: dict[str, Any]) -> tuple[Any, Any]:
            return changing(house, workspace, lambda state: _fetched(house, state, str(address or "")))

    @app.callback(changed, Input(ids.STOP_READING, "n_clicks"), here, prevent_initial_call=True)
    def stop(clicks: int | None, workspace: dict[str, Any]) -> Any:
        return changing(house, workspace, lambda state: _stop(house, state))[0] if clicks else no_update


def _register_answers(app: Dash, house: House) -> None:
    """Connect what a person decides otherwise: notices, ways out of a problem, roles."""
    changed, start = Output(ids.CHANGED, "data", allow_duplicate=True), Output(ids.START, "data", allow_duplicate=True)
    here, drawn = State(ids.WORKSPACE, "data"), State(ids.DATASET, "data")

    @app.callback(changed, start, Input(ids.ANSWERED, "data"), drawn, here, prevent_initial_call=True)
    def answered(answer: dict[str, int] | None, key: str, workspace: dict[str, Any]) -> tuple[Any, Any]:
        if not answer:
            return no_update, no_update
        return changing(house, workspace, lambda state: _answered(house, state, key, answer))

    @app.callback(changed, start, Input(ids.way(ALL), "n_clicks"), here, prevent_initial_call=True)
    def way(clicks: list[int | None], workspace: dict[str, Any]) -> tuple[Any, Any]:
        if not any(clicks):
            return no_update, no_update
        ways = workspace["ways"]
        return changing(house, workspace, lambda state: _taken(house, state, ways, ctx.triggered_id["option"]))

    @app.callback(changed, start, Input(ids.ROLE_GIVEN, "data"), drawn, here, prevent_initial_call=True)
    def roles(given: dict[str, Any] | None, key: str | None, workspace: dict[str, Any]) -> tuple[Any, Any]:
        if not given or not key:
            return no_update, no_update
        return changing(house, workspace, lambda state: _role(house, state, key, given))


def facts(dataset: Dataset) -> str:
    """A dataset in a few words: rows and columns, classes, pictures."""
    n, d = dataset.rows.shape
    words = [f"{n:,} × {d:,}"]
    if dataset.target and dataset.target.kind == "class":
        words.append(f"{len(dataset.target.names):,} classes")
    if dataset.picture:
        height, width = dataset.picture[:2]
        words.append(f"pictures {width}×{height}")
    return " · ".join(words)


def open_sample(house: House, state: dict[str, Any], name: str, then: str = "") -> Start:
    """Ask for one of everyone's files, with the labels file beside it if there is one."""
    file = house.samples().get(name)
    if file is None:
        state["problem"] = f"There is no sample called {name} any more."
        return None
    return ask(house, state, of_everyone(file), then)


def first(house: House) -> dict[str, Any]:
    """Request for what a fresh page opens: the file named at the start, or a sample."""
    named = house.settings.file
    return of_everyone(named, house.settings.labels) if named else of_everyone(house.samples()[START_SAMPLE])


def of_everyone(file: Path, labels: Path | None = None) -> dict[str, Any]:
    """Request for a file that everyone may see."""
    beside = file.with_name(file.name.replace("_input", "_labels")) if "_input" in file.name else file
    labels = labels or (beside if beside != file and beside.is_file() else None)
    request: dict[str, Any] = {"path": str(file), "name": file.name, "choices": {}}
    if labels:
        request["labels"] = {"path": str(labels), "name": labels.name}
    return request


def opened(house: House, state: dict[str, Any], key: str) -> None:
    """Show a dataset that has been read; a map of the same rows and columns stays."""
    aside = state.pop("aside", None) or {}
    if aside.get("dataset") == key:  # it was damaged, and has been read again
        state.update(aside)
    before, dataset = state.get("dataset"), house.dataset(key)
    state["dataset"], state["problem"], state["refused"], state["filters"] = key, "", "", []
    if (state.get("labels") or {}).get("token") == _labels_of(house, key).get("token"):
        state.pop("labels", None)  # they wait no more
    same = bool(before) and house.store.has(before) and house.store.meta(before)["fields"]["rows_key"] == dataset.rows_key
    exploring.leave(house, state, "group")
    if same and state["recipe"]:
        state["recipe"] = {**state["recipe"], "dataset": key}
        state["results"].pop("quality.agreement", None)  # beside the labels that were there before
        if dataset.target and not house.store.get(before).target:
            state["colour"] = "label"
        return
    exploring.leave(house, state)
    projection = "given" if dataset.details.get("positions") else "tsne" if len(dataset.rows) >= 7 else "pca"
    step = {"algorithm": projection, "settings": {}}
    state["recipe"] = {"dataset": key, "embedding": embedding.suggested(dataset), "projection": step}
    state["results"], state["live"], state["stopped"], state["said"], state["look"] = {}, None, None, "", {}
    state["colour"] = "label" if dataset.target else "cluster"


def ask(house: House, state: dict[str, Any], request: dict[str, Any], then: str = "") -> Start:
    """Show a dataset at once if it has been read before, else ask a worker to read it; ``then`` explores it."""
    state["then"] = then
    key = None if reading.slow(house, request) else reading.stored(house, house.owner(), request)
    if key is None:
        former = state["jobs"].get("open", "")
        start = requests.ask(house, state, "open", request)
        if former != start["job"] and (house.records.read(former) or {}).get("owner") == house.owner():
            exploring.let_go(house, state, former)  # nobody waits for it any more
        return start
    opened(house, state, key)
    return follow_up(house, state)


def follow_up(house: House, state: dict[str, Any]) -> Start:
    """Go on with a dataset that has just been opened: give it the labels that came meanwhile, explore it if that was asked.

    The map of a sample gives way to every other run.
    """
    then, labels = state.pop("then", ""), state.get("labels") or {}
    if labels.pop("soon", False):
        return ask(house, state, {"dataset": state["dataset"], "labels": labels, "choices": {}}, then)
    start = exploring.explore(house, state, state["recipe"], yields=then == "sample") if then else None
    return start or grouping.measured(house, state)


def _uploaded(house: House, state: dict[str, Any], upload: dict[str, Any]) -> Start:
    state["upload"] = upload["at"]
    if upload.get("problem"):
        state["problem"] = upload["problem"]
        return None
    then = "explore" if upload.get("explore") else _then(state)
    sent = {"token": upload["token"], "name": upload["name"]}
    if upload["kind"] == "data":
        return _own(house, state, sent, then)
    reading_now = bool(state["jobs"].get("open"))
    state["labels"] = {**sent, "soon": reading_now}  # until a dataset has them
    if reading_now or not state["dataset"]:
        return None
    return ask(house, state, {"dataset": state["dataset"], "labels": sent, "choices": {}}, then)


def _fetched(house: House, state: dict[str, Any], text: str) -> Start:
    address = url.address_of(text)
    return _own(house, state, {"address": str(address), "name": address.name}, _then(state))


def _then(state: dict[str, Any]) -> str:
    """What was to be done with the file before, which is now meant for this one."""
    return "explore" if state.get("then") == "explore" else ""


def _own(house: House, state: dict[str, Any], source: dict[str, Any], then: str) -> Start:
    """Ask for somebody's own data, with the labels that came before them."""
    labels = {"labels": {**state["labels"], "waited": True}} if state.get("labels") else {}
    return ask(house, state, {**source, **labels, "choices": {}}, then)


def _stop(house: House, state: dict[str, Any]) -> None:
    """End the reading of a file; what was open before stays open."""
    if state["jobs"].get("open"):
        exploring.leave(house, state, "open")
        uploads.sweep(house.uploads(house.owner()))
        state["then"], state["said"] = "", "Stopped. Nothing new was opened."


def failed(house: House, state: dict[str, Any], record: dict[str, Any]) -> None:
    """Say of a file that could not be read what can be done: ways out, the file that is still open, labels that wait."""
    request = house.records.read(record["key"])["request"]
    state["ways"] = {"job": record["key"], "options": record.get("ways") or []}
    state["refused"] = "" if request.get("dataset") else request["name"]
    if state.get("labels"):
        state["problem"] += " The labels wait for the next data file."


def _labels_of(house: House, key: str) -> dict[str, Any]:
    return house.store.meta(key)["recipe"][0]["request"].get("labels") or {}


def _answered(house: House, state: dict[str, Any], key: str, answer: dict[str, Any]) -> Start:
    _same(state, key)
    options = [notice.options for notice in house.dataset(key).notices]
    option = _picked(_picked(options, answer["notice"]), answer["option"])
    return ask(house, state, {"dataset": key, "choices": option.choices})


def _picked(offered: Sequence[Any], number: Any) -> Any:
    """What stands at this place of what was offered; raises Problem when nothing does."""
    if not isinstance(number, int) or not 0 <= number < len(offered):
        raise Problem("This is not offered here any more; nothing was changed.")
    return offered[number]


def _same(state: dict[str, Any], key: str) -> None:
    """Refuse what was meant for a dataset that another tab has put away; raises Problem."""
    if state["dataset"] != key:
        raise Problem("Another dataset has been opened here meanwhile; nothing was changed.")


def _taken(house: House, state: dict[str, Any], ways: dict[str, Any] | None, number: int) -> Start:
    """Read a file again that could not be read, the way that the person took out of it."""
    record = house.records.read((ways or {}).get("job") or "")
    if record is None or record["owner"] not in (house.owner(), EVERYONE):
        raise Problem("What was asked is no longer known. Choose the file again.")
    choices = {**record["request"].get("choices", {}), **_picked(record["ways"], number)["choices"]}
    return ask(house, state, {**record["request"], "choices": choices}, state.get("then", ""))


def _role(house: House, state: dict[str, Any], key: str, given: dict[str, Any]) -> Start:
    _same(state, key)
    column = _picked(house.dataset(key).columns, given["index"])
    return ask(house, state, {"dataset": key, "roles": {column.name: given["value"]}})


def _preview(dataset: Dataset, key: str) -> Any:
    first = [list(row) for row in dataset.table.head(FIRST_ROWS).iter_rows()]
    picture, source = f"/mean/{key}.png" if dataset.picture else "", dataset.details.get("source")
    return data.preview(dataset.name, dataset.columns, dataset.notices, first, dataset.table.shape, picture, source)


def _summary(dataset: Dataset) -> str:
    count = len(dataset.notices)
    return f"{dataset.name} · {facts(dataset)}" + (f" · {count} notice{'s' if count > 1 else ''}" if count else "")
