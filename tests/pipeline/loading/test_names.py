"""Names of columns that mean something to polars: nothing of what they hold is lost, from the file to the export."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline import browsing, exporting, finding, loading, traits
from pipeline.projection import given

CELLS = {
    "number": [f"{i * i}.5" for i in range(40)], "gaps": [str(i * i) if i % 7 else "" for i in range(40)],
    "mistakes": [*map(str, range(39)), "oops"], "infinite": [*map(str, range(39)), "inf"],
    "long": [str(2**60 + i) for i in range(40)], "answers": [("yes", "no")[i % 2] for i in range(40)],
    "codes": [f"00{i:03}" for i in range(40)], "units": [f"{i * i} kg" for i in range(40)],
    "words": ["ab"[i % 2] for i in range(40)],
    "days": [f"2024-01-{1 + i % 28:02}" for i in range(40)],
    "text": [f"some words {i}" for i in range(40)], "marks": ["-999" if i % 9 == 0 else str(i % 5) for i in range(40)],
    "equal": ["1"] * 40, "tiny": [*map(str, range(39)), "1e-400"], "grouped": [f"{i},{i:03}" for i in range(1, 41)],
}  # fmt: skip


def csv(name, cells):
    return f"{name};a;b;c\n" + "".join(f"{cell};{i * 37 % 41};{i * 53 % 41};{i * 29 % 41}\n" for i, cell in enumerate(cells))


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("name", ["^a$", "^a.*$", "^(b$", "*", ""])
def test_a_name_makes_no_difference(loaded, name, kind):
    plain, odd = (loaded(csv(each, CELLS[kind]), delimiter=";", decimal=".") for each in ("plain", name or "^$"))
    called = name or "^$"
    assert odd.table.columns == [called, "a", "b", "c"] and odd.column(called).to_list() == plain.column("plain").to_list()
    assert odd.rows.tolist() == plain.rows.tolist()
    assert [each.code for each in odd.notices] == [each.code for each in plain.notices]
    for fill in ("rows", "columns"):
        filled = [loaded(csv(each, CELLS[kind]), delimiter=";", decimal=".", fill=fill) for each in ("plain", called)]
        assert filled[0].rows.tolist() == filled[1].rows.tolist()
    looked_through(odd, called)
    again = loaded(b"".join(exporting.points_csv(odd, given.run(loading.with_roles(odd, {"a": "position", "b": "position"})))))
    assert again.column(called).to_list() == odd.column(called).to_list()


def looked_through(dataset, name):
    """Every way in which a column is used after it was loaded."""
    word = str(dataset.table[name][1])
    assert len(finding.find(loading.with_roles(dataset, {name: "hover"}), word).rows)
    assert len(finding.find(loading.with_roles(dataset, {name: "target"}), "1").rows) >= 0
    assert traits.trait(dataset, traits.COLUMN + name, None, 60) is not None
    found = browsing.headings(dataset)
    key = next(key for key, heading in found.items() if heading.name == name)
    assert len(browsing.order(found, [{"colId": key, "sort": "asc"}], {})) == 40
    for condition in ({"type": "blank"}, {"type": "notBlank"}):
        browsing.order(found, [], {key: condition})
    browsing.values(found, [key], [0, 1])


@pytest.mark.parametrize("kind", CELLS)
def test_the_same_in_parquet_and_labels(loaded, labelled, tmp_path, kind):
    table = pl.read_csv(csv("^a$", CELLS[kind]).encode(), separator=";")
    table.write_parquet(tmp_path / "odd.parquet")
    dataset = loaded(tmp_path / "odd.parquet")
    assert dataset.table.columns == ["^a$", "a", "b", "c"]
    if kind not in ("grouped", "gaps"):
        made = labelled(dataset, "\n".join(["^a$", *CELLS[kind]]), labels_header=True)
        assert made.target is None or made.target.name == "^a$"
