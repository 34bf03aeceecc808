import dataclasses
import functools
import gzip
import hashlib
import io
import subprocess
import sys
import tarfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import generate_data
from pipeline.results import Problem
from pipeline.samples.downloaded import DOWNLOADED
from pipeline.samples.made import table
from tests.data import needs_data

MNIST = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
CIFAR = "cifar-10-binary.tar.gz"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


@pytest.fixture
def serve():
    """serve(folder) -> address of a real server on loopback."""
    servers = []

    def start(folder):
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def run(tmp_path, *arguments):
    return generate_data.main([*arguments, "--out", str(tmp_path / "out"), "--cache-dir", str(tmp_path / "cache")])


def read(tmp_path, name):
    table = pl.read_csv(tmp_path / "out" / f"{name}_input.csv")
    return table.columns, table.to_numpy(), (tmp_path / "out" / f"{name}_labels.csv").read_text().split("\n")


def idx(file, header):
    return np.frombuffer(gzip.decompress(needs_data(f"mnist/{file}").read_bytes())[header:], np.uint8)


def records():
    with tarfile.open(needs_data(f"cifar10/{CIFAR}")) as archive:
        parts = [archive.extractfile(f"cifar-10-batches-bin/data_batch_{part}.bin").read() for part in range(1, 6)]
    return np.frombuffer(b"".join(parts), np.uint8).reshape(-1, 3073)


@pytest.mark.parametrize(
    ("name", "names"),
    [("mnist", [f"Digit {d}" for d in range(10)]), ("Fashion-MNIST", DOWNLOADED["fashion_mnist"].names)],
)
def test_pictures_and_labels_belong_together(tmp_path, serve, capsys, name, names):
    address = serve(needs_data("mnist"))
    assert run(tmp_path, name, "300", "--base-url", address) == 0
    columns, rows, labels = read(tmp_path, f"{name.lower().replace('-', '_')}_300")
    assert columns == [str(pixel) for pixel in range(784)]
    assert labels[0] == "0" and labels[-1] == "" and len(labels) == 302
    pictures, codes = idx(MNIST[0], 16).reshape(-1, 784), idx(MNIST[1], 8)
    known = {picture.tobytes(): code for picture, code in zip(pictures, codes, strict=True)}
    assert rows.min() == 0 and rows.max() == 1
    assert [names[known[row.tobytes()]] for row in np.rint(rows * 255).astype(np.uint8)] == labels[1:-1]
    assert capsys.readouterr().err.count("checksum not known") == 2


def test_colour_pictures_are_rows_of_red_green_blue(tmp_path, serve):
    assert run(tmp_path, "CIFAR", "5000", "--base-url", serve(needs_data("cifar10"))) == 0
    columns, rows, labels = read(tmp_path, "cifar10_5000")
    expected = records()
    assert len(columns) == 3072
    red_green_blue = np.stack([expected[:, 1:1025], expected[:, 1025:2049], expected[:, 2049:]], axis=-1)
    assert (np.rint(rows * 255).reshape(-1, 1024, 3) == red_green_blue).all()
    assert labels[1:-1] == [DOWNLOADED["cifar10"].names[code] for code in expected[:, 0]]


def test_gray_pictures_keep_their_brightness(tmp_path, serve):
    assert run(tmp_path, "cifar_gray", "5000", "--base-url", serve(needs_data("cifar10"))) == 0
    columns, rows, _ = read(tmp_path, "cifar_gray_5000")
    expected = records()[:, 1:].reshape(-1, 3, 1024).astype(float)
    assert len(columns) == 1024
    weighted = 0.299 * expected[:, 0] + 0.587 * expected[:, 1] + 0.114 * expected[:, 2]
    assert np.abs(rows * 255 - weighted).max() <= 0.51


def test_downloads_are_kept_and_samples_repeat(tmp_path, serve):
    folder = tmp_path / "served"
    folder.mkdir()
    for name in MNIST:
        (folder / name).symlink_to(needs_data(f"mnist/{name}"))
    address = serve(folder)
    assert run(tmp_path, "mnist", "20", "--base-url", address) == 0
    for name in MNIST:
        (folder / name).unlink()
    first = (tmp_path / "out" / "mnist_20_input.csv").read_bytes()
    for arguments in (["20", "--seed", "0"], ["50"]):
        assert run(tmp_path, "mnist", *arguments, "--base-url", address) == 0
    assert (tmp_path / "out" / "mnist_20_input.csv").read_bytes() == first
    assert (tmp_path / "out" / "mnist_50_input.csv").read_bytes().startswith(first)
    assert run(tmp_path, "mnist", "20", "--seed", "1", "--base-url", address) == 0
    assert (tmp_path / "out" / "mnist_20_input.csv").read_bytes() != first


def test_the_usual_address_must_serve_the_known_bytes(tmp_path, serve, capsys, monkeypatch):
    address = serve(needs_data("mnist"))  # the same pictures, compressed anew
    monkeypatch.setitem(DOWNLOADED, "mnist", dataclasses.replace(DOWNLOADED["mnist"], address=address))
    assert run(tmp_path, "mnist", "20") == 2
    assert "checksum is wrong" in capsys.readouterr().err
    hashes = {name: hashlib.sha256(needs_data(f"mnist/{name}").read_bytes()).hexdigest() for name in MNIST}
    monkeypatch.setitem(DOWNLOADED, "mnist", dataclasses.replace(DOWNLOADED["mnist"], address=address, files=hashes))
    assert run(tmp_path, "mnist", "20") == 0
    assert "checksum" not in capsys.readouterr().err


def _archive(parts):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in parts.items():
            entry = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


BATCHES = {f"data_batch_{part}.bin": bytes(3073) for part in range(1, 6)}
PICTURES = bytes((0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28)) + bytes(2 * 784)
LABELS = bytes((0, 0, 8, 1, 0, 0, 0, 2, 3, 4))
WRONG = {
    "not compressed": ("mnist", PICTURES, LABELS, "damaged"),
    "cut": ("mnist", gzip.compress(PICTURES)[:-9], gzip.compress(LABELS), "damaged"),
    "not IDX": ("mnist", gzip.compress(b"\x80\x04" + PICTURES), gzip.compress(LABELS), "does not begin like an IDX file"),
    "too few": ("mnist", gzip.compress(PICTURES[:-1]), gzip.compress(LABELS), "announces 1,568 values and holds 1,567"),
    "too many": ("mnist", gzip.compress(PICTURES + b"1"), gzip.compress(LABELS), "holds more"),
    "boundless": ("mnist", gzip.compress(PICTURES[:4] + b"\xff" * 4 + PICTURES[8:]), gzip.compress(LABELS), "4294967295"),
    "another count": ("mnist", gzip.compress(PICTURES), gzip.compress(LABELS[:7] + b"\1\3"), "2 pictures and 1 labels"),
    "no class": ("mnist", gzip.compress(PICTURES), gzip.compress(LABELS[:-1] + b"\x0a"), "not classes"),
    "no archive": ("cifar10", b"\x80\x04]", None, "damaged"),
    "part missing": ("cifar10", _archive({**BATCHES, "data_batch_3.bin": b""}), None, "0 bytes"),
    "another archive": ("cifar10", _archive({"batches.meta": b"\x80\x04]"}), None, "no data_batch_1.bin"),
    "broken record": ("cifar10", _archive({**BATCHES, "data_batch_5.bin": bytes(3074)}), None, "no multiple of 3,073"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mirror_that_serves_something_else_is_refused(tmp_path, serve, capsys, case):
    name, first, second, words = WRONG[case]
    folder = tmp_path / "served"
    folder.mkdir()
    files = list(DOWNLOADED[name].files)
    (folder / files[0]).write_bytes(first)
    if second is not None:
        (folder / files[1]).write_bytes(second)
    address = serve(folder)
    assert run(tmp_path, name, "2", "--base-url", address) == 2
    assert words in capsys.readouterr().err.splitlines()[-1]
    good = [_archive(BATCHES)] if name == "cifar10" else [gzip.compress(PICTURES), gzip.compress(LABELS)]
    for file, content in zip(files, good, strict=True):
        (folder / file).write_bytes(content)
    assert run(tmp_path, name, "2", "--base-url", address) == 0  # the bad file was not kept


def test_an_absent_file_and_an_absent_server(tmp_path, serve, capsys):
    assert run(tmp_path, "cifar10", "--base-url", serve(tmp_path)) == 2
    assert "answered 404" in capsys.readouterr().err
    assert run(tmp_path, "mnist", "--base-url", "http://127.0.0.1:9") == 2
    assert "Is there a network?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "name"),
    [("MNIST", "mnist"), ("mnist_digits", "mnist"), ("MNISTdigits", "mnist"), ("Fashion", "fashion_mnist"),
     ("Fashion_MNIST", "fashion_mnist"), ("FashionMNIST", "fashion_mnist"), ("CIFAR10", "cifar10"), ("cifar", "cifar10"),
     ("cifar10_gray", "cifar_gray"), ("CIFARgray", "cifar_gray"), ("Swiss roll", "swiss_roll"), ("Iris", "iris")],
)  # fmt: skip
def test_names_in_any_case(given, name):
    assert generate_data.known_name(given) == name


def test_an_unknown_name_brings_suggestions():
    with pytest.raises(Problem, match="Did you mean mnist"):
        generate_data.known_name("minst")


@pytest.mark.parametrize(
    ("name", "rows", "columns", "labels"),
    [("digits", 1797, 64, {f"Digit {d}" for d in range(10)}), ("iris", 150, 4, {"setosa", "versicolor", "virginica"}),
     ("wine", 178, 13, {"class_0", "class_1", "class_2"}), ("breast_cancer", 569, 30, {"malignant", "benign"}),
     ("blobs", 3000, 10, {f"Blob {b}" for b in range(1, 6)}), ("moons", 3000, 2, {"upper", "lower"}),
     ("circles", 3000, 2, {"outer", "inner"})],
)  # fmt: skip
def test_sets_without_network(tmp_path, name, rows, columns, labels):
    assert run(tmp_path, name) == 0
    header, values, words = read(tmp_path, f"{name}_{rows}")
    assert values.shape == (rows, columns) and np.isfinite(values).all() and len(header) == columns
    assert set(words[1:-1]) == labels and len(words) == rows + 2


def test_settings_shape_what_is_drawn(tmp_path):
    assert run(tmp_path, "blobs", "60", "--centers", "3", "--columns", "2", "--spread", "0") == 0
    _, values, words = read(tmp_path, "blobs_60")
    assert len(np.unique(values, axis=0)) == len(set(words[1:-1])) == 3
    assert run(tmp_path, "circles", "40", "--noise", "0", "--factor", "0.25") == 0
    _, values, words = read(tmp_path, "circles_40")
    assert {(word, round(float(radius), 6)) for word, radius in zip(words[1:-1], np.hypot(*values.T), strict=True)} == {
        ("outer", 1.0), ("inner", 0.25)}  # fmt: skip
    assert run(tmp_path, "swiss_roll", "50", "--noise", "0", "--hole", "yes") == 0
    _, values, words = read(tmp_path, "swiss_roll_50")
    assert np.allclose(np.hypot(values[:, 0], values[:, 2]), [float(word) for word in words[1:-1]], atol=1e-4)


@pytest.mark.parametrize(("name", "scale"), [("digits", 16), ("iris", 1), ("wine", 1), ("breast_cancer", 1)])
def test_the_shipped_samples_are_what_they_say(name, scale):
    shipped = pl.read_csv(Path(generate_data.__file__).parent / "data" / f"{name}.csv")
    _, rows, labels = table(name)
    assert (shipped.select(shipped.columns[:-1]).to_numpy() == rows * scale).all()
    words = shipped[shipped.columns[-1]].to_list()
    assert len(set(zip(words, labels, strict=True))) == len(set(words)) == len(set(labels))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["iris", "151"], "iris has 150 rows and 151 were asked for: ask for at most 150."),
     (["iris", "many"], "The sample size must be a whole number above 0; got many."),
     (["iris", "0"], "got 0."), (["iris", "١٢"], "got ١٢."), (["moons", "2000000"], "ask for at most 1,000,000."),
     (["moons", "--factor", "0.5"], "moons has no setting “factor”; it has noise."),
     (["iris", "--noise", "1"], "iris has no setting “noise”: its rows are given."),
     (["moons", "--noise", "-1"], "Noise must be between 0 and 100"), (["blobs", "--centers", "2.5"], "whole number"),
     (["digits", "5", "--seed", "-1"], "The seed must be a whole number between 0 and 4,294,967,295; got -1."),
     (["blobs", "10", "--seed", "99999999999"], "got 99999999999."), (["blobs", "10", "--seed", "9" * 5000], "999…."),
     (["blobs", "10", "--seed", "x"], "got x."), (["blobs", "9" * 5000], "999… rows were asked for: ask for at most 1,000,000."),
     (["blobs", "1000000", "--columns", "1000"], "ask for at most 200,000 points."),
     (["irsi"], "Did you mean iris")],
)  # fmt: skip
def test_what_cannot_be_made_is_one_sentence(tmp_path, capsys, arguments, words):
    assert run(tmp_path, *arguments) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["blobs", "moons", "circles", "swiss_roll"])
def test_a_single_point(tmp_path, name):
    assert run(tmp_path, name, "1", "--seed", "4294967295") == 0
    assert len(read(tmp_path, f"{name}_1")[1]) == 1


def test_a_folder_that_cannot_be_written(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert generate_data.main(["iris", "--out", str(tmp_path / "file")]) == 2
    assert "Name another folder with --out." in capsys.readouterr().err


def test_the_command_line_from_elsewhere(tmp_path):
    command = [sys.executable, Path(generate_data.__file__)]
    settings = {"cwd": tmp_path, "capture_output": True, "text": True, "timeout": 60}
    done = subprocess.run([*command, "iris", "5", "--out", "here"], **settings)
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in (tmp_path / "here").iterdir()) == ["iris_5_input.csv", "iris_5_labels.csv"]
    wrong = subprocess.run([*command, "irsi"], **settings)
    assert wrong.returncode == 2 and wrong.stderr.count("\n") == 1
