import numpy as np

from pipeline import trail
from pipeline.trail import Trail, quantised


def test_a_trail_passes_everything_on_and_keeps_a_few_frames_over_the_whole_run():
    heard = []
    kept = Trail(lambda *given: heard.append(given))
    for step in range(500):
        kept.report(step / 500, f"step {step}", np.array([[0.0, 0.0], [1.0, step / 499]]))
    frames = kept.frames()
    assert len(heard) == 500 and heard[7][:2] == (7 / 500, "step 7")
    assert len(frames) == trail.FRAMES
    heights = frames[:, 1, 1].astype(int) - frames[:, 0, 1]
    assert heights[0] == 0 and heights[-1] > 0.9 * 2 * 32767 and (np.diff(heights) > 0).all()


def test_large_maps_keep_no_trail(monkeypatch):
    monkeypatch.setattr(trail, "ROWS", 3)
    kept = Trail(lambda *given: None)
    kept.report(0.5, "", np.zeros((4, 2)))
    assert kept.frames().shape == (0, 0, 0)


def test_positions_are_scaled_by_their_own_extent_without_changing_their_form():
    positions = np.array([[10.0, 5.0], [14.0, 6.0], [12.0, 5.5]])
    found = quantised(positions)
    assert found.tolist() == [[-32767, -8192], [32767, 8192], [0, 0]]
    assert quantised(np.ones((3, 2))).tolist() == [[0, 0]] * 3  # all at one place
