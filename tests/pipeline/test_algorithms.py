"""What holds for every algorithm of every stage."""

from __future__ import annotations

import inspect
from dataclasses import fields

import numpy as np
import pytest

from pipeline import stages
from pipeline.results import Clusters, Features, Map, Neighbors, Problem, Scores, shape_of
from tests.pipeline import samples

EVERY = [(stage, entry) for stage, entries in stages.STAGES.items() for entry in entries]
EACH = pytest.mark.parametrize(("stage", "entry"), EVERY, ids=[f"{stage}-{entry.name}" for stage, entry in EVERY])
SETTINGS = [(stage, entry, parameter) for stage, entry in EVERY for parameter in entry.parameters]
EACH_SETTING = pytest.mark.parametrize(
    ("stage", "entry", "parameter"), SETTINGS, ids=[f"{stage}-{entry.name}-{p.name}" for stage, entry, p in SETTINGS]
)
RESULTS = {"embedding": Features, "neighbors": Neighbors, "projection": Map, "clustering": Clusters, "quality": Scores}
DTYPES = {
    Features: {"values": np.float32}, Neighbors: {"indices": np.int32, "distances": np.float32},
    Map: {"positions": np.float32, "trace": np.float64}, Clusters: {"labels": np.int32, "strength": np.float32},
    Scores: {"per_row": np.float32},
}  # fmt: skip


def arrays(result):
    return {f.name: getattr(result, f.name) for f in fields(result) if isinstance(getattr(result, f.name), np.ndarray)}


def check(stage, result, n):
    """Type, shape, dtype and finite values of a result for n rows."""
    assert isinstance(result, RESULTS[stage])
    for name, dtype in DTYPES[type(result)].items():
        assert getattr(result, name).dtype == dtype, name
    for name, array in arrays(result).items():
        assert array.flags["C_CONTIGUOUS"], name
        assert stage == "quality" or np.isfinite(array).all(), name
    if stage == "quality":
        assert len(result.per_row) in (0, n)
    else:
        assert shape_of(result)[0] == n
    if stage == "projection":
        assert result.positions.shape[1] in (2, 3)
    if stage == "clustering":
        check_clusters(result)
    if stage == "neighbors" and n > 1:
        assert (result.indices != np.arange(n)[:, None]).all()
        assert result.indices.min() >= 0
        assert (np.diff(result.distances, axis=1) >= 0).all()


def check_clusters(result):
    sizes = np.bincount(result.labels[result.labels >= 0])
    assert sizes.tolist() == result.details["sizes"]
    assert (np.diff(sizes) <= 0).all()
    assert result.labels.min() >= -1
    assert result.strength.min() >= 0
    assert result.strength.max() <= 1


@EACH
def test_says_what_it_is(stage, entry):
    assert entry.title
    assert 4 <= entry.explain.count(".") - entry.explain.count("0.") <= 7
    assert entry.version >= 1
    assert len({parameter.name for parameter in entry.parameters}) == len(entry.parameters)
    for parameter in entry.parameters:
        assert parameter.label, parameter.name
        assert parameter.help.endswith("."), parameter.name
        assert parameter.help.count(". ") == 0, f"one sentence for {parameter.name}"


@EACH
def test_keyword_names_are_the_parameters(stage, entry):
    taken = {name for name, p in inspect.signature(entry.run).parameters.items() if p.kind is p.KEYWORD_ONLY}
    given = {parameter.name for parameter in entry.parameters} | {"report"} | ({"threads"} if entry.threaded else set())
    assert taken == given


@EACH
def test_memory_grows_with_the_data(stage, entry):
    few, many = entry.memory(100, 10), entry.memory(10_000_000, 1000)
    assert 0 < few <= many
    assert few < 2**31


def test_names_are_unique_within_a_stage():
    for entries in stages.STAGES.values():
        assert len({entry.name for entry in entries}) == len(entries)
        assert len({entry.title for entry in entries}) == len(entries)


@EACH
@pytest.mark.parametrize("kind", ["table", "pictures"])
def test_default_settings_on_each_kind(stage, entry, kind, tmp_path):
    data = samples.kinds()[kind]
    told = []
    result = samples.made(tmp_path, data, stage, entry.name, report=lambda f, note="", p=None: told.append((f, note, p)))
    check(stage, result, len(data.rows))
    assert all(0 <= fraction <= 1 for fraction, _, _ in told)


@EACH
def test_progress_never_goes_back(stage, entry, tmp_path):
    stages_seen, told = [], {}
    samples.made(
        tmp_path, samples.dataset(samples.groups()), stage, entry.name,
        entered=stages_seen.append, report=lambda f, note="", p=None: told.setdefault(stages_seen[-1], []).append((f, p)),
    )  # fmt: skip
    for name, heard in told.items():
        fractions = [fraction for fraction, _ in heard]
        assert fractions == sorted(fractions), name
        for _, positions in heard:
            assert positions is None or (positions.dtype == np.float32 and positions.shape[0] == 60)


@EACH
def test_same_seed_same_bits(stage, entry, tmp_path):
    data = samples.dataset(samples.groups())
    first, second = (samples.made(tmp_path / str(i), data, stage, entry.name, threads=2) for i in range(2))
    for name, array in arrays(first).items():
        np.testing.assert_array_equal(array, arrays(second)[name], err_msg=name)
    assert getattr(first, "details", {}) == getattr(second, "details", {})


@EACH
def test_bits_do_not_depend_on_threads_that_are_not_in_the_key(stage, entry, tmp_path):
    if entry.threaded and not entry.steady:
        pytest.skip("the number of threads stands in its key")
    data = samples.dataset(samples.groups(600, 30))
    one, two = (samples.made(tmp_path / str(i), data, stage, entry.name, threads=i) for i in (1, 2))
    for name, array in arrays(one).items():
        np.testing.assert_array_equal(array, arrays(two)[name], err_msg=name)


@EACH
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7])
def test_few_rows_work_or_are_refused_in_words(stage, entry, n, tmp_path):
    try:
        result = samples.made(tmp_path, samples.dataset(samples.groups(n)), stage, entry.name)
    except Problem as problem:
        assert len(str(problem)) > 20
        assert n < 7, "seven rows are enough for everything"
        return
    check(stage, result, n)


AWKWARD = {
    "a constant column": np.column_stack([samples.groups(), np.full(60, 7.3, np.float32)]),
    "duplicate rows": np.repeat(samples.groups(20), 3, axis=0),
    "all rows alike": np.ones((60, 4), np.float32),
    "one column": samples.groups(60, 1),
    "more columns than rows": samples.groups(20, 90),
    "large numbers": samples.groups() * np.float32(1e18),
    "small numbers": samples.groups() * np.float32(1e-25),
    "an outlier": np.concatenate([samples.groups(59), np.full((1, 5), 1e9, np.float32)]),
}


@EACH
@pytest.mark.parametrize("rows", AWKWARD.values(), ids=AWKWARD.keys())
def test_awkward_data(stage, entry, rows, tmp_path):
    check(stage, samples.made(tmp_path, samples.dataset(rows), stage, entry.name), len(rows))


@EACH_SETTING
def test_every_limit_works_and_beyond_it_is_refused(stage, entry, parameter, tmp_path):
    data = samples.dataset(samples.groups(60, 8))
    n, d = data.rows.shape
    allowed, refused = [value for value, _ in parameter.choices], []
    if parameter.kind == "flag":
        allowed = [False, True]
    if parameter.kind in ("integer", "number"):
        low, high = parameter.bounds(n, d)
        allowed = [value for value in (low, high) if value is not None]
        refused = ["many", float("nan"), float("inf")]
        refused += [bound + beyond for bound, beyond in ((low, -1), (high, 1)) if bound is not None]
    if parameter.absent:
        allowed += [None, parameter.absent]
    for i, value in enumerate(allowed):
        result = samples.made(tmp_path / str(i), data, stage, entry.name, {parameter.name: value})
        check(stage, result, n)
    for value in [*refused, {}, "no such value"]:
        with pytest.raises(Problem, match=parameter.label.replace("(", r"\(").replace(")", r"\)")):
            entry.settle({parameter.name: value}, n, d)
