"""NumPy's .npy and .npz → Sheet, never with pickles."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.loading.columnar import checked_size
from pipeline.loading.limits import Limits
from pipeline.loading.sheet import Sheet
from pipeline.results import Notice, Problem

DATA = ("x", "data", "images", "features", "x_train", "arr_0")
LABELS = ("y", "labels", "label", "target", "targets", "y_train", "arr_1")


def read(file: Path, name: str, choices: dict[str, Any], limits: Limits, report: Any) -> Sheet:
    """The table of an .npy file: one row for each entry of the first dimension; raises Problem."""
    try:
        array = np.load(file, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise _unreadable(name, error) from None
    return sheet_of_array(array, name, limits)


def read_archive(file: Path, name: str, choices: dict[str, Any], limits: Limits, report: Any) -> Sheet:
    """The table of an .npz file, with labels when it has them; raises Problem."""
    try:
        with np.load(file, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except (ValueError, OSError, EOFError) as error:
        raise _unreadable(name, error) from None
    data = _first(arrays, DATA, lambda array: array.ndim >= 2 and array.dtype.kind in "biuf")
    if data is None:
        held = ", ".join(f"{key} {array.shape}" for key, array in list(arrays.items())[:5])
        raise Problem(f"{name} holds no table of numbers (it has {held}). Save an array with rows and columns as X.")
    sheet = sheet_of_array(arrays[data], name, limits)
    rest = {key: array for key, array in arrays.items() if key != data}
    labels = _first(
        rest, LABELS, lambda array: array.ndim == 1 and len(array) == len(arrays[data]) and array.dtype.kind in "biufU"
    )
    unused = [key for key in rest if key != labels]
    words = f"Array “{data}” is the table" + (f" and “{labels}” are its labels." if labels else ".")
    words += f" Not used: {', '.join(unused[:5])}." if unused else ""
    sheet.notices.append(Notice("arrays", words, len(unused)))
    sheet.labels = arrays[labels] if labels else None
    return sheet


def sheet_of_array(array: np.ndarray, name: str, limits: Limits) -> Sheet:
    """The table of an array: further dimensions are flattened, pictures remembered."""
    if array.dtype.kind not in "biufU" or array.ndim == 0 or array.ndim > 4 or (array.dtype.kind == "U" and array.ndim > 2):
        raise Problem(
            f"{name} holds an array of {array.dtype} with {array.ndim} dimensions. Numbers in rows and columns are needed."
        )
    shape = tuple(int(side) for side in array.shape[1:])
    width = math.prod(shape)
    checked_size(name, len(array), width, limits)
    picture = shape if len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4)) else ()
    flat = np.asarray(array).reshape(len(array), width)
    if flat.dtype == bool:
        flat = flat.astype(np.uint8)
    if flat.dtype == np.float16 or flat.dtype.itemsize > 8:
        flat = flat.astype(np.float64)
    flat = flat.astype(flat.dtype.newbyteorder("="), copy=False)
    frame = pl.DataFrame([pl.Series(str(i), np.ascontiguousarray(flat[:, i])) for i in range(width)])
    return Sheet(frame, heading=True, picture=picture, row=lambda index: index + 1)


def _first(arrays: dict[str, np.ndarray], names: tuple[str, ...], fits: Any) -> str | None:
    """Name of the array that fits, by name if possible."""
    fitting = [key for key in arrays if fits(arrays[key])]
    return next((key for name in names for key in fitting if key.lower() == name), fitting[0] if fitting else None)


def _unreadable(name: str, error: Exception) -> Problem:
    if "allow_pickle" in str(error) or "bjects" in str(error):
        return Problem(f"{name} holds Python objects, which could run programs and are not read. Save plain numbers.")
    return Problem(f"{name} is a damaged NumPy file ({str(error)[:80]}). Save or download it again.")
