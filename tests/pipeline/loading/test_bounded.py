"""Large files in little time and memory, and a child process that may die."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline import loading
from pipeline.loading import limits as limits_of_loading
from pipeline.results import Problem
from tests.data import needs_data

SECONDS, MEMORY = 30, 3  # MNIST as CSV: three times the seconds promised, and times the size of the file
SMALL = loading.Limits(bytes=2**20, memory=2**28)  # 256 MiB
MEASURE = """
import json, resource, sys, time
from pathlib import Path
import numpy, polars
from pipeline import loading
def peak():
    words = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return int(words["VmHWM"].split()[0]) * 1024
before, started, heard = peak(), time.perf_counter(), []
dataset = loading.load(Path(sys.argv[1]), "mnist.csv", choices={}, root="", limits=loading.Limits(),
                       report=lambda fraction, note="", positions=None: heard.append(fraction))
print(json.dumps({"seconds": time.perf_counter() - started, "grown": peak() - before, "shape": dataset.rows.shape,
                  "sum": int(dataset.rows.sum(dtype="int64")), "heard": heard, "dtype": str(dataset.rows.dtype)}))
"""


@pytest.fixture(scope="module")
def mnist(tmp_path_factory):
    """The full MNIST as CSV, and the sum of its pixels."""
    import gzip

    def read(name, offset):
        return np.frombuffer(gzip.decompress(needs_data(f"mnist/{name}").read_bytes()), np.uint8, offset=offset)

    pixels = np.concatenate([read(f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 784) for part in ("train", "t10k")])
    labels = np.concatenate([read(f"{part}-labels-idx1-ubyte.gz", 8) for part in ("train", "t10k")])
    names = [f"{i + 1}x{j + 1}" for i in range(28) for j in range(28)]
    file = tmp_path_factory.mktemp("mnist") / "mnist.csv"
    pl.DataFrame({"label": labels}).hstack(pl.from_numpy(pixels, schema=names)).write_csv(file)
    return file, int(pixels.sum(dtype=np.int64))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_mnist_as_csv_in_seconds_and_little_memory(mnist):
    file, total = mnist
    told = subprocess.run([sys.executable, "-c", MEASURE, str(file)], capture_output=True, text=True, check=True, timeout=120)
    measured = json.loads(told.stdout)
    assert measured["shape"] == [70_000, 784] and measured["dtype"] == "uint8" and measured["sum"] == total
    assert measured["seconds"] < SECONDS
    assert measured["grown"] < MEMORY * file.stat().st_size
    assert measured["heard"] == sorted(measured["heard"]) and len(measured["heard"]) > 20 and measured["heard"][-1] <= 1


def test_a_child_brings_back_the_same_dataset():
    file, heard = needs_data("seeds/iris.csv"), []
    settled = {"choices": {}, "root": "r", "limits": loading.Limits()}
    here = loading.load(file, "iris.csv", **settled)
    there = loading.load_bounded(file, "iris.csv", **settled, report=lambda fraction, note="": heard.append(fraction))
    assert there.rows_key == here.rows_key and np.array_equal(there.rows, here.rows) and there.table.equals(here.table)
    assert (there.columns, there.notices, there.target.names) == (here.columns, here.notices, here.target.names)
    assert heard and max(heard) <= 1


def test_a_problem_crosses_with_its_ways_out(tmp_path):
    (tmp_path / "t.csv").write_text("a,b,c\n1,2,3\n4,5,6,7\n6,7,9\n2,1,8\n")
    with pytest.raises(Problem, match="row 3 has 4 cells") as caught:
        loading.load_bounded(tmp_path / "t.csv", "t.csv", choices={}, root="", limits=loading.Limits())
    assert caught.value.options[0].choices == {"long_rows": "leave out"}


def abort(limits, last):
    """Die as a process does that is killed for memory."""
    os.abort()


def hoard(limits, last):
    """Use more memory than is allowed, on a system that bounds no address space."""
    limits_of_loading._bound_by_system = lambda *_: None
    loading.bound_process(limits, last)
    held = []
    while True:
        held.append(bytes(2**22) + b"x")


def spin(limits, last):
    """Use more of the processor than is allowed."""
    loading.bound_process(limits, last)
    while True:
        pass


def sleep(limits, last):
    """Use no processor at all, for ever."""
    loading.bound_process(limits, last)
    time.sleep(3600)


@pytest.mark.skipif(sys.platform == "win32", reason="the system bounds neither address space nor processor")
@pytest.mark.parametrize(
    ("limits", "within", "sentence"),
    [
        (loading.Limits(), abort, r"Reading t\.csv was ended by the system \(code -6\), most likely for want of memory\."),
        (SMALL, hoard, r"t\.csv is too much for this machine\. Reading it needs more than 0\.\d GB of memory\."),
        (loading.Limits(processor=1), spin, r"Reading t\.csv takes more than 1 second of the processor's time\."),
        (loading.Limits(seconds=1), sleep, r"t\.csv is too much for this machine\. Reading it takes longer than 1 second\."),
    ],
)
def test_each_limit_ends_the_child_alone_in_a_sentence(tmp_path, limits, within, sentence):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,5\n")
    started = time.perf_counter()
    with pytest.raises(Problem, match=f"{sentence} .*Take a sample of its rows, leave columns out, or save it as Parquet"):
        loading.load_bounded(tmp_path / "t.csv", "t.csv", choices={}, root="", limits=limits, within=within)
    assert time.perf_counter() - started < 30  # ten seconds on a machine that is not busy
    assert not multiprocessing.active_children()


def test_a_table_beyond_the_address_space_is_refused_in_a_sentence(tmp_path):
    file = tmp_path / "big.npy"
    np.lib.format.open_memmap(file, mode="w+", dtype="f8", shape=(8000, 10_000)).flush()  # 640 MB that take no room on the disk
    with pytest.raises(Problem, match=r"big\.npy needs more memory than there is"):
        loading.load_bounded(file, "big.npy", choices={}, root="", limits=loading.Limits(bytes=2**30), within=little)


def little(limits, last):
    """Less address space than the file has bytes."""
    loading.bound_process(SMALL, last)


def test_memory_is_bounded_in_the_child():
    code = (
        "import numpy, resource; from pipeline import loading; loading.bound_process(loading.Limits());"
        "print(resource.getrlimit(resource.RLIMIT_AS)[0] < 2**36, resource.getrlimit(resource.RLIMIT_CPU)[0] < 3600);"
        "numpy.empty(2**34, numpy.uint8)"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert made.stdout.split() == ["True", "True"] and "MemoryError" in made.stderr


def test_loading_is_light_to_import():
    heavy = "polars", "sklearn", "fastexcel", "pandas"
    code = f"import sys, pipeline.loading; print([name for name in {heavy} if name in sys.modules])"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert made.stdout.strip() == "[]"
