"""The log: where an error arose and under which reference, never what the data were; bounded, private, in plain letters."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

import pytest

from callbacks import errors
from pipeline.results import Problem


def raised(error: BaseException, behind: BaseException | None = None) -> BaseException:
    try:
        raise error from behind
    except BaseException as caught:
        return caught


def test_the_log_has_kinds_and_places_and_no_words_of_errors(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    held = [raised(KeyError("patient 31337")), OSError(errno.EACCES, "denied", "/data/patient 31337")]
    sentence = errors.calm(raised(ValueError("could not convert 31337"), raised(held[1], held[0])), log)
    told = log.read_text()
    assert sentence.split("Reference ")[1].rstrip(")") in told
    assert "31337" not in told + sentence
    for word in ("builtins.ValueError", "builtins.PermissionError (EACCES)", "builtins.KeyError", "test_errors.py:", "in raised"):
        assert word in told
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_an_endless_chain_of_errors_ends(tmp_path: Path) -> None:
    first, second = ValueError(), KeyError()
    first.__context__, second.__context__ = second, first
    errors.calm(first, tmp_path / "log.txt")
    assert (tmp_path / "log.txt").read_text().count("which came of") == errors.CHAIN - 1


def test_control_characters_do_not_reach_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    errors.note("a\x1b[2J\rb\u202ec\x00", log)
    assert "a⟨U+001B⟩[2J⟨U+000D⟩b⟨U+202E⟩c⟨U+0000⟩" in log.read_text(encoding="utf-8")
    assert not any(letter in log.read_text(encoding="utf-8") for letter in "\x1b\u202e\x00")


def test_the_log_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "LARGEST", 5_000)
    log = tmp_path / "log.txt"
    for _ in range(200):
        errors.note("x" * 300, log)
    errors.note("y" * 10**6, log)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 2 * (5_000 + errors.LONGEST) + 1_000
    assert {file.name for file in tmp_path.iterdir()} == {"log.txt", "log.old.txt"}


@pytest.mark.parametrize(("error", "words"), [
    (Problem("Row 3 has no value."), "Row 3 has no value."), (MemoryError(), "not enough memory"),
    (OSError(errno.ENOSPC, "x"), "The disk is full"),
])  # fmt: skip
def test_what_a_person_can_do_something_about_is_said_and_not_logged(tmp_path: Path, error: BaseException, words: str) -> None:
    assert words in errors.calm(error, tmp_path / "log.txt")
    assert not (tmp_path / "log.txt").exists()


def test_a_log_that_cannot_be_written_is_no_second_error(tmp_path: Path) -> None:
    assert "Reference" in errors.calm(ValueError(), tmp_path / "no" / "log.txt")
