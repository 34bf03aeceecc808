"""The pacing of frames."""

from __future__ import annotations

import numpy as np

from pipeline.projection.settings import FRAMES, Frames


def test_quick_steps_are_no_flood_and_slow_ones_are_all_shown(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    positions = np.zeros((3, 2))
    for step, expected in ((0.0, FRAMES + 1), (1.0, 1001)):
        told = []
        frames = Frames(lambda fraction, note, sent, told=told: told.append((fraction, sent)), 1000)
        for done in range(1001):
            clock[0] += step
            frames.show(done, "", positions)
        assert len(told) == expected
        assert [told[0][0], told[-1][0]] == [0.0, 1.0]


def test_a_frame_is_a_copy_of_its_own():
    told, positions = [], np.zeros((3, 2))
    Frames(lambda fraction, note, sent: told.append(sent), 10).show(0, "", positions)
    positions += 1
    assert not told[0].any()
    assert told[0].dtype == np.float32
