"""All of MNIST as one CSV file of 128 MB: sent, read and understood in seconds, in little memory."""

import gzip
import threading
import time

import numpy as np
import psutil
import pytest

from tests.browser.conftest import running
from tests.browser.pages import LONG, choose, ready, understood
from tests.data import needs_data


@pytest.fixture(scope="module")
def mnist(tmp_path_factory):
    folder, parts = needs_data("mnist"), []
    for name in ("train", "t10k"):
        content = gzip.decompress((folder / f"{name}-images-idx3-ubyte.gz").read_bytes())
        parts.append(np.frombuffer(content, np.uint8, offset=16).reshape(-1, 784))
    file = tmp_path_factory.mktemp("mnist") / "mnist_70000.csv"
    words = [b"%d" % value for value in range(256)]
    with file.open("wb") as out:
        out.write(b",".join(b"%d" % i for i in range(784)) + b"\n")
        for row in np.concatenate(parts):
            out.write(b",".join([words[value] for value in row.tolist()]) + b"\n")
    return file


def used(process: psutil.Process) -> int:
    """Bytes of a process and all that it started; what they share counts once where the system tells."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            memory = one.memory_full_info()
            total += getattr(memory, "pss", memory.rss)
        except psutil.Error:
            continue
    return total


@pytest.mark.slow
@pytest.mark.quiet
def test_the_whole_of_mnist_is_sent_and_read_in_seconds(browse, tmp_path, mnist):
    with running(tmp_path / "cache") as app:
        page = browse()
        page.goto(app.address)
        ready(page)
        page.locator("#status", has_text="neighbours kept").wait_for(timeout=LONG)
        process, done, most = psutil.Process(app.process.pid), threading.Event(), [0]
        before = used(process)

        def watch() -> None:
            while not done.wait(0.2):
                most[0] = max(most[0], used(process))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            began = time.monotonic()
            choose(page, mnist)
            page.locator("#upload-data[data-state=sending]").wait_for(state="attached")
            understood(page, "mnist_70000.csv")
            spent = time.monotonic() - began
            assert "70,000 rows × 784 columns" in page.locator("#preview h2").inner_text()
        finally:
            done.set()
            watcher.join()
            page.close()  # it would go on asking an app that has ended
        assert spent < 30, spent  # ten seconds on a machine that is not busy
        assert most[0] - before < 3 * mnist.stat().st_size, (most[0] - before) / mnist.stat().st_size
