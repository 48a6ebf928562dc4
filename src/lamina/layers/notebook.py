"""A network as a page of a notebook: a list of its layers, those within others indented."""

from __future__ import annotations

import dataclasses
from html import escape
from typing import Any

from lamina.layers.base import Layer
from lamina.recipes import describe


def layer_html(layer: Layer) -> str:
    """The layers as a numbered list, with the settings of each that differ from the default.

    Example:
        >>> import lamina
        >>> layer_html(lamina.Dense(3))
        '<code>Dense(units=3)</code>'
        >>> layer_html(lamina.Sequential(lamina.Dense(3)))
        '<code>Sequential()</code><ol style="margin-top:0"><li><code>Dense(units=3)</code></li></ol>'
    """
    inside = children(layer)
    own = f"<code>{escape(describe(layer, without=tuple(dict.fromkeys(field for field, _ in inside))))}</code>"
    if not inside:
        return own
    items = "".join(f"<li>{_label(field)}{layer_html(child)}</li>" for field, child in inside)
    return f'{own}<ol style="margin-top:0">{items}</ol>'


def children(layer: Layer) -> list[tuple[str, Layer]]:
    """The layers that stand in a layer's fields, each with the field's name."""
    found = []
    for field in dataclasses.fields(layer):  # type: ignore[arg-type]  # every recipe is one
        value: Any = getattr(layer, field.name)
        members = value if isinstance(value, tuple) else (value,)
        found += [(field.name, member) for member in members if isinstance(member, Layer)]
    return found


def _label(field: str) -> str:
    """The name of a field that holds one layer; those in a row go without."""
    return "" if field == "layers" else f"{escape(field)}: "
