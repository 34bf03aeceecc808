"""Every kind of bad input of the catalogue gets the answer that its table promises: nothing is changed without a word."""

from __future__ import annotations

import gzip
import math
import time
import zipfile
from pathlib import Path

import pytest

from pipeline import loading
from pipeline.results import Problem
from tests.pipeline.loading.catalogue import CASES

HOUSE = Path(__file__).parents[3]
INPUTS = HOUSE / "tests" / "inputs"
SECONDS = 3.0  # three times the second in which the hostile files are refused
HOSTILE = ("26_equal_headers", "31_wide", "32_one_line", "65_bomb", "65_zip_bomb")


def bomb(size):
    """So many bytes of nothing, packed."""
    return gzip.compress(bytes(size), compresslevel=1, mtime=0)


def packed(file):
    """A zip that unpacks to 2 GiB of one picture."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive, archive.open("a.png", "w") as entry:
        entry.write(b"\x89PNG\r\n\x1a\n")
        for _ in range(64):
            entry.write(bytes(2**20))


MADE = {
    "26_equal_headers": lambda file: file.write_bytes(b",".join([b"abc"] * 50_000) + b"\n" + b",".join([b"1"] * 50_000)),
    "31_wide": lambda file: file.write_text("\n".join(",".join(f"{row}{i}" for i in range(100_000)) for row in ("c", 1, 2, 3))),
    "32_one_line": lambda file: file.write_bytes(b"1," * 2**20),
    "65_bomb": lambda file: file.write_bytes(bomb(2**27)),
    "65_zip_bomb": packed,
    "70_huge_cell": lambda file: file.write_text(f"text,a,b\n{'x' * 20_000_000},1.5,20\nu,2.5,31\nv,4,17\nw,3.5,26\n"),
}


@pytest.fixture(scope="session")
def inputs(tmp_path_factory):
    """The path of a file of the catalogue, which is made when it is too large to be kept."""
    folder = tmp_path_factory.mktemp("inputs")

    def path(name):
        if name in MADE and not (folder / name).exists():
            MADE[name](folder / name)
        return folder / name if name in MADE else INPUTS / name

    return path


def answer(case, path, **choices):
    """The dataset of a case, with its labels if it has some."""
    file, chosen, limits = path(case.file), {**case.choices, **choices}, loading.Limits()
    dataset = loading.load(file, case.file, choices=chosen, root="", limits=limits)
    return loading.with_labels(dataset, path(case.labels), case.labels, choices=chosen, limits=limits) if case.labels else dataset


def holds(dataset, wanted):
    """Whether the dataset holds these columns, features and labels."""
    for name, values in wanted.items():
        target = dataset.target
        if name == "*features":
            assert dataset.named("feature") == values
        elif name == "*target":
            assert (None if target is None else target.names) == values
        elif name == "*classes":
            assert len(target.names) == values
        else:
            found = dataset.table[name].to_list()
            assert len(found) == len(values) and all(map(same, found, values)), (name, found)


def same(one, other):
    """Equal, and of the same kind; fractions but for the last digit."""
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-12)
    return one == other and type(one) is type(other)


def named(case):
    return f"{case.number} {case.file or case.tested.split('::')[-1]}"


@pytest.mark.parametrize("case", [case for case in CASES if case.file and case.answer != "E"], ids=named)
def test_what_is_accepted(case, inputs):
    dataset = answer(case, inputs)
    codes = sorted(notice.code for notice in dataset.notices)
    assert codes == sorted([*case.others, *([case.code] if case.code else [])])
    holds(dataset, case.holds)
    assert all(notice.text.endswith((".", "?")) for notice in dataset.notices)
    if case.answer == "A":
        assert not case.code
        return
    about = [notice for notice in dataset.notices if notice.code == case.code]
    told = next(notice for notice in about if all(words in notice.text for words in case.says))
    assert told.count == case.count and told.asks == (case.answer == "Q")
    if isinstance(case.undone, str):
        assert case.undone and not (told.options and case.answer == "Q")
        return
    assert told.options
    holds(answer(case, inputs, **told.options[0].choices), case.undone)


@pytest.mark.parametrize("case", [case for case in CASES if case.file and case.answer != "E"], ids=named)
def test_every_other_answer_works(case, inputs):
    dataset = answer(case, inputs)
    before = (dataset.table.columns, dataset.rows_key, dataset.columns, dataset.target and dataset.target.names)
    for notice in dataset.notices:
        for option in notice.options:
            made = answer(case, inputs, **option.choices)
            after = (made.table.columns, made.rows_key, made.columns, made.target and made.target.names)
            changed = after != before or not made.table.equals(dataset.table) or made.target.kind != dataset.target.kind
            assert changed, f"“{option.label}” changes nothing"


@pytest.mark.parametrize("case", [case for case in CASES if case.file and case.answer == "E"], ids=named)
def test_what_is_refused(case, inputs):
    file = inputs(case.file)
    size = file.stat().st_size
    with pytest.raises(Problem) as caught:
        answer(case, inputs)
    sentence = str(caught.value)
    assert all(words in sentence for words in case.says), sentence
    assert sentence.endswith(".") and len(sentence) < 400 and sentence.isprintable() and (case.labels or case.file) in sentence
    assert file.stat().st_size == size  # it is kept, so that a setting can be changed
    for option in caught.value.options:
        answer(case, inputs, **option.choices)
    if isinstance(case.undone, dict):
        holds(answer(case, inputs, **caught.value.options[0].choices), case.undone)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_no_time(name, inputs):
    file = inputs(name)
    answer(CASES[11], inputs)  # what is imported is imported
    started = time.perf_counter()
    with pytest.raises(Problem):
        loading.load(file, name, choices={}, root="", limits=loading.Limits())
    assert time.perf_counter() - started < SECONDS


def test_no_case_is_forgotten():
    assert {case.number for case in CASES} == set(range(1, 72))
    kept = {file.name for file in INPUTS.iterdir() if file.name[:2].isdigit()}
    assert kept == {name for case in CASES for name in (case.file, case.labels) if name} - set(MADE)
    for case in CASES:
        assert case.file or case.tested
        module, _, test = case.tested.partition("::")
        assert not module or f"def {test}(" in (HOUSE / module).read_text(), case.tested
