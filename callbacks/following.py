"""Following jobs: one light request reads their records and brings what they made into the workspace.

It is a route and not a Dash callback: whatever depends on a callback that is asked again at every
tick waits for it, and would starve while a run goes on.
"""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output
from flask import Response, jsonify

from callbacks import exploring, grouping, opening, requests, version
from callbacks.house import House
from callbacks.regions import Start
from callbacks.routes import body
from layouts import ids, status
from pipeline.results import Problem

PATIENCE = 2.0  # seconds after which a job that no worker was called for is started again
ENDED = ("finished", "failed", "stopped", "lost")


def register(app: Dash, house: House) -> None:
    """Connect what the page asks while something is under way, and the messages of its workspace."""
    version.tell(app)
    app.server.add_url_rule("/follow", "follow", lambda: follow(house), methods=["POST"])

    @app.callback(Output(ids.TOASTS, "children"), Input(ids.SAID, "data"), prevent_initial_call=True)
    def told(said: dict[str, Any] | None) -> Any:
        return _told(said or {})


def follow(house: House) -> Response:
    """Records of the jobs that a page follows, its workspace if it is newer than the page's, a job to start."""
    asked = body("This is not a request of this page. Reload the page.")
    now = house.state(str(asked.get("workspace")))
    records = read(house, now["jobs"])
    house.records.followed(now["jobs"].values(), now["id"])
    house.workspaces.seen(house.owner(), now["id"])
    state, start = taken_in(house, now, records)
    start = start or requests.uncalled(house, state["jobs"], PATIENCE)
    return jsonify(records=records, workspace=state if state["version"] != asked.get("version") else None, start=start)


def read(house: House, jobs: dict[str, str]) -> dict[str, Any]:
    """The records of these jobs, in words too, without what the worker was asked and who it is."""
    found = {lane: house.records.read(key) for lane, key in jobs.items()}
    return {lane: _shown(record) for lane, record in found.items() if record}


def _shown(record: dict[str, Any]) -> dict[str, Any]:
    hidden = ("request", "owner", "pid", "created", "starter")
    told = {"words": status.run_words(record), "doing": status.STAGES.get(str(record.get("stage")), "")}
    return {name: value for name, value in record.items() if name not in hidden} | told


def taken_in(house: House, now: dict[str, Any], records: dict[str, Any]) -> tuple[dict[str, Any], Start]:
    """The workspace with what the jobs made since the last look, and what is to be started next."""
    if not any(_news(now, lane, record) for lane, record in records.items()) and len(records) == len(now["jobs"]):
        return now, None
    start: list[Start] = [None]

    def edit(state: dict[str, Any]) -> None:
        for lane, key in now["jobs"].items():
            if state["jobs"].get(lane) != key:
                continue  # the page has left it, or asked for another meanwhile
            if lane in records:
                try:
                    start[0] = _take(house, state, lane, records[lane]) or start[0]
                except Problem as problem:  # said once: a lane that stayed would end every later look with it
                    state["jobs"].pop(lane, None)
                    state["problem"], state["then"] = str(problem), ""
            else:  # its record is gone, so there is nothing left to follow
                state["jobs"].pop(lane)

    return house.workspaces.change(house.owner(), now["id"], edit), start[0]


def _told(state: dict[str, Any]) -> list[Any]:
    ways = [way["label"] for way in (state.get("ways") or {}).get("options", ())]
    return [status.problem(state["problem"], ways)] if state.get("problem") else []


def _news(state: dict[str, Any], lane: str, record: dict[str, Any]) -> bool:
    results = record.get("results") or {}
    fresh = lane != "open" and any(state["results"].get(stage) != key for stage, key in results.items())
    moving = lane == "explore" and bool(record.get("frame")) and "projection" not in results and state["live"] != record["key"]
    return record["state"] in ENDED or fresh or moving


def _take(house: House, state: dict[str, Any], lane: str, record: dict[str, Any]) -> Start:
    results, ended = record.get("results") or {}, record["state"] in ENDED
    if lane == "explore":
        _explored(house, state, record, results)
    if lane == "group":
        grouping.taken(house, state)
    if ended:
        state["jobs"].pop(lane)
    if record["state"] in ("failed", "lost"):
        state["problem"], state["then"] = record["problem"], ""
        if lane == "explore":
            exploring.back(state)
        if lane == "open":
            opening.failed(house, state, record)
    elif record["state"] == "finished" and lane == "open":
        opening.opened(house, state, results["dataset"])
        return opening.follow_up(house, state)
    elif record["state"] == "finished" and (lane == "explore" or record.get("mended")):
        state["said"] = status.run_words(record)
    elif record["state"] == "stopped" and lane == "explore":
        exploring.stopped(house, state, record["key"])  # by another page
    return None


def _explored(house: House, state: dict[str, Any], record: dict[str, Any], results: dict[str, str]) -> None:
    if results.get("projection"):
        recipe = house.records.read(record["key"])["request"]["recipe"]
        exploring.shown(house, state, recipe, results)
    elif record.get("frame"):
        state["live"] = record["key"]
