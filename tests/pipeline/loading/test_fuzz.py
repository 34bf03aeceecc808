"""A seeded share of the hostile files: none crashes, hangs or raises anything but Problem, and what fails is kept."""

from __future__ import annotations

import argparse
import json

import pytest

from benchmarks import fuzz
from benchmarks.hostile import Corpus, Hostile, hostile
from pipeline import loading

COUNT = 2_000  # ``make fuzz`` runs many more


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_hostile_files_are_read_or_refused(tmp_path, capfd):
    asked = argparse.Namespace(count=COUNT, seed=20, processes=1, keep=tmp_path)
    failed = fuzz.all_shares(asked)
    said = capfd.readouterr()
    assert not failed and not list(tmp_path.iterdir()), said.err
    assert f"{COUNT:,} files of seed 20" in said.out and " 0 failed" in said.out


def test_a_file_is_made_anew_from_its_seed_and_number():
    corpus = Corpus.read()
    made = [hostile(1, number, corpus) for number in range(300)]
    assert made == [hostile(1, number, corpus) for number in range(300)]
    assert made != [hostile(2, number, corpus) for number in range(300)]
    assert len({one.content for one in made}) > 200


def test_what_fails_is_told_and_kept_to_be_run_again(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(loading, "load", lambda *_, **__: 1 / 0)
    fuzz.share(3, range(0, 2, 1), tmp_path)
    kept = tmp_path / "seed-3-file-1.json"
    assert "ZeroDivisionError" in json.loads(kept.read_text())["why"] and "seed 3, file 1" in capsys.readouterr().err
    monkeypatch.undo()
    fuzz.main(["--again", str(kept)])
    assert capsys.readouterr().out.strip() in ("read", "refused")


@pytest.mark.parametrize("words", ["no end", "a line\nend.", "x" * 800 + ".", "\u202e."])
def test_a_sentence_that_is_not_fit_to_be_shown_fails(words, tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "load", lambda *_, **__: (_ for _ in ()).throw(fuzz.Problem(words)))
    assert "not a sentence" in fuzz.tried(Hostile(b""), tmp_path)
