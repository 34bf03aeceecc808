"""Whatever is coloured, filtered, isolated, named or sampled: a point is the row that the page says it is."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from flask import Flask, g
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from callbacks import editing, filtering
from callbacks.colouring import colours, second
from callbacks.house import House
from callbacks.selecting import read
from callbacks.settings import Settings
from callbacks.workspace import EMPTY
from layouts import figures
from pipeline import stages
from pipeline.results import Map, Problem
from tests.callbacks.rooms import points, put, recipe

N, ME = 60, "m" * 40
ROWS = st.sets(st.integers(0, N - 1), min_size=1, max_size=20).map(sorted)
COLOURED = ("label", "cluster", "strength", "hand", "column: x0", "column: note")


def unpacked(values: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(values["bdata"]), "<f4")


class Page(RuleBasedStateMachine):
    """A page on which somebody does one thing after another; what it would draw is read back like a browser does."""

    folder: Any  # set by the test

    @initialize()
    def opened(self) -> None:
        self.context = Flask("test").test_request_context()
        self.context.push()
        g.owner = ME
        self.house = House(Settings(cache_dir=self.folder, data_dir=self.folder, threads=1))
        key = "1" * 40
        if not self.house.store.has(key):
            put(self.house, points(N), ME)
        self.dataset, self.limit = self.house.dataset(key), N
        asked = {**recipe(key), "clustering": {"algorithm": "kmeans", "settings": {"n_clusters": 3}}}
        made = {stage: stages.run(stages.Work(self.house.store), asked, stage) for stage in ("projection", "clustering")}
        fresh = {"jobs": {}, "results": made, "filters": [], "look": {}, "dataset": key, "recipe": asked, "colour": "label"}
        self.state = {**EMPTY, "id": self.house.workspaces.new(ME), **fresh}
        self.positions = self.house.store.get(made["projection"]).positions
        assert isinstance(self.house.store.get(made["projection"]), Map)

    def teardown(self) -> None:
        self.context.pop()

    def coded(self, rows: list[int]) -> dict[str, Any]:
        return {"dataset": self.state["dataset"], "rows": base64.b64encode(np.array(rows, "<i4").tobytes()).decode()}

    def attempt(self, act: Any, *given: Any) -> None:
        try:
            act(self.house, self.state, *given)
        except Problem as problem:
            assert str(problem)

    @rule(by=st.sampled_from(COLOURED))
    def coloured(self, by: str) -> None:
        self.state["colour"] = by if by != "hand" or self.state["results"].get("labels") else "label"

    @rule(second=st.sampled_from(("none", "column: x1", "label")), logarithmic=st.booleans())
    def looked(self, second: str, logarithmic: bool) -> None:
        self.state["look"] = {"size": 1.3, "second": second, "logarithmic": logarithmic}

    @rule(names=st.sets(st.sampled_from(("a", "b", "c")), min_size=1))
    def filtered_by_label(self, names: set[str]) -> None:
        self.attempt(filtering._add, "label", {"names": sorted(names)})

    @rule(low=st.floats(-4, 8), width=st.floats(0, 8))
    def filtered_by_number(self, low: float, width: float) -> None:
        self.attempt(filtering._add, "column: x0", {"low": low, "high": low + width})

    @rule(rows=ROWS)
    def isolated(self, rows: list[int]) -> None:
        self.attempt(filtering._isolate, self.coded(rows))

    @rule(index=st.integers(-1, 3))
    def taken_away(self, index: int) -> None:
        filtering._remove(self.state, index)

    @rule(rows=ROWS, name=st.sampled_from(("", "odd", "Cluster 1")))
    def gathered(self, rows: list[int], name: str) -> None:
        self.attempt(editing._gather, self.coded(rows), name)

    @rule(rows=ROWS, name=st.sampled_from(("good", "bad")))
    def labelled(self, rows: list[int], name: str) -> None:
        self.attempt(editing._label, self.coded(rows), name)

    @rule(limit=st.sampled_from((7, 30, N)))
    def sampled(self, limit: int) -> None:
        self.limit = limit

    def drawn(self) -> dict[str, Any]:
        results, colour = self.state["results"], self.state["colour"]
        groups = (
            results.get("labels" if colour == "hand" else "clustering") if colour in ("hand", "cluster", "strength") else None
        )
        parts = {part: self.state[part] for part in ("dataset", "filters", "look")}
        return {**parts, "clusters": groups, "live": None, "by": None if colour in ("label", "cluster") else colour}

    @invariant()
    def every_point_is_its_row(self) -> None:
        if not hasattr(self, "state"):
            return
        drawn = self.drawn()
        codes, names, palette = colours(self.house, drawn, N)
        passing, beside = filtering.shown(self.house, drawn, N), second(self.house, drawn, N)
        look = figures.Look(1.3, 1.0, True, *beside[:2])
        figure, order = figures.scatter(
            self.positions, codes, names, colours=palette, look=look, passing=passing, limit=self.limit
        )
        rows = np.concatenate(order)
        allowed = np.arange(N) if passing is None else np.flatnonzero(passing)
        assert len(set(rows.tolist())) == len(rows) == min(len(allowed), self.limit) and set(rows.tolist()) <= set(
            allowed.tolist()
        )
        for number, (trace, members) in enumerate(zip(figure["data"][:-1], order[:-1], strict=True)):
            assert (unpacked(trace["x"]) == self.positions[members, 0]).all()
            assert (unpacked(trace["y"]) == self.positions[members, 1]).all()
            assert (codes[members] == number - 1).all()
            assert trace["marker"]["color"] == [figures.NOISE, *palette][number]
            if beside[0] is not None:
                assert len(unpacked(trace["marker"]["size"])) == len(members)

    @invariant()
    def filters_hold_for_what_is_shown(self) -> None:
        if not hasattr(self, "state") or not self.state["filters"]:
            return
        shown = np.flatnonzero(filtering.shown(self.house, self.drawn(), N))
        for one in self.state["filters"]:
            if one["by"] == "label":
                assert {self.dataset.target.names[self.dataset.target.codes[row]] for row in shown} <= set(one["names"])
            elif one["by"] == "rows":
                assert set(shown.tolist()) <= set(self.house.store.get(one["of"]).rows.tolist())
            elif one["by"] == "column: x0":
                values = self.dataset.rows[shown, 0].astype(np.float64)
                assert ((values >= one["low"] - 1e-5) & (values <= one["high"] + 1e-5)).all()


def test_a_point_is_its_row_whatever_is_done(tmp_path):
    kind = type("OnePage", (Page,), {"folder": tmp_path})
    run_state_machine_as_test(kind, settings=settings(max_examples=25, stateful_step_count=12, deadline=None))


def test_rows_of_another_dataset_are_never_taken(house, asking):
    asking("m")
    key = put(house, points(10), ME)
    state = {**EMPTY, "dataset": key, "results": {}, "filters": [], "jobs": {}}
    with pytest.raises(Problem, match="Another dataset"):
        filtering._isolate(house, state, {"dataset": "2" * 40, "rows": ""})
    with pytest.raises(Problem):
        read(base64.b64encode(np.array([10], "<i4").tobytes()).decode(), 10)
