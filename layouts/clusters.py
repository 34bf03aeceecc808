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
from layouts.plain import Field, plain
from layouts.words import ON_MAP


@dataclass(frozen=True)
class Cluster:
    """One cluster for the tray; ``label`` is its most frequent label and ``share`` how frequent, 0 to 1; code −1 is noise."""

    code: int
    name: str
    size: int
    colour: str
    label: str = ""
    share: float = 0.0
    picture_url: str = ""


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


def gallery(found: Sequence[Cluster], key: str, made: str) -> Component:
    """A small card for each cluster, noise last.

    ``key`` names the groups, whose rows the page's script may ask for; ``made`` is the same while each row stays where it is,
    whatever the groups are called: what is ticked and written in the cards stays then.
    """
    ordered = sorted(found, key=lambda cluster: cluster.code < 0)
    return html.Ul([html.Li(_cluster(cluster, key)) for cluster in ordered], className="gallery", **{"data-made": made})


def part() -> list[Component]:
    """What the tray shows of groups: how good they are, a card for each, what can be done by hand, labels beside them."""
    cards = html.Div(id=ids.GROUPS, **plain(none_yet()))
    return [html.Div(id=ids.GROUP_SCORES, **plain(None)), cards, _by_hand(), html.Div(id=ids.BESIDE, **plain(None))]


def _by_hand() -> Component:
    """What can be done to the groups by hand; the style sheet shows it where there are groups to merge."""
    words = "Write over a name to change it. Tick groups to merge them."
    merge = html.Button("Merge the ticked", id=ids.MERGE, className="button", title="Make one group of those that are ticked")
    return html.Div([html.Span(words, className="small"), merge], className="by-hand")


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


def beside_labels(labels: Sequence[str], table: Sequence[Sequence[int]], names: Sequence[str], key: str) -> Component:
    """Rows of each label in noise and in each cluster; a cell selects its rows and is shaded by its share of the label."""
    shown = [code for code in range(-1, len(names)) if any(line[code + 1] for line in table)]
    heads = [_head(code, names) for code in shown]
    top = html.Thead(html.Tr([html.Th("label", scope="col"), *heads]))
    lines = [
        html.Tr([html.Th(name, scope="row", title=name), *(_count(line, number, code, name, key) for code in shown)])
        for number, (name, line) in enumerate(zip(labels, table, strict=True))
    ]
    whole = html.Table([top, html.Tbody(lines)], className="figures counts")
    words = html.P("Press a number to select its rows.", className="small")
    return html.Details(
        [html.Summary("Labels beside clusters"), words, html.Div(whole, className="wide-table")], className="fold"
    )


def _head(code: int, names: Sequence[str]) -> Component:
    name = names[code] if code >= 0 else "noise"
    return html.Th(name.removeprefix("Cluster "), scope="col", title=name)


def _count(line: Sequence[int], label: int, code: int, name: str, key: str) -> Component:
    count, total = line[code + 1], sum(line)
    share = round(4 * count / total) if total else 0
    group = f"cluster {code}" if code >= 0 else "noise"
    return html.Td(
        html.Button(f"{count:,}", className="members link", title=f"Select “{name}” in {group}", **_members(key, code, label))
        if count
        else "",
        className=f"share-{share}",
    )


def _members(key: str, code: int, label: int | None = None) -> dict[str, str]:
    """What the page's script asks for: the rows of a group, or those of them with a label."""
    found = {"data-clusters": key, "data-cluster": str(code)}
    return found if label is None else found | {"data-label": str(label)}


def choosing(words: str, drawn: Component) -> Component:
    """The curve that helps to choose the setting that matters, with what to look for."""
    return html.Figure([drawn, html.Figcaption(words, className="small")], className="choosing")


def _cluster(cluster: Cluster, key: str) -> list[Component]:
    noise = cluster.code < 0
    colour = NOISE if noise else cluster.colour
    name = html.B(cluster.name) if noise else _name(cluster)
    title = html.Div([dot(max(cluster.code, 0), colour), name], className="cluster-name")
    size = f"{cluster.size:,} {'row' if cluster.size == 1 else 'rows'}"
    select = html.Button("select", className="members link", title=f"Select {cluster.name}", **_members(key, cluster.code))
    words = [title, html.Div([size, " · ", select], className="small")]
    if cluster.label:
        words += [bar(cluster.share, colour), html.Div(f"{100 * cluster.share:.0f} % are “{cluster.label}”", className="small")]
    return [*photo(cluster.picture_url, f"Mean picture of {cluster.name}"), html.Div(words)]


def _name(cluster: Cluster) -> Component:
    """The name, to be written over, and the tick that takes the group into a merge."""
    name, tick = (controls.dom_id(made(cluster.code)) for made in (ids.group_name, ids.group_tick))
    label = html.Label(f"Name of cluster {cluster.code}", htmlFor=name, className="visually-hidden")
    field = Field({"id": name, "type": "text", "class": "form-control name-field", "value": cluster.name, "maxlength": "60"})
    box = Field({"id": tick, "type": "checkbox", "class": "form-check-input"})
    words = html.Label(f"Merge {cluster.name}", htmlFor=tick, className="visually-hidden")
    return html.Div([label, field, html.Div([box, words], className="form-check tick")], className="named")
