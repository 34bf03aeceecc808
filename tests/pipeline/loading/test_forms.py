"""Every form of table that people have, from real files where there are some."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.data import needs_data


def roles(dataset):
    return {column.name: column.role for column in dataset.columns}


def codes(dataset):
    return {notice.code for notice in dataset.notices}


def asked(dataset):
    return {notice.code for notice in dataset.notices if notice.asks}


def digits(count):
    images = gzip.decompress(needs_data("mnist/t10k-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress(needs_data("mnist/t10k-labels-idx1-ubyte.gz").read_bytes())
    pixels = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784)[:count]
    return pixels, np.frombuffer(labels, np.uint8, offset=8)[:count]


def test_fractions_under_a_counting_header_and_labels_apart(loaded, labelled):
    pixels, labels = digits(60)
    table = pl.DataFrame({str(i): pixels[:, i] / 255 for i in range(784)})
    dataset = loaded(table.write_csv())
    assert dataset.rows.shape == (60, 784) and dataset.picture == (28, 28) and dataset.kind == "image"
    assert np.allclose(dataset.rows, pixels / 255, atol=1e-7)
    made = labelled(dataset, "0\n" + "".join(f"Digit {digit}\n" for digit in labels))
    assert made.rows_key == dataset.rows_key and made.rows is dataset.rows
    assert [made.target.names[code] for code in made.target.codes] == [f"Digit {digit}" for digit in labels]


def test_row_numbers_without_name_are_no_feature(loaded):
    dataset = loaded(needs_data("seeds/iris-test_data.csv"))
    assert dataset.rows.shape == (135, 4) and dataset.columns[0].role == "id" and "row number" in codes(dataset)
    number = next(notice for notice in dataset.notices if notice.code == "row number")
    again = loaded(needs_data("seeds/iris-test_data.csv"), **number.options[0].choices)
    assert again.rows.shape == (135, 5) and again.rows_key != dataset.rows_key


def test_repeated_row_numbers_and_classification(loaded):
    rows = "".join(f"{i},{i},{5 + i % 7 / 10},{2 + i % 5 / 10},{i % 3}\n" for i in range(30))
    dataset = loaded(",Unnamed: 0,sepal_length,sepal_width,classification\n" + rows)
    assert dataset.named("feature") == ["sepal_length", "sepal_width"]
    assert dataset.target.name == "classification" and dataset.target.names == ("0", "1", "2")


@pytest.mark.parametrize(
    ("file", "shape", "target", "kind", "names"),
    [
        ("iris.csv", (150, 4), "class", "class", ("SETOSA", "VERSICOLOR", "VIRGINICA")),
        ("microchips-tests.csv", (118, 2), "validity", "class", ("0", "1")),
        ("server-operational-params.csv", (307, 2), "Anomaly", "class", ("0", "1")),
        ("world-happiness-report-2017.csv", (155, 9), "Happiness.Score", "number", ()),
        ("non-linear-regression-x-y.csv", (250, 1), "y", "number", ()),
    ],
)
def test_labels_inside(loaded, file, shape, target, kind, names):
    dataset = loaded(needs_data(f"seeds/{file}"))
    assert dataset.rows.shape == shape
    assert (dataset.target.name, dataset.target.kind, dataset.target.names) == (target, kind, names)
    assert kind == "class" or "label" in asked(dataset)


def test_text_is_kept_for_hover_and_ranks_are_row_numbers(loaded):
    dataset = loaded(needs_data("seeds/world-happiness-report-2017.csv"))
    assert roles(dataset)["Country"] == "hover" and roles(dataset)["Happiness.Rank"] == "id"
    assert dataset.table["Country"][0] == "Norway" and dataset.table.columns[5] == "Economy..GDP.per.Capita."
    assert np.isclose(dataset.target.values[0], 7.53700017929077)


def test_pixels_with_label_first(loaded):
    pixels, labels = digits(300)
    names = [f"{i + 1}x{j + 1}" for i in range(28) for j in range(28)]
    table = pl.DataFrame({"label": labels}).hstack(pl.from_numpy(pixels, schema=names))
    dataset = loaded(table.write_csv())
    assert dataset.rows.dtype == np.uint8 and np.array_equal(dataset.rows, pixels) and dataset.picture == (28, 28)
    assert [dataset.target.names[code] for code in dataset.target.codes] == [str(label) for label in labels]
    plain = loaded(table.write_csv(), picture=False)
    assert plain.kind == "numeric" and plain.picture == () and "constant" in codes(plain)


@pytest.mark.parametrize(("side", "high"), [((8, 8), 16), ((32, 32), 255), ((32, 32, 3), 255)])
def test_other_pictures(loaded, side, high):
    values = np.random.default_rng(0).integers(0, high, (12, int(np.prod(side))), endpoint=True)
    table = pl.from_numpy(values, schema=[f"pixel{i}" for i in range(values.shape[1])])
    dataset = loaded(table.write_csv())
    assert dataset.picture == side and dataset.kind == "image" and np.array_equal(dataset.rows, values)


def test_words_with_numbers_in_latin_1(loaded):
    words = ["café", "null", "NA", '"', "the", "größe", "007", "a,b", "true", "x;y"] + [f"word{i}" for i in range(40)]
    numbers = np.random.default_rng(0).normal(size=(len(words), 50)).round(5)
    table = pl.DataFrame({"0": words} | {str(i + 1): numbers[:, i] for i in range(50)})
    dataset = loaded(table.write_csv().encode("latin-1"))
    assert dataset.details["embedding"] is True and dataset.columns[0].role == "id"
    assert dataset.table["0"].to_list() == words and np.allclose(dataset.rows, numbers, atol=1e-5)
    told = next(notice for notice in dataset.notices if notice.code == "encoding")
    assert "Windows-1252" in told.text and "café" in told.text and told.options


def test_blanks_between_numbers_without_header(loaded):
    dataset = loaded(needs_data("seeds/artifical_lin.txt"))
    assert dataset.rows.shape == (500, 3) and dataset.table[0, 0] == 7.475811838082768723e-03
    assert "header" in asked(dataset) and dataset.named("feature") == ["column 1", "column 2", "column 3"]
    last = next(notice for notice in dataset.notices if notice.code == "no names").options[0]
    assert loaded(needs_data("seeds/artifical_lin.txt"), **last.choices).target.kind == "number"


def test_identifier_first_class_last_question_marks_between(loaded):
    file = needs_data("seeds/breast-cancer-wisconsin.data")
    dataset = loaded(file)
    assert dataset.rows.shape == (699, 9) and dataset.target.names == ("2", "4")
    assert roles(dataset)["column 1"] == "id" and roles(dataset)["column 11"] == "target"
    marks = next(notice for notice in dataset.notices if notice.code == "missing marks")
    assert marks.count == 16 and "?" in marks.text
    assert dataset.table["column 7"].null_count() == 16 and np.isfinite(dataset.rows).all()
    missing = next(notice for notice in dataset.notices if notice.code == "missing")
    sizes = {option.choices["fill"]: loaded(file, **option.choices).rows.shape for option in missing.options}
    assert missing.asks and sizes == {"columns": (699, 8), "rows": (683, 9)}


def test_excel(loaded, tmp_path, labelled):
    import openpyxl

    pixels, labels = digits(20)
    book = openpyxl.Workbook()
    book.active.append([str(i) for i in range(784)])
    for row in pixels:
        book.active.append([float(value) / 255 for value in row])
    book.create_sheet("notes").append(["nothing"])
    book.save(tmp_path / "table.xlsx")
    dataset = loaded(tmp_path / "table.xlsx")
    assert np.allclose(dataset.rows, pixels / 255, atol=1e-7) and dataset.picture == (28, 28) and "sheets" in codes(dataset)
    book = openpyxl.Workbook()
    for word in ["0", *(f"Digit {label}" for label in labels)]:
        book.active.append([word])
    book.save(tmp_path / "labels.xlsx")
    assert labelled(dataset, tmp_path / "labels.xlsx").target.names[0].startswith("Digit")


def test_excel_under_the_name_of_csv_with_gaps_and_dates(loaded, tmp_path):
    import datetime

    import openpyxl

    book = openpyxl.Workbook()
    for row in (["when", "a", "b", "kind"], [datetime.date(2020, 1, 2), 1.5, 2, "x"], [datetime.date(2020, 1, 3), None, 3, "y"],
                [datetime.date(2020, 1, 4), 2.5, 7, "x"], [datetime.date(2020, 1, 5), 0.1, 8, "y"]):  # fmt: skip
        book.active.append(row)
    book.save(tmp_path / "really.csv")
    dataset = loaded(tmp_path / "really.csv")
    assert roles(dataset) == {"when": "hover", "a": "feature", "b": "feature", "kind": "hover"}
    assert dataset.table["a"].to_list() == [1.5, None, 2.5, 0.1] and dataset.columns[0].kind == "date"


def test_parquet_and_arrays(loaded, tmp_path):
    pixels, labels = digits(50)
    named = pl.DataFrame({"class": [f"Digit {label}" for label in labels], "a": pixels[:, 400], "b": pixels[:, 401] / 2})
    named.write_parquet(tmp_path / "table.parquet")
    dataset = loaded(tmp_path / "table.parquet")
    assert dataset.named("feature") == ["a", "b"] and dataset.target.name == "class"
    assert len(dataset.target.names) == len(set(labels))
    np.save(tmp_path / "pictures.npy", pixels.reshape(-1, 28, 28))
    assert loaded(tmp_path / "pictures.npy").picture == (28, 28)
    np.savez(tmp_path / "both.npz", X=pixels.astype(np.float32), y=labels)
    dataset = loaded(tmp_path / "both.npz")
    assert [dataset.target.names[code] for code in dataset.target.codes] == [str(label) for label in labels]
    assert np.array_equal(dataset.rows, pixels)


def test_our_own_points_come_back_without_growing(loaded, tmp_path):
    from pipeline import exporting
    from pipeline.results import Clusters, Map

    dataset = loaded(needs_data("seeds/iris.csv"))
    positions = np.random.default_rng(0).normal(size=(150, 2)).astype(np.float32)
    clusters = Clusters(np.arange(150, dtype=np.int32) % 3, np.ones(150, np.float32))
    first = b"".join(exporting.points_csv(dataset, Map(positions), clusters))
    again = loaded(first)
    assert again.details["positions"] == ["map_x", "map_y"] and again.named("position") == ["map_x", "map_y"]
    assert again.named("feature") == dataset.named("feature") and np.array_equal(again.rows, dataset.rows)
    assert again.target.names == dataset.target.names and roles(again)["row"] == "id" and roles(again)["cluster"] == "hover"
    second = b"".join(exporting.points_csv(again, Map(positions), clusters))
    assert second == first


def test_names_and_labels_given_by_hand_come_back(loaded):
    from pipeline import exporting
    from pipeline.results import Clusters, Map

    dataset = loaded("a,b\n" + "".join(f"{i * 7 % 31},{i * i % 17}\n" for i in range(30)))
    positions = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    clusters = Clusters(np.arange(30, dtype=np.int32) % 3 - 1, np.ones(30, np.float32), {"names": {"1": "odd"}})
    codes = np.repeat(np.array([0, 1, -1], np.int32), 10)
    by_hand = Clusters(codes, np.ones(30, np.float32), {"names": {"0": "good", "1": "=bad"}})
    first = b"".join(exporting.points_csv(dataset, Map(positions), clusters, by_hand))
    assert first.splitlines()[0] == b"row,a,b,map_x,map_y,cluster,cluster_name,label_by_hand"
    again = loaded(first)
    assert again.target.name == "label_by_hand" and again.target.names == ("=bad", "good")
    assert again.named("feature") == ["a", "b"] and roles(again)["cluster"] == roles(again)["cluster_name"] == "hover"
    assert b"".join(exporting.points_csv(again, Map(positions), clusters, by_hand)).count(b"cluster_name") == 1


@pytest.mark.parametrize("header", ["label,x,y,z", ",x,y,z"])
def test_points_are_a_map(loaded, header):
    rows = "".join(f"{i % 4}.0,{i * 1.5},{i / 7:.3f},{-i}\n" for i in range(40))
    dataset = loaded(header + "\n" + rows)
    assert dataset.details["positions"] == ["x", "y", "z"]


def test_quoted_names_with_signs_and_no_last_line_end(loaded):
    dataset = loaded('"Latency (ms)","a.b","say ""yes"", please"\n1,2,3\n4,5,7\n7,9,8')
    assert dataset.table.columns == ["Latency (ms)", "a.b", 'say "yes", please']
    assert dataset.rows.tolist() == [[1, 2, 3], [4, 5, 7], [7, 9, 8]]


def test_numbers_that_are_none_in_typed_files(loaded, tmp_path):
    values = np.array([[1, np.nan], [2, np.inf], [3, 5], [9, 7]])
    np.save(tmp_path / "table.npy", values)
    pl.DataFrame({"a": values[:, 0], "b": values[:, 1], "c": [None, 1, 300, 7]}).write_parquet(tmp_path / "table.parquet")
    for name in ("table.npy", "table.parquet"):
        dataset = loaded(tmp_path / name)
        assert np.isfinite(dataset.rows).all() and {"infinite", "missing"} <= codes(dataset)
        assert dataset.columns[1].missing == 2 and dataset.rows[:, 1].tolist() == [6, 6, 5, 7]


def test_old_excel(loaded):
    dataset = loaded(Path(__file__).parents[2] / "inputs" / "workbook.xls")
    assert dataset.named("feature") == ["sepal length", "sepal width"] and dataset.columns[0].role == "id"
    assert dataset.target.name == "species" and dataset.target.names == ("setosa", "virginica")
