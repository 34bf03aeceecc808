"""Two samples side by side: the one that was kept as the first, and the pinned one."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output

from callbacks.house import House
from callbacks.sample import UNFOLDED, clustered, label, original, picture, shown
from layouts import comparing, ids, sample
from layouts.plain import PLAIN, tree
from pipeline import finding
from pipeline.comparing import Line, between, lines
from pipeline.results import Dataset

NOTHING = "–"


def register(app: Dash, house: House) -> None:
    """Connect the two rows with their card; who lets go of the pinned row lets go of the first one too."""
    client = ClientsideFunction("explorer", "compared")
    app.clientside_callback(client, Output(ids.COMPARED, "data"), Input(ids.PINNED, "data"), prevent_initial_call=True)

    @app.callback(
        Output(ids.COMPARISON, PLAIN),
        Input(ids.COMPARED, "data"), Input(ids.PINNED, "data"), Input(ids.GROUPED, "data"), prevent_initial_call=True,
    )  # fmt: skip
    def comparison(first: int | None, second: int | None, grouped: dict[str, Any] | None) -> Any:
        if first is None or second is None or not grouped or not grouped["dataset"]:
            return tree(None)
        dataset = house.dataset(grouped["dataset"])
        if not all(0 <= row < len(dataset.rows) for row in (first, second)):
            return tree(None)
        return tree(comparing.waiting(first) if first == second else _beside(house, dataset, grouped, (first, second)))


def _beside(house: House, dataset: Dataset, grouped: dict[str, Any], rows: tuple[int, int]) -> Any:
    name = finding.naming(dataset)
    found = [line for line in lines(dataset, *rows) if line.name != name]
    most = max((line.standard for line in found if line.standard), default=0.0)
    told = [_line(line, most) for line in found]
    pictures = (picture(dataset, grouped["dataset"], rows[0]), picture(dataset, grouped["dataset"], rows[1]))
    apart = _apart(house, grouped, rows)
    return comparing.card(rows, pictures, apart, _heads(house, dataset, grouped, rows), told[:UNFOLDED], told[UNFOLDED:])


def _apart(house: House, grouped: dict[str, Any], rows: tuple[int, int]) -> str:
    """How far apart both are in the original space; nothing where there is no map, and so no such space yet."""
    values = original(house, grouped) if grouped["map"] else None
    if values is None:
        return ""
    found = between(values, *rows)
    return comparing.distance(rows, sample.number(found.distance), found.of_first, found.of_second)


def _heads(house: House, dataset: Dataset, grouped: dict[str, Any], rows: tuple[int, int]) -> list[comparing.Line]:
    """Name, label, cluster and strength of both."""
    name = finding.naming(dataset)
    names = [(name, *(shown(dataset.table[name][row]) for row in rows))] if name else []
    labels = [("label", label(dataset, rows[0]), label(dataset, rows[1]))] if dataset.target is not None else []
    both = zip(clustered(house, grouped, rows[0]), clustered(house, grouped, rows[1]), strict=True)
    facts = [*names, *labels, *((title, one, other) for (title, one), (_, other) in both)]
    return [comparing.Line(title, one, other, _same(one == other) if title != "strength" else "") for title, one, other in facts]


def _line(line: Line, most: float) -> comparing.Line:
    """A line in words; the largest difference of all has a whole bar."""
    values = line.name, shown(line.first), shown(line.second)
    if line.difference is None or line.standard is None:
        absent = line.first is None or line.second is None
        said = NOTHING if absent else "constant" if line.constant else _same(line.same)
        return comparing.Line(*values, said)
    said = f"{line.difference:+.4g}".replace("-", "−") if line.difference else "0"
    title = f"{line.standard:.2f} standard deviations of this column"
    return comparing.Line(*values, said, line.standard / most if most else 0.0, title)


def _same(yes: bool) -> str:
    return "same" if yes else "different"
