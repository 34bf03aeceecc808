"""What the forkserver loads once, so that its workers have it at once. The web process calls nothing here.

Nothing here may start OpenMP threads: a worker forked after that would hang.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading

OURS = ("callbacks.work", "callbacks.server", "layouts.page")
HEAVY = (
    "polars", "scipy.sparse.linalg", "threadpoolctl",
    "sklearn.cluster", "sklearn.decomposition", "sklearn.metrics", "faiss", "openTSNE", "umap",
)  # fmt: skip


def prepare() -> None:
    """Load and compile everything, behind whatever a page asks for meanwhile.

    Priority belongs to a thread on Linux: this one is gone before the first worker is forked, and
    the workers have the priority of the thread that forks them. Ctrl-C is the server's, which ends this process.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    behind = threading.Thread(target=_load)
    behind.start()
    behind.join()
    for name in OURS:  # on the thread that imports this module: they import it too
        importlib.import_module(name)


def _load() -> None:
    """Load the libraries, and compile what t-SNE and UMAP compile, on one thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
    for name in HEAVY:
        importlib.import_module(name)
    from threadpoolctl import threadpool_limits

    from pipeline.projection import descent, umap

    with threadpool_limits(1):
        descent.warm()
        umap.warm()


def tell() -> None:
    """End this process with 0 if it was forked from one that is warm, else with 1."""
    sys.exit(0 if PREPARED_IN == os.getppid() else 1)


PREPARED_IN = 0
if any("multiprocess.forkserver import main" in word for word in sys.orig_argv):  # imported by the forkserver itself
    prepare()
    PREPARED_IN = os.getpid()
