"""What a forkserver of the tests loads instead of callbacks.warm: enough for a map, in a second."""

from __future__ import annotations

import importlib
import os
import signal
import sys

PREPARED_IN = 0
if any("multiprocess.forkserver import main" in word for word in sys.orig_argv):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.modules["callbacks.warm"] = sys.modules[__name__]
    for name in ("callbacks.work", "callbacks.server", "layouts.page", "polars", "sklearn.decomposition", "openTSNE"):
        importlib.import_module(name)
    PREPARED_IN = os.getpid()


def tell() -> None:
    """As callbacks.warm.tell."""
    sys.exit(0 if PREPARED_IN == os.getppid() else 1)
