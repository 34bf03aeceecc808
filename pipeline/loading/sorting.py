"""The files of a zip or a folder sorted out by their first bytes: pictures, and what is left out and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pipeline.loading.decoding import FIRST, PIXELS, READ, Header, Unreadable, header, kind_of
from pipeline.loading.limits import Limits
from pipeline.loading.members import ENDINGS, Contents, Member
from pipeline.loading.words import counted, quoted
from pipeline.results import Problem

RATIO = 200  # times that a picture may grow when it is unpacked
SMALL = 2**20  # bytes below which it does not matter
PATIENCE = 200  # times the pixels of the largest picture that all pictures may have together
OFTEN = 100  # files between two notes


@dataclass(frozen=True)
class Found:
    """A picture that has not been decoded yet."""

    member: Member
    kind: str
    header: Header


@dataclass
class Sorted:
    """Pictures in the order of their names; names of ``others`` by their kind (none is ""), reasons of the unreadable.

    ``unreadable`` also holds, for each, how many pictures stand before it: labels of a separate file count them all.
    """

    pictures: list[Found] = field(default_factory=list)
    others: dict[str, list[str]] = field(default_factory=dict)
    unreadable: list[tuple[str, str, int]] = field(default_factory=list)
    endings: int = 0
    left: Counter[str] = field(default_factory=Counter)
    odd: int = 0


def sorted_out(held: Contents, name: str, limits: Limits, report: Any) -> Sorted:
    """What each file is; raises Problem when the pictures would unpack to more than is allowed."""
    made = Sorted(left=held.left, odd=held.odd)
    for number, member in enumerate(held.members):
        if number % OFTEN == 0:
            report(0.1 * number / len(held.members), f"Looking at {number:,} of {counted(len(held.members), 'file')}")
        try:
            _sort(made, member, name)
        except Unreadable as error:
            made.unreadable.append((member.name, str(error), len(made.pictures)))
        except (MemoryError, Problem):
            raise
        except Exception:  # zip and disk raise nearly anything for what is damaged
            made.unreadable.append((member.name, "damaged or cut off", len(made.pictures)))
    _check_all(made, name, limits)
    return made


def _sort(made: Sorted, member: Member, name: str) -> None:
    ending = member.name.rpartition(".")[2].lower() if "." in member.name else ""
    if not member.size and ending in ENDINGS:
        raise Unreadable("empty, 0 bytes")
    with member.open() as handle:
        kind = kind_of(handle.read(FIRST), member.name)
    if kind not in READ:
        if ending in ENDINGS and not kind:
            raise Unreadable("not a picture")
        made.others.setdefault(kind, []).append(member.name)
        return
    if member.size > max(SMALL, RATIO * member.packed):
        raise Problem(
            f"{quoted(member.name[-40:])} in {name} would unpack to {member.size / max(member.packed, 1):,.0f} times its size, "
            f"as no picture does; up to {RATIO} times is allowed. Leave it out, zip the rest and open that."
        )
    with member.open() as handle:
        made.pictures.append(Found(member, kind, header(handle, kind)))
    made.endings += bool(ending) and ENDINGS.get(ending) != kind


def _check_all(made: Sorted, name: str, limits: Limits) -> None:
    """Bounds for all pictures together, from what zip and headers say of them."""
    size = sum(found.member.size for found in made.pictures)
    if size > 4 * limits.bytes:
        raise Problem(
            f"The pictures in {name} have {size / 2**20:,.0f} MB; at most {4 * limits.bytes / 2**20:,.0f} MB are read. "
            "Take a part of them, or make them smaller."
        )
    pixels = sum(found.header.width * found.header.height for found in made.pictures)
    if pixels > PATIENCE * PIXELS:
        raise Problem(
            f"The pictures in {name} have {pixels / 1e6:,.0f} megapixels; at most {PATIENCE * PIXELS / 1e6:,.0f} are read. "
            "Take a part of them, or make them smaller."
        )
