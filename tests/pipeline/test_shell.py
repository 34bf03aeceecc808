import csv
import json
import re
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import polars as pl
import pytest

from pipeline import __main__ as shell
from pipeline.__main__ import main
from pipeline.exporting import OURS
from pipeline.loading import reach
from tests.pipeline.loading.drawn import pixels, saved, zipped
from tests.pipeline.loading.servers import serving

HOUSE = Path(__file__).parents[2]
IRIS = HOUSE / "data" / "iris.csv"
HOSTILE = '</script><img src=x onerror="alert(1)">'


def run(out, *words):
    assert main([*map(str, words), "--out", str(out)]) == 0
    return pl.read_csv(out / "points.csv"), json.loads((out / "report.json").read_text()), (out / "map.html").read_text()


def figure(page):
    return json.loads(re.search(r'<script type="application/json" id="figure">(.*?)</script>', page, re.DOTALL)[1])


def test_a_table_becomes_points_report_and_map(tmp_path):
    command = [sys.executable, "-m", "pipeline", IRIS, "--out", tmp_path]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Wrote points.csv, report.json and map.html to {tmp_path}.\n"
    points, original = pl.read_csv(tmp_path / "points.csv"), pl.read_csv(IRIS)
    assert points.columns == ["row", *original.columns, "map_x", "map_y", "label", "cluster"]
    assert points.select(original.columns).equals(original) and points["label"].equals(original["class"].alias("label"))
    assert points["row"].to_list() == list(range(150)) and points["cluster"].n_unique() == 10
    report = json.loads((tmp_path / "report.json").read_text())
    assert list(report["seconds"]) == ["loading", "embedding", "neighbors", "projection", "clustering"]
    assert all(report["seconds"].values())
    chosen = [report["recipe"][stage]["algorithm"] for stage in ("embedding", "projection", "clustering")]
    assert chosen == ["standard", "tsne", "kmeans"]
    assert 0.5 < report["scores"]["quality"]["preserved"] <= 1 and report["scores"]["projection"]["kl_divergence"] > 0


def test_stages_take_their_settings_and_their_own_seed(tmp_path):
    words = ["--embedding", "minmax", "pca=3", "--projection", "tsne", "seed=2", "iterations=250", "early_iterations=0"]
    points, report, page = run(tmp_path, IRIS, *words, "--clustering", "kmeans", "n_clusters=4", "on=map", "--seed", "5")
    recipe = report["recipe"]
    assert recipe["embedding"] == {"algorithm": "minmax", "version": 1, "settings": {"pca": 3}}
    assert (recipe["projection"]["settings"]["seed"], recipe["clustering"]["settings"]["seed"]) == (2, 5)
    assert recipe["projection"]["settings"]["iterations"] == 250 and recipe["clustering"]["settings"]["on"] == "map"
    assert points["cluster"].n_unique() == 4
    assert {trace["type"] for trace in figure(page)["data"]} == {"scattergl"}


def test_the_same_words_give_the_same_points(tmp_path):
    words = [IRIS, "--projection", "tsne", "iterations=250", "early_iterations=50", "initialization=random"]
    run(tmp_path / "one", *words)
    run(tmp_path / "two", *words)
    assert (tmp_path / "one" / "points.csv").read_bytes() == (tmp_path / "two" / "points.csv").read_bytes()


def test_a_cache_saves_what_has_not_changed(tmp_path):
    words = [IRIS, "--projection", "pca", "--cache-dir", tmp_path / "cache"]
    first, report, _ = run(tmp_path / "one", *words)
    assert all(report["seconds"][stage] > 0 for stage in ("loading", "embedding", "projection", "clustering"))
    again, report, _ = run(tmp_path / "two", *words)
    assert again.equals(first) and set(report["seconds"].values()) == {0.0}
    fewer, report, _ = run(tmp_path / "three", *words, "--clustering", "kmeans", "n_clusters=3")
    assert {stage for stage, seconds in report["seconds"].items() if seconds} == {"clustering"}
    assert fewer["cluster"].n_unique() == 3 and fewer["map_x"].equals(first["map_x"])


def test_labels_come_from_their_own_file(tmp_path):
    rows = pl.read_csv(IRIS).drop("class")
    rows.write_csv(tmp_path / "rows.csv")
    (tmp_path / "labels.csv").write_text("0\n" + "".join(f"group {row % 2}\n" for row in range(150)))
    points, _, page = run(tmp_path, tmp_path / "rows.csv", "--labels", tmp_path / "labels.csv", "--projection", "pca")
    assert points["label"].to_list() == [f"group {row % 2}" for row in range(150)]
    assert [trace["name"] for trace in figure(page)["data"]] == ["group 0", "group 1"]


def test_an_address_does_for_a_file(tmp_path, monkeypatch, capsys):
    words = ["--projection", "pca", "--out", str(tmp_path / "out")]
    with serving(lambda visit: visit.answer(IRIS.read_bytes())) as web:
        address = f"http://127.0.0.1:{web.port}/sets/flowers.csv"
        assert main([address, *words]) == 2 and web.knocks == 0
        assert "127.0.0.1 is not on the public internet" in capsys.readouterr().err
        monkeypatch.setattr(shell, "Rules", lambda: reach.Rules(permitted=(ip_network("127.0.0.1"),)))
        assert main([address, *words]) == 0
    made = json.loads((tmp_path / "out" / "report.json").read_text())["recipe"]["dataset"]
    assert (made["name"], made["rows"], made["source"]["address"]) == ("flowers.csv", 150, address)
    assert made["source"]["when"] and pl.read_csv(tmp_path / "out" / "points.csv").height == 150


def test_few_rows_get_pca(tmp_path):
    (tmp_path / "few.csv").write_text("a,b\n1,2\n3,5\n4,4\n9,1\n")
    points, report, _ = run(tmp_path, tmp_path / "few.csv")
    assert report["recipe"]["projection"]["algorithm"] == "pca" and points.height == 4


def test_the_map_reaches_nothing_and_shows_text_as_text(tmp_path):
    with (tmp_path / "a.csv").open("w", newline="") as file:
        rows = [(f"<b>{HOSTILE}</b> {row}", row * row % 7, row, ("=1+1", HOSTILE)[row % 2]) for row in range(20)]
        csv.writer(file).writerows([("note", "x", "y", "class"), *rows])
    points, _, page = run(tmp_path, tmp_path / "a.csv", "--projection", "pca")
    assert "default-src 'none'" in page and page.count("<script") - page.count("</script>") == 0
    head = page[: page.index("<script")]
    assert "src=" not in head.replace("default-src", "") and HOSTILE not in page.split("<script>")[0]
    texts = "".join(text for trace in figure(page)["data"] for text in trace["text"]) + str(figure(page)["layout"])
    assert "<img" not in texts and "&lt;img" in texts
    assert set(points["label"]) == {"'=1+1", HOSTILE}


def test_our_own_points_come_back_without_new_columns(tmp_path):
    rows = [f"'=n{row},{row},{row * row % 11},-c{row % 3}\n" for row in range(30)]
    (tmp_path / "a.csv").write_text("name,x,y,class\n" + "".join(rows))
    space = ["--projection", "pca", "dimensions=3"]
    first, _, page = run(tmp_path / "one", tmp_path / "a.csv", *space)
    second, _, _ = run(tmp_path / "two", tmp_path / "one" / "points.csv", *space)
    third, _, _ = run(tmp_path / "three", tmp_path / "two" / "points.csv", *space)
    assert first.columns == second.columns == third.columns == ["row", "name", "x", "y", "class", *OURS[:5]]
    assert {trace["type"] for trace in figure(page)["data"]} == {"scatter3d"}
    assert third.select("name", "x", "y", "class").equals(first.select("name", "x", "y", "class"))


@pytest.mark.parametrize(
    ("words", "said"),
    [(["nowhere.csv"], "nowhere.csv cannot be read"), ([IRIS, "--projection", "tnse"], "Did you mean tsne"),
     ([IRIS, "--clustering", "kmeans", "clusters=3"], "Did you mean n_clusters"),
     ([IRIS, "--clustering", "kmeans", "3"], "A setting is written name=value"),
     ([IRIS, "--projection", "tsne", "perplexity=90"], "Perplexity must be between 5 and"),
     ([IRIS, "--embedding", "standard", "pca=2.5"], "Initial PCA must be a whole number"),
     ([IRIS, "--labels", "nowhere.csv"], "nowhere.csv cannot be read"), ([HOUSE / "LICENSE"], ".")],
)  # fmt: skip
def test_a_problem_is_one_sentence_and_exit_code_2(tmp_path, capsys, words, said):
    assert main([*map(str, words), "--out", str(tmp_path / "out")]) == 2
    lines = capsys.readouterr().err.replace("\r", "\n").strip().splitlines()
    assert said in lines[-1] and "Traceback" not in str(lines) and lines[-1].strip().endswith((".", "?"))
    assert not (tmp_path / "out").exists()


def test_names_that_a_terminal_would_obey_are_shown_by_their_codes(tmp_path, capsys):
    zipped(tmp_path / "pets\x1b[2J.zip", {"a\x9b2J\u202e.png": saved(pixels())[:90], "b\x9b2J.png": saved(pixels())})
    assert main([str(tmp_path / "pets\x1b[2J.zip"), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "pets⟨U+001B⟩[2J.zip has 1 picture" in said and "“a2J\\u202e.png”" in said
    assert not set(said) & {"\x1b", "\x9b", "\u202e"}


@pytest.mark.parametrize("option", ["--out", "--cache-dir"])
@pytest.mark.parametrize("way", ["file", "below a file", "file in the way"])
def test_a_folder_that_cannot_be_written_is_refused_before_computing(tmp_path, capsys, monkeypatch, option, way):
    monkeypatch.setattr("pipeline.__main__.compute", lambda *words: pytest.fail("computed all the same"))
    (tmp_path / "file").write_text("")
    (tmp_path / "full" / "map.html").mkdir(parents=True)
    if way == "file in the way" and option == "--cache-dir":
        pytest.skip("a cache has no files of fixed names")
    wrong = tmp_path / {"file": "file", "below a file": "file/a/b", "file in the way": "full"}[way]
    folders = {"--out": tmp_path / "new" / "out", "--cache-dir": tmp_path / "cache", option: wrong}
    assert main([str(IRIS), *(str(word) for pair in folders.items() for word in pair)]) == 2
    said = capsys.readouterr().err.strip()
    assert f"Name another folder with {option}." in said and "\n" not in said
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("seed", ["-1", "9" * 5000, "x"])
def test_a_seed_that_is_none(tmp_path, capsys, seed):
    assert main([str(IRIS), "--seed", seed, "--out", str(tmp_path / "out")]) == 2
    assert "Seed must be" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main([str(IRIS), "--projection", "pca", "--out", str(tmp_path / "file")]) == 2
    assert "Name another folder with --out." in capsys.readouterr().err


def test_no_file_that_is_read_is_written_over(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("pipeline.__main__.compute", lambda *words: pytest.fail("computed all the same"))
    mine, labels = tmp_path / "points.csv", tmp_path / "report.json"
    mine.write_bytes(IRIS.read_bytes())
    labels.write_text("x\n" * 150)
    (tmp_path / "way").symlink_to(tmp_path)
    for words, read in (([mine], mine), ([IRIS, "--labels", labels], labels)):
        assert main([*map(str, words), "--out", str(tmp_path / "way")]) == 2
        assert f"{read.name} would be written over {read}, which is read" in capsys.readouterr().err
    assert mine.read_bytes() == IRIS.read_bytes()


def test_what_was_there_stays_until_all_is_written(tmp_path, monkeypatch):
    old = {part: f"old {part}" for part in shell.PARTS}
    for part, words in old.items():
        (tmp_path / part).write_text(words)

    def broken(*parts):
        yield b"a\n"
        raise MemoryError

    monkeypatch.setattr("pipeline.exporting.points_csv", broken)
    with pytest.raises(MemoryError):
        main([str(IRIS), "--projection", "pca", "--out", str(tmp_path)])
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == old
