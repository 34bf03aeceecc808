"""NumPy's .npy and .npz → Sheet, never with pickles."""

from __future__ import annotations

import errno
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.loading.columnar import checked_size
from pipeline.loading.limits import Limits
from pipeline.loading.sheet import Sheet, counted_from
from pipeline.loading.words import counted, first_words, quoted
from pipeline.results import Notice, Problem

DATA = ("x", "data", "images", "features", "x_train", "arr_0")
LABELS = ("y", "labels", "label", "target", "targets", "y_train", "arr_1")
MOST_AXES = 4
SURROGATES, LAST_CHARACTER = (0xD800, 0xE000), 0x10FFFF  # code points
OTHER = {
    "c": "complex numbers",
    "M": "dates",
    "m": "durations",
    "S": "bytes",
    "T": "texts of any length",
    "V": "records with fields",
    "O": "Python objects",
}  # kinds of array that are not read


def read(file: Path, name: str, choices: dict[str, Any], limits: Limits, report: Any) -> Sheet:
    """The table of an .npy file: one row for each entry of the first dimension; raises Problem."""
    return sheet_of_array(_held(name, lambda: np.load(file, mmap_mode="r", allow_pickle=False)), name, limits)


def read_archive(file: Path, name: str, choices: dict[str, Any], limits: Limits, report: Any) -> Sheet:
    """The table of an .npz file, with labels when it has them; raises Problem."""
    arrays = _held(name, lambda: _members(file))
    data = _first(arrays, DATA, lambda array: array.ndim >= 2 and array.dtype.kind in "biuf")
    if data is None:
        held = ", ".join(f"{quoted(key)} {array.shape}" for key, array in list(arrays.items())[:5]) or "nothing"
        raise Problem(f"{name} holds no table of numbers (it has {held}). Save an array with rows and columns as X.")
    sheet = sheet_of_array(arrays[data], name, limits)
    rest = {key: array for key, array in arrays.items() if key != data}
    labels = _first(
        rest, LABELS, lambda array: array.ndim == 1 and len(array) == len(arrays[data]) and array.dtype.kind in "biufU"
    )
    unused = [key for key in rest if key != labels]
    words = f"Array {quoted(data)} is the table" + (f" and {quoted(labels)} are its labels." if labels else ".")
    words += f" Not used: {', '.join(unused[:5])}." if unused else ""
    sheet.notices.append(Notice("arrays", words, len(unused)))
    sheet.labels = _labels(arrays[labels], name, sheet.notices) if labels else None
    return sheet


def sheet_of_array(array: np.ndarray, name: str, limits: Limits) -> Sheet:
    """The table of an array: further dimensions are flattened, pictures remembered."""
    _check(array, name)
    shape = tuple(int(side) for side in array.shape[1:])
    width = math.prod(shape)
    checked_size(name, len(array), width, limits)
    picture = shape if len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4)) else ()
    flat, notices = _plain(np.asarray(array).reshape(len(array), width), name)
    frame = pl.DataFrame([_series(str(i), flat[:, i], name) for i in range(width)])
    return Sheet(frame, heading=True, picture=picture, row=counted_from(1), notices=notices)


def _check(array: np.ndarray, name: str) -> None:
    """Raise Problem for arrays that are no table of numbers or words."""
    sides = " × ".join(f"{side:,}" for side in array.shape)
    if array.dtype.kind not in "biufU":
        held = OTHER.get(array.dtype.kind, str(array.dtype)[:40])
        raise Problem(f"{name} holds an array of {held}. Numbers in rows and columns are needed: save it as such.")
    if array.ndim == 0:
        raise Problem(f"{name} holds a single value and no rows. Save an array with rows and columns.")
    most = 2 if array.dtype.kind == "U" else MOST_AXES
    if array.ndim > most:
        what = "an array of texts" if most == 2 else "an array"
        raise Problem(f"{name} holds {what} with {array.ndim} dimensions ({sides}); at most {most} are read. Flatten it first.")
    if array.size == 0:
        raise Problem(f"{name} holds an empty array ({sides}). Save an array with rows and columns.")


def _plain(flat: np.ndarray, name: str) -> tuple[np.ndarray, list[Notice]]:
    """The same values in a type that polars knows."""
    if flat.dtype.kind == "b":
        return flat.astype(np.uint8), []
    told = []
    if flat.dtype.kind == "f" and flat.dtype.itemsize not in (4, 8):
        with np.errstate(over="ignore"):
            made = flat.astype(np.float64)
        lost = int(np.count_nonzero((made != flat) & ~np.isnan(flat)))
        if lost:
            told.append(Notice("rounded", f"{counted(lost, 'number')} of {name} rounded from {flat.dtype} to float64.", lost))
        flat = made
    return flat.astype(flat.dtype.newbyteorder("="), copy=False), told


def _series(label: str, values: np.ndarray, name: str) -> pl.Series:
    """A column of numbers or words."""
    values = np.ascontiguousarray(values)
    if values.dtype.kind != "U":
        return pl.Series(label, values)
    codes = values.view(np.uint32) if values.dtype.itemsize else np.zeros(0, np.uint32)
    if ((codes >= SURROGATES[0]) & (codes < SURROGATES[1])).any() or (codes > LAST_CHARACTER).any():
        raise Problem(f"{name} holds texts with impossible characters: it is damaged. Save or download it again.")
    return pl.Series(label, values.tolist(), dtype=pl.String)


def _labels(labels: np.ndarray, name: str, notices: list[Notice]) -> Any:
    """The labels as a column; those that are no number among numbers are missing."""
    flat, told = _plain(labels.reshape(-1, 1), name)
    notices += told
    column = _series("label", flat[:, 0], name)
    if not column.dtype.is_float():
        return column
    strange = ~column.is_finite()
    count = int(strange.sum())
    if count:
        notices.append(Notice("label marks", f"{counted(count, 'label')} that are no number (NaN, infinite): missing.", count))
    return column.set(strange, None)


def _members(file: Path) -> dict[str, np.ndarray]:
    with np.load(file, allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


def _held(name: str, load: Callable[[], Any]) -> Any:
    """What NumPy reads; raises Problem for whatever it stumbles over.

    A damaged file makes its readers (zip, deflate, the parser of the header) raise nearly anything.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the age of a header, which is no concern of a reader of its numbers
            held = load()
    except MemoryError:
        raise
    except Exception as error:
        if getattr(error, "errno", None) == errno.ENOMEM:
            raise MemoryError from None
        raise _unreadable(name, error) from None
    for each in held.values() if isinstance(held, dict) else [held]:
        if not isinstance(each, np.ndarray):  # the bytes of a member that does not begin like an array
            raise _unreadable(name, ValueError("a part of it is no array"))
    return held


def _first(arrays: dict[str, np.ndarray], names: tuple[str, ...], fits: Any) -> str | None:
    """Name of the array that fits, by name if possible."""
    fitting = [key for key in arrays if fits(arrays[key])]
    return next((key for name in names for key in fitting if key.lower() == name), fitting[0] if fitting else None)


def _unreadable(name: str, error: Exception) -> Problem:
    words = first_words(error, 400)
    if "ython objects" in words or "Object arrays" in words or "pickled" in words:
        return Problem(f"{name} holds Python objects, which could run programs and are not read. Save plain numbers.")
    about = first_words(error) or type(error).__name__
    return Problem(f"{name} is a damaged NumPy file ({about}). Save or download it again.")
