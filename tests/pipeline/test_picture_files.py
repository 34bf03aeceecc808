"""Picture files all the way: features, a map, groups, the table of points, the one page; and the same from the shell."""

from __future__ import annotations

import json
import re

import numpy as np
import polars as pl
import pytest

from pipeline import embedding, exporting, finding, stages
from pipeline.__main__ import main
from pipeline.sealed import unseal
from pipeline.store import UNSEALED, Store
from tests.pipeline.loading.drawn import load, pixels, saved, unpacked, zipped
from tests.pipeline.samples import made, recipe


def groups(count: int = 24) -> dict[str, bytes]:
    """Pictures of three kinds, each near a pattern of its own."""
    chance = np.random.default_rng(0)
    patterns = [pixels(seed=seed).astype(int) for seed in (1, 2, 3)]
    noisy = [(patterns[i % 3] + chance.normal(0, 12, (20, 24, 3))).clip(0, 255).astype(np.uint8) for i in range(count)]
    return {f"kinds/{'abc'[i % 3]}/{i}.png": saved(picture) for i, picture in enumerate(noisy)}


@pytest.fixture
def dataset(tmp_path):
    return load(zipped(tmp_path / "kinds.zip", groups()))


def test_pictures_go_all_the_way_to_points(dataset, tmp_path):
    store, key = Store(tmp_path / "store"), "1" * 40
    store.put(key, dataset, owner="me", recipe=[])
    few = {"iterations": 250, "early_iterations": 50}
    asked = recipe(key, projection=("tsne", few)) | {"embedding": embedding.suggested(store.get(key))}
    found = {stage: store.get(stages.run(stages.Work(store), asked, stage)) for stage in ("projection", "clustering", "quality")}
    back = store.get(key)
    assert back.originals.equals(dataset.originals) and back.picture == (20, 24, 3)
    assert len({tuple(found["clustering"].labels[back.target.codes == code].tolist()) for code in range(3)}) == 3
    points = pl.read_csv(b"".join(exporting.points_csv(back, found["projection"], found["clustering"])))
    assert points.columns == ["row", "file", "folder", "width", "height", "map_x", "map_y", "label", "cluster"]
    assert points["label"].to_list() == [name.split("/")[1] for name in points["file"]]


@pytest.mark.parametrize("name", [entry.name for entry in embedding.ALGORITHMS])
def test_every_embedding_names_its_columns(dataset, tmp_path, name):
    features = made(tmp_path, dataset, "embedding", name, {"pca": None})
    assert features.values.shape == (24, 20 * 24 * 3) and len(features.columns) == 20 * 24 * 3
    assert len(made(tmp_path / "few", dataset, "embedding", name).columns) == 23


def test_rows_are_found_by_their_files(dataset):
    found = finding.find(dataset, "a/3.PNG")
    assert [dataset.table["file"][row] for row in found.rows.tolist()] == ["kinds/a/3.png"]
    assert len(finding.find(dataset, "b").rows) >= 8


def test_what_was_stored_before_there_were_originals_is_still_read(dataset, tmp_path):
    store, key = Store(tmp_path / "store"), "1" * 40
    store.put(key, dataset, owner="me", recipe=[])
    meta = store.path(key) / "meta.json"
    told = unseal(meta.read_text()) | {"format": UNSEALED}
    del told["files"]["originals.arrow"]
    (store.path(key) / "originals.arrow").unlink()
    told["fields"].pop("originals", None)
    meta.write_text(json.dumps(told))
    assert Store(tmp_path / "store").get(key).originals is None


@pytest.mark.parametrize("what", ["zip", "folder", "."])
def test_the_shell_takes_a_zip_or_a_folder(tmp_path, monkeypatch, what):
    source = zipped(tmp_path / "kinds.zip", groups()) if what == "zip" else unpacked(tmp_path / "kinds", groups())
    monkeypatch.chdir(tmp_path if what != "." else source)
    words = [str(source) if what != "." else ".", "--projection", "pca", "--clustering", "kmeans", "n_clusters=3"]
    assert main([*words, "--out", str(tmp_path / "out")]) == 0
    points = pl.read_csv(tmp_path / "out" / "points.csv")
    assert points.height == 24 and points.n_unique(["label", "cluster"]) == 3
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["recipe"]["dataset"] == {"name": source.name, "rows": 24, "columns": 1440}
    assert report["recipe"]["embedding"]["algorithm"] == "as_is" and report["notices"][0]["code"] == "pictures"
    page = (tmp_path / "out" / "map.html").read_text()
    assert re.search(r"kinds/a/0\.png", page)


def test_the_shell_says_what_is_wrong_with_a_folder(tmp_path, capsys):
    assert main([str(unpacked(tmp_path / "empty", {"t.csv": b"a,b\n1,2\n"})), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.endswith("empty holds no picture but a table, “t.csv”. Open that file.\n")
