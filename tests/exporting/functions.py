"""A layer as a function of a program: the text that is written, run here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.arrays import Numpy
from lamina.exporting.every_layer import write_network
from lamina.exporting.library import Library
from lamina.exporting.programs import Program
from lamina.exporting.source_form import SourceForm
from lamina.layers.base import Layer

Own = Callable[[Any, dict[str, Any]], Any]
"""(x, the arrays by their names) -> what the layer gives."""


def as_function(
    program: Program, layer: Layer, params: Any, state: Any, shape: tuple[int, ...]
) -> tuple[Own, dict[str, Numpy]]:
    """The layer's function, and its arrays."""
    form = SourceForm()
    form.give(write_network(form, layer, params, state, shape, "x"))
    library = Library(*program.files)
    lines = [
        "from __future__ import annotations", *program.imports, *sorted(library.imports(form.used)),
        library.source(form.used), "def network(x, w):", *(f"    {line}" for line in form.lines),
    ]  # fmt: skip
    found: dict[str, Any] = {}
    exec("\n".join(lines), found)
    return found["network"], {name: weight.array for name, weight in form.weights.items()}
