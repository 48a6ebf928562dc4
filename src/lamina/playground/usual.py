"""What the page takes for new data where nothing else is said: a small network for its kind, a rate, a batch size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lamina.data.inputs import Inputs, Numbers
from lamina.data.pictures import Pictures
from lamina.data.points import POINT_SETS
from lamina.data.table import USED_KINDS, Table, is_numeric
from lamina.data.table_reading import is_table, read_table_file
from lamina.data.table_target import USUAL_TARGETS
from lamina.playground.settings import DEFAULT, PageSettings
from lamina.playground.sources import Sources

FOR_POINTS = ("features", "network", "batch_size", "learning_rate", "train_percent")
MOST_CLASSES = 20
"""A column of texts with more different ones hardly names classes."""
OF_DATA: dict[str, Any] = {"features": [], "axes": [], "target": "", "task": "", "loss": ""}
"""What belongs to other data."""


def usual_settings(sources: Sources, data: str) -> dict[str, Any]:
    """The fields of settings that fit data by its kind, as the page would send them.

    Raises:
        DataError: no such data, or it cannot be read.

    Example:
        >>> with Sources() as sources:
        ...     usual_settings(sources, "iris")["network"]
        '16 relu, 16 relu'
    """
    if data in POINT_SETS:
        usual = {name: getattr(PageSettings(), name) for name in FOR_POINTS}
        return {**OF_DATA, **usual, "features": list(usual["features"]), "data": data}
    target = usual_target_of(sources, data)
    inputs = sources.read(PageSettings(data=data, features=(), network=DEFAULT, target=target)).inputs
    learning = {"batch_size": 32, "learning_rate": 0.005, "train_percent": 80}
    return {**OF_DATA, **learning, "data": data, "target": target, "network": _network(inputs)}


def usual_target_of(sources: Sources, data: str) -> str:
    """The column that the page begins to predict; "" where the library knows it.

    The first one that looks like classes, or the last one: another is chosen on the page.
    """
    path = Path(sources.source(data).where)
    if not path.is_file() or not is_table(path):
        return ""
    table = read_table_file(path).table
    if any(name.lower() in USUAL_TARGETS for name in table.columns):
        return ""
    texts = {name: set(values.tolist()) - {None} for name, values in table.columns.items() if not is_numeric(values)}
    names = list(table.columns)
    return next((name for name in names if name in texts and 2 <= len(texts[name]) <= MOST_CLASSES), names[-1])


def _network(inputs: Inputs) -> str:
    """Layers in words where a few serve; else the library's choice."""
    if isinstance(inputs, Numbers):
        return "16 relu, 16 relu"
    if isinstance(inputs, Table):
        plain = all(guess.kind not in USED_KINDS or guess.kind != "text" for guess in inputs.kinds.values())
        files = any(guess.kind in ("picture", "sound") for guess in inputs.kinds.values())
        return "16 relu, 16 relu" if plain and not files else DEFAULT
    return "conv 16 relu, pool, 32 relu" if isinstance(inputs, Pictures) else DEFAULT
