"""The Clusters card on the left, and what the tray tells about each cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from layouts import controls, ids
from layouts.figures import NOISE
from layouts.marks import bar, dot, photo
from layouts.words import ON_MAP


@dataclass(frozen=True)
class Cluster:
    """One cluster for the tray; ``label`` is its most frequent label and ``share`` how frequent, 0 to 1."""

    name: str
    size: int
    colour: str
    index: int = 0
    label: str = ""
    share: float = 0.0
    picture_url: str = ""
    noise: bool = False


def step() -> Component:
    """The Clusters card: the question, then the clusterers and their settings, a proposal, a caution."""
    body: list[Any] = [
        html.Div(id=ids.choice_place("clustering")),
        html.Div(id=ids.panel("clustering")),
        html.P(ON_MAP, className="note on-map"),
        html.P(id=ids.PROPOSAL, className="small"),
        html.Button("Find the groups", id=ids.GROUP, className="button wide"),
        html.P(id=ids.GROUPS_STATUS, className="small"),
    ]
    return controls.step(4, "clustering", "Clusters", "How many groups do you see?", body)


def proposal(count: int, why: str) -> list[Any]:
    """The line that proposes a number of groups, with a button that takes it."""
    take = html.Button(f"Use {count}", id=ids.propose(count), className="link")
    return [f"Proposed: {count} ({why}) ", take]


def none_yet() -> Component:
    """What the tray says before there are clusters."""
    return html.P("Groups appear here once there is a map: open step 4 and say how many you see.", className="small")


def gallery(clusters: Sequence[Cluster]) -> Component:
    """A small card for each cluster, noise last and called noise."""
    ordered = sorted(clusters, key=lambda cluster: cluster.noise)
    return html.Ul([html.Li(_cluster(cluster)) for cluster in ordered], className="gallery")


def scores(details: dict[str, Any]) -> Component:
    """How far the groups are apart in the data, and how alike they are to the labels."""
    facts: list[Any] = []
    if "silhouette" in details:
        rows = f"on {details['rows']:,} rows, in the data and not on the map"
        facts.append(html.Span([html.B(f"{details['silhouette']:.2f}"), f" silhouette ({rows})"]))
    if "ari" in details:
        facts.append(html.Span([html.B(f"{details['ari']:.2f}"), " adjusted Rand index"]))
        facts.append(html.Span([html.B(f"{details['ami']:.2f}"), " adjusted mutual information with the labels"]))
    return html.Div(facts, className="group-scores small")


def beside_labels(names: Sequence[str], table: Sequence[Sequence[int]]) -> Component:
    """Rows of each label in noise and in each cluster; cells are shaded by the share of their label."""
    noise = any(line[0] for line in table)
    start = 0 if noise else 1
    heads = ["label", *(["noise"] if noise else []), *(str(code) for code in range(len(table[0]) - 1))] if table else ["label"]
    top = html.Thead(html.Tr([html.Th(head, scope="col") for head in heads]))
    lines = [
        html.Tr([html.Th(name, scope="row", title=name), *(_count(count, sum(line)) for count in line[start:])])
        for name, line in zip(names, table, strict=True)
    ]
    whole = html.Table([top, html.Tbody(lines)], className="figures counts")
    return html.Details([html.Summary("Labels beside clusters"), html.Div(whole, className="wide-table")], className="fold")


def _count(count: int, total: int) -> Component:
    share = round(4 * count / total) if total else 0
    return html.Td(f"{count:,}" if count else "", className=f"share-{share}")


def choosing(words: str, drawn: Component) -> Component:
    """The curve that helps to choose the setting that matters, with what to look for."""
    return html.Figure([drawn, html.Figcaption(words, className="small")], className="choosing")


def _cluster(cluster: Cluster) -> list[Component]:
    name = "Noise" if cluster.noise else cluster.name
    colour = NOISE if cluster.noise else cluster.colour
    title = html.Div([dot(cluster.index, colour), html.B(name)], className="cluster-name")
    words = [title, html.Div(f"{cluster.size:,} {'row' if cluster.size == 1 else 'rows'}", className="small")]
    if cluster.label:
        words += [bar(cluster.share, colour), html.Div(f"{100 * cluster.share:.0f} % are “{cluster.label}”", className="small")]
    return [*photo(cluster.picture_url, f"Mean picture of {name}"), html.Div(words)]
