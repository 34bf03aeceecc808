"""What a person is told of a zip or a folder of pictures: what was decided, converted, left out or refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from pipeline.loading.picture_sizes import Plan
from pipeline.loading.sorting import Sorted
from pipeline.loading.words import counted, listed, quoted
from pipeline.results import Notice, Option, Problem

if TYPE_CHECKING:
    from pipeline.loading.pictured import Read

TABLES = (".csv", ".tsv", ".txt", ".data", ".xlsx", ".xls", ".parquet", ".npy", ".npz")
CONVERTED = (
    ("turned", "turned upright as the camera noted"),
    ("deep", "with 16 bits brought to 8"),
    ("ink", "in printing colours (CMYK) brought to RGB"),
    ("clear", "with transparent parts put on white"),
    ("animated", "with several frames taken by the first"),
)
KINDS = {"SVG": "an SVG drawing", "GIF": "a GIF", "BMP": "a BMP", "TIFF": "a TIFF", "HEIC": "a HEIC picture"}
HOW = "PNG, JPEG and WebP are read"


def check(found: Sorted, name: str, folder: bool) -> None:
    """Raise Problem when there is not a single picture, by what there is instead."""
    if found.pictures:
        return
    if found.unreadable:
        raise _none_readable(found, name)
    others = [other for names in found.others.values() for other in names]
    if not others:
        raise Problem(f"{name} holds no files to read. Put pictures into it ({HOW}), a subfolder for each label.")
    unpack = "Open that file" if folder else "Unpack it and open that file"
    tables = [other for other in found.others.get("", []) if other.lower().endswith(TABLES)]
    if len(tables) == 1:
        raise Problem(f"{name} holds no picture but a table, {listed(tables)}. {unpack}.")
    if tables:
        raise Problem(f"{name} holds no picture but {len(tables):,} tables, {listed(tables)}. {unpack.replace('that', 'one')}.")
    if found.others.get("archive"):
        inside = listed(found.others["archive"])
        raise Problem(f"{name} holds no picture but another archive, {inside}. Unpack that one, zip the pictures and open that.")
    kind, names = next((item for item in found.others.items() if item[0]), ("", others))
    what = f"{listed(names[:1])} is {KINDS.get(kind, f'a file of the kind {kind}')}" if kind else f"it has {listed(others)}"
    raise Problem(f"{name} holds no picture that can be read: {what}. {HOW}: save the pictures so, zip them and open that.")


def check_read(names: Sequence[str], found: Sorted, name: str) -> None:
    """Raise Problem when decoding left fewer than two pictures."""
    if not names:
        raise _none_readable(found, name)
    if len(names) == 1:
        lost = f" ({_reasons(found)})" if found.unreadable else ""
        raise Problem(f"{name} has 1 picture that can be read{lost}; a map needs at least 2. Add more pictures.")


def notices(found: Sorted, read: Read, plan: Plan, colour: bool) -> list[Notice]:
    """Everything that was decided or mended, each with its count."""
    count, told = len(read.names), [_size(len(read.names), plan, colour)]
    uneven = sum(size != plan.usual for size in read.sizes)
    if uneven:
        border = read.traits["border"]
        fit = f"; {border:,} of them fitted with a border in their mean colour" if border else ""
        told.append(Notice("picture sizes", f"{counted(uneven, 'picture')} of another size than most{fit}.", uneven))
    reduced = read.traits["reduced"]
    smaller = f" ({reduced:,} were larger)" if reduced else ""
    words = f"Pictures are shown at most {plan.kept} pixels wide and high{smaller}, without metadata such as the place."
    told.append(Notice("pictures shown", words, reduced))
    parts = [f"{read.traits[trait]:,} {words}" for trait, words in CONVERTED if read.traits[trait]]
    if parts:
        changed = sum(read.traits[trait] for trait, _ in CONVERTED)
        told.append(Notice("pictures converted", f"Of {counted(count, 'picture')}: {'; '.join(parts)}.", changed))
    return [*told, *_left(found)]


def labelled(labels: pl.Series, deeper: bool, outer: bool, classes: bool) -> list[Notice]:
    """That folders are the labels, which of several, and how many pictures have none."""
    different, none = labels.drop_nulls().n_unique(), labels.null_count()
    which = "outermost folder" if outer else "folder"
    words = f"The label is the {which} that a picture lies in: {different:,} different."
    if not classes:
        words = f"The pictures lie in {different:,} different folders, which are shown and colour nothing."
    if none:
        words += f" {counted(none, 'picture')} in no subfolder: without a label."
    other = Option("Take the innermost folder", {"picture_label": "inner"})
    if not outer:
        other = Option("Take the outermost folder", {"picture_label": "outer"})
    return [Notice("picture labels", words, different, (other,) if deeper else (), asks=deeper)]


def repeated(count: int) -> Notice:
    """That some pictures are the same."""
    return Notice("duplicate rows", f"{counted(count, 'picture')} with the same pixels as an earlier one; all are kept.", count)


def _size(count: int, plan: Plan, colour: bool) -> Notice:
    look = "in colour" if colour else "in grey"
    words = f"{counted(count, 'picture')}, all read as {plan.width} × {plan.height} pixels {look}."
    options = [Option(f"Read them at {side} pixels", {"picture_size": side}) for side in plan.fits]
    if colour:
        options.append(Option("Read them in grey", {"picture_colour": "grey"}))
    elif plan.drained:
        options.append(Option("Read them in colour", {"picture_colour": "colour"}))
    return Notice("pictures", words, count, tuple(options))


def _left(found: Sorted) -> list[Notice]:
    """What was not read at all, or by another name."""
    told = []
    if found.unreadable:
        words = f"{counted(len(found.unreadable), 'picture')} left out, unreadable: {_reasons(found)}."
        told.append(Notice("unreadable pictures", words, len(found.unreadable)))
    parts = _others(found)
    if parts:
        count = sum(len(names) for names in found.others.values()) + sum(found.left.values())
        told.append(Notice("left out files", f"Left out: {'; '.join(parts)}.", count))
    if found.endings:
        words = f"{counted(found.endings, 'picture')} named as something else and read as what they are (PNG, JPEG or WebP)."
        told.append(Notice("picture names", words, found.endings))
    if found.odd:
        words = f"{counted(found.odd, 'name')} in the zip with a leading /, .. or \\: read as plain paths; nothing is unpacked."
        told.append(Notice("odd paths", words, found.odd))
    return told


def _others(found: Sorted) -> list[str]:
    parts = []
    if found.left["hidden"]:
        parts.append(f"{counted(found.left['hidden'], 'hidden or system file')} (such as __MACOSX, .DS_Store, Thumbs.db)")
    if found.left["links"]:
        parts.append(f"{counted(found.left['links'], 'link')}, which are not followed")
    if found.left["closed"]:
        parts.append(f"{counted(found.left['closed'], 'folder')} that may not be entered")
    for kind, names in found.others.items():
        what = {"": "other file", "archive": "archive inside", "SVG": "SVG drawing"}.get(kind, f"{kind} picture")
        many = "archives inside" if kind == "archive" else ""
        parts.append(f"{counted(len(names), what, many)} ({listed(names)})")
    return parts


def _reasons(found: Sorted) -> str:
    shown = [f"{quoted(name[-40:])} ({reason})" for name, reason, _ in found.unreadable[:5]]
    return ", ".join(shown) + (" …" if len(found.unreadable) > 5 else "")


def _none_readable(found: Sorted, name: str) -> Problem:
    return Problem(f"No picture in {name} can be read: {_reasons(found)}. Save them again as PNG, JPEG or WebP and open that.")
