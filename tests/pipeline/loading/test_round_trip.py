"""A table that is written in any dialect is read as the equal table."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import loading

WORDS = st.text(
    st.characters(codec="cp1252", exclude_categories=["Cc", "Zs", "Zl", "Zp"], exclude_characters="\ufeff"),
    min_size=1,
    max_size=9,
)
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from(["", " ", ", ", '"', "; ", "\n", "\t", "|"]), WORDS).map("".join), min_size=1)
WHOLE = st.integers(-(2**50), 2**50)
FRACTIONS = st.floats(-1e15, 1e15, allow_nan=False).filter(lambda number: number != int(number))


@st.composite
def tables(draw):
    """Named columns of fractions, whole numbers and words, equally long; the words are never numbers."""
    rows = draw(st.integers(3, 12))

    def column(values):
        return draw(st.lists(values, min_size=rows, max_size=rows))

    found = {"fractions": column(FRACTIONS), "whole": column(WHOLE), "words": [f"w {w}" for w in column(TEXTS.map("".join))]}
    order = draw(st.permutations(sorted(found)))
    return pl.DataFrame({f"{name} of ours": found[name] for name in order})


def written(table, mark, end, quoting, decimal, encoding):
    """The table as bytes."""
    made = io.StringIO(newline="")
    writer = csv.writer(made, delimiter=mark, lineterminator=end, quoting=quoting)
    writer.writerow(table.columns)
    for row in table.rows():
        writer.writerow([repr(cell).replace(".", decimal) if isinstance(cell, float) else cell for cell in row])
    return made.getvalue().encode(encoding, "replace")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    tables(),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from([".", ","]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_every_value_comes_back(table, mark, end, quoting, decimal, encoding):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.csv"
        file.write_bytes(written(table, mark, end, quoting, decimal, encoding))
        choices = {"type:words of ours": "text", "role:whole of ours": "feature", "fill": "median", "constant": "keep"}
        dataset = loading.load(file, "table.csv", choices=choices, root="", limits=loading.Limits())
    assert dataset.table.columns == table.columns
    for name in table.columns:
        assert dataset.table[name].to_list() == table[name].to_list()
    assert dataset.named("feature") == [name for name in table.columns if name != "words of ours"] or len(table.unique()) < len(
        table
    )
