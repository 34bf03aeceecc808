"""Parameters and algorithms as data: one declaration gives checks, keys, controls and help."""

from __future__ import annotations

import difflib
import importlib.util
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.results import Problem

Number = float | int
Bound = Number | None | Callable[[int, int], Number]
Settings = dict[str, Any]


@dataclass(frozen=True)
class Parameter:
    """One setting of an algorithm, explained and bounded in this one place.

    ``default``, ``low`` and ``high`` may be functions of (n, d), the shape of the source.
    ``choices`` are (value, words) pairs. ``absent`` names what ``None`` means ("none", "auto") and
    so allows it. ``usual`` is False for settings that the page keeps folded away.
    """

    name: str
    kind: Literal["integer", "number", "choice", "flag"]
    default: Any
    label: str
    help: str
    low: Bound = None
    high: Bound = None
    step: Number | None = None
    logarithmic: bool = False
    choices: tuple[tuple[Any, str], ...] = ()
    absent: str = ""
    usual: bool = True

    def bounds(self, n: int, d: int) -> tuple[Number | None, Number | None]:
        """Lowest and highest allowed value for n rows and d columns."""
        return _at(self.low, n, d), _at(self.high, n, d)

    def preset(self, n: int, d: int) -> Any:
        """Default for n rows and d columns, inside the limits."""
        value = _at(self.default, n, d)
        if self.kind not in ("integer", "number") or value is None:
            return value
        low, high = self.bounds(n, d)
        value = value if high is None else min(value, high)
        value = value if low is None else max(value, low)
        return int(value) if self.kind == "integer" else float(value)

    def settled(self, value: Any, n: int, d: int) -> Any:
        """Value cast to the parameter's kind; raises Problem when it is not allowed."""
        if value is None or (self.absent and value == self.absent):
            if self.absent:
                return None
            raise Problem(f"{self.label} needs a value.")
        if self.kind == "flag":
            return self._flag(value)
        if self.kind == "choice":
            return self._choice(value)
        return self._number(value, n, d)

    def _flag(self, value: Any) -> bool:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if str(value).lower() not in words:
            raise Problem(f"{self.label} is yes or no; got {value}.")
        return words[str(value).lower()]

    def _choice(self, value: Any) -> Any:
        for allowed, _ in self.choices:
            if value == allowed or str(value) == str(allowed):
                return allowed
        names = ", ".join(str(allowed) for allowed, _ in self.choices)
        raise Problem(f"{self.label} must be one of {names}; got {value}.")

    def _number(self, value: Any, n: int, d: int) -> Number:
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise Problem(f"{self.label} must be a number; got {value}.") from None
        if not math.isfinite(number) or (self.kind == "integer" and number != int(number)):
            raise Problem(f"{self.label} must be a {'whole' if self.kind == 'integer' else 'finite'} number; got {value}.")
        low, high = self.bounds(n, d)
        if low is not None and high is not None and low > high:
            raise Problem(f"{self.label} can only be {self.absent} for these {n:,} rows × {d:,} columns; got {value}.")
        if (low is not None and number < low) or (high is not None and number > high):
            raise Problem(f"{self.label} must be {_between(low, high)} for these {n:,} rows × {d:,} columns; got {value}.")
        return int(number) if self.kind == "integer" else number


@dataclass(frozen=True)
class Algorithm:
    """One way to do a stage: what to call, with which settings, on which sources.

    ``run(*sources, **settings, report=…)`` gets its sources in the order of ``sources`` (dataset,
    features, original, neighbors, map; "on" stands for the setting of that name); with
    ``threaded`` it gets ``threads=`` too, which then stands in the key unless ``steady`` says that the
    result is the same bits with any number. ``asks(settings, n)`` gives the neighbours step that it
    needs (algorithm, settings). ``whole_table`` says that a dataset
    source counts with all its columns and not by its feature rows alone. ``memory(n, d)`` is a bound
    in bytes; ``seconds(n, d, settings)`` is about how long a run takes on a laptop's core.
    ``refuses(n, d)`` says why it cannot run on such data, or nothing.
    ``explain`` is the page's *What is this?*, about five sentences.
    """

    name: str
    title: str
    run: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    sources: tuple[str, ...]
    version: int = 1
    paper: str = ""
    explain: str = ""
    needs: str = ""
    threaded: bool = False
    steady: bool = False
    whole_table: bool = False
    asks: Callable[[Settings, int], Settings] | None = None
    memory: Callable[[int, int], float] = lambda n, d: 8.0 * n * d
    seconds: Callable[[int, int, Settings], float] = lambda n, d, settings: 1e-8 * n * d
    refuses: Callable[[int, int], str] = lambda n, d: ""

    def settle(self, given: Settings, n: int, d: int) -> Settings:
        """Every parameter's value, cast and with defaults filled; raises Problem."""
        reason = self.refuses(n, d)
        if reason:
            raise Problem(reason)
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise Problem(f"{self.title} has no setting “{name}”.{suggestion(name, known)}")
        return {
            name: parameter.settled(given[name], n, d) if name in given else parameter.preset(n, d)
            for name, parameter in known.items()
        }

    def missing(self) -> str:
        """How to install the optional package that this needs, or nothing when it is there."""
        if not self.needs or importlib.util.find_spec(self.needs):
            return ""
        return f"{self.title} needs the package {self.needs}: pip install {self.needs}"


def suggestion(name: str, known: Iterable[str]) -> str:
    """A sentence naming the nearest known names, or all of them when none is near."""
    names = list(known)
    near = difflib.get_close_matches(name, names, 3, 0.6) or names
    return f" Did you mean {', '.join(near)}?" if near else ""


def _at(bound: Any, n: int, d: int) -> Any:
    return bound(n, d) if callable(bound) else bound


def _between(low: Number | None, high: Number | None) -> str:
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"between {low:g} and {high:g}"
