"""What the browser draws by itself: the content of a card or a table, as a tree in one attribute of its place.

Every component that Dash knows costs time whenever anything on the page changes, and again when it comes and goes. What is
only looked at and pressed need not be one: plain.js draws the tree, and hears what is pressed in it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from dash.development.base_component import Component

from layouts.controls import dom_id
from pipeline.visible import visible

PLAIN = "data-plain"  # the attribute
READ = ("title", "alt", "aria-label")  # attributes that a person reads; others are known again when they come back
NAMES = {"className": "class", "htmlFor": "for", "tabIndex": "tabindex", "colSpan": "colspan"}


@dataclass(frozen=True)
class Field:
    """An input element, which Dash has only as a component of its own; ``attributes`` by their names in HTML."""

    attributes: dict[str, str | bool]


def plain(content: Any) -> dict[str, str]:
    """The attribute that holds this content: components of ``dash.html``, fields and words, or lists of them."""
    return {PLAIN: tree(content)}


def tree(content: Any) -> str:
    """Content as JSON: a text, or [tag, attributes, children] for an element."""
    return json.dumps([_node(part) for part in _parts(content)], separators=(",", ":"))


def _node(part: Any) -> Any:
    if isinstance(part, Field):
        return ["input", _attributes(part.attributes), []]
    if not isinstance(part, Component):
        return visible(str(part))
    props = dict(part.to_plotly_json()["props"])
    children = _parts(props.pop("children", None))
    return [part._type.lower(), _attributes(props), [_node(child) for child in children]]


def _parts(content: Any) -> list[Any]:
    if content is None:
        return []
    return list(content) if isinstance(content, list | tuple) else [content]


def _attributes(props: dict[str, Any]) -> dict[str, str | bool]:
    """Attributes as HTML names them; what is None or False is not there."""
    named = {NAMES.get(name, name): dom_id(value) if name == "id" else value for name, value in props.items()}
    kept = {name: value for name, value in named.items() if value is not None and value is not False}
    return {name: value is True or (visible(str(value)) if name in READ else str(value)) for name, value in kept.items()}
