"""What the page is told of a session: what can be chosen, how the runs stand, what the data is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from lamina.arrays import Numpy, Rows
from lamina.data.columns import CategoryColumn, DateColumn
from lamina.data.encoders import Encoder
from lamina.data.number_encoder import NumberEncoder
from lamina.data.points import MOST_POINTS, POINT_SETS
from lamina.data.table_encoder import TableEncoder
from lamina.explaining.columns import encoded_columns
from lamina.explaining.names import example_namer
from lamina.layers.activations import ACTIVATIONS
from lamina.layers.plane_features import PLANE_FEATURES
from lamina.networks.texts import TEXT_NETWORKS
from lamina.playground.frames import View
from lamina.playground.plane import Plane
from lamina.playground.play_run import PARTS, PlayRun
from lamina.playground.settings import PageSettings
from lamina.playground.sources import Sources
from lamina.playground.still import StillModel
from lamina.playground.viewed import MOST_MAPS, MOST_WEIGHTS
from lamina.recipes import field_types
from lamina.tasks.classification import CLASS_LOSSES, ONE_HOT_LOSSES
from lamina.tasks.regression import LOSSES
from lamina.training.optimizers import DEFAULT_LEARNING_RATES

MOST_LAYERS, MOST_UNITS = 12, 256
MOST_EXAMPLES = 2_000
"""Of each part so many are sent."""
MOST_NAMED = 512
"""Of longer inputs the numbers have no names."""
DESIGNS: Mapping[str, tuple[str, ...]] = {
    "plane": (),
    "table": ("mlp", "perceptron", "svm"),
    "picture": ("mlp", "cnn", "deep_cnn", "lenet5", "resnet"),
    "sound": ("sound_cnn", "cnn"),
    "text": tuple(TEXT_NETWORKS),
    "other": (),
}
"""Kind of input -> the designs that it takes, beside "default"."""


def choices_of(upload_bytes: int) -> dict[str, Any]:
    """All that can be chosen, and how much of it."""
    numbers = [name for name, one in POINT_SETS.items() if one.target == "value"]
    return {
        "toys": {"classification": [name for name in POINT_SETS if name not in numbers], "regression": numbers},
        "features": list(PLANE_FEATURES),
        "activations": [name for name in ACTIVATIONS if name != "softmax"],
        "optimizers": dict(DEFAULT_LEARNING_RATES),
        "losses": {"classification": [*CLASS_LOSSES, *ONE_HOT_LOSSES], "regression": list(LOSSES)},
        "designs": {kind: list(names) for kind, names in DESIGNS.items()},
        "limits": {
            "layers": MOST_LAYERS, "units": MOST_UNITS, "maps": MOST_MAPS, "upload_bytes": upload_bytes,
            "examples": MOST_POINTS,
        },
    }  # fmt: skip


def sources_of(sources: Sources) -> list[dict[str, str]]:
    """Every source as the page lists it; where it lies is no business of a page."""
    return [{"name": one.name, "title": one.title, "kind": one.kind} for one in sources.listed()]


def settings_of(settings: PageSettings) -> dict[str, Any]:
    """The settings as the page sends them."""
    found = {name: getattr(settings, name) for name in field_types(PageSettings)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def run_state(run: PlayRun | StillModel, running: bool, pace: str, view: View) -> dict[str, Any]:
    """A run as the page lists it."""
    seen = run.viewed
    why_not = run.why_not if isinstance(run, StillModel) else ""
    snapshots = [
        {"number": one.number, "epoch": one.position.epoch, "step": one.position.step, "loss": one.loss}
        for one in (run.snapshots if isinstance(run, PlayRun) else ())
    ]
    return {
        "settings": settings_of(run.settings), "running": running, "pace": pace,
        "seconds_a_frame": view.chunk_seconds, "view": asdict(view), "trainable": not why_not, "why_not": why_not,
        "task": seen.kind, "classes": list(seen.classes), "target": seen.task.target, "input": seen.input,
        "input_shape": list(seen.encoder.input_shape), "layers": seen.layers(), "parameters": seen.parameters,
        "editable": not why_not and seen.parameters <= MOST_WEIGHTS, "snapshots": snapshots, "shown": run.shown,
        "notes": run.notes,
    }  # fmt: skip


def data_of_run(name: str, run: PlayRun, plane: Plane | None, columns: tuple[str, ...]) -> dict[str, Any]:
    """The data of a run as the page shows it."""
    prepared = run.prepared
    counts = {part: len(run.part(part)) for part in PARTS}
    targets = np.asarray(prepared.dataset.targets)
    numeric = targets.dtype.kind == "f"
    return {
        "run": name, "name": prepared.dataset.name, "counts": counts,
        "left_out": sum(max(0, count - MOST_EXAMPLES) for count in counts.values()),
        "plane": _plane(plane),
        "examples": {part: _examples(run, part, plane, numeric) for part in PARTS},
        "columns": _columns(prepared.encoder, prepared.inputs), "all_columns": list(columns),
        "inputs": _input_names(prepared.encoder),
        "target_low": float(targets.min()) if numeric and targets.ndim == 1 else None,
        "target_high": float(targets.max()) if numeric and targets.ndim == 1 else None,
    }  # fmt: skip


def data_of_model(name: str, run: StillModel, plane: Plane | None) -> dict[str, Any]:
    """The same of a model without its data."""
    encoder = run.opened.encoder
    nothing: dict[str, Any] = {"names": [], "target": [], "x": None, "y": None}
    return {
        "run": name, "name": run.name, "counts": dict.fromkeys(PARTS, 0), "left_out": 0,
        "plane": _plane(plane), "examples": dict.fromkeys(PARTS, nothing), "columns": _columns(encoder, None),
        "all_columns": [], "inputs": _input_names(encoder), "target_low": None, "target_high": None,
    }  # fmt: skip


def _plane(plane: Plane | None) -> dict[str, Any] | None:
    if plane is None:
        return None
    axes = [plane.across.name, plane.up.name]
    return {"axes": axes, "low": list(plane.low), "high": list(plane.high), "held": plane.held}


def _examples(run: PlayRun, part: str, plane: Plane | None, numeric: bool) -> dict[str, Any]:
    """Where the first examples of a part lie, what their answers are and what they are called."""
    rows = run.part(part)[:MOST_EXAMPLES]
    truth = run.prepared.raw_targets(rows)
    classes = {name: place for place, name in enumerate(run.viewed.classes)}
    found: dict[str, Any] = {
        "names": [run.prepared.dataset.inputs.names[row] for row in rows.tolist()],
        "target": [classes.get(str(one)) for one in truth] if classes else _numbers(truth) if numeric else [],
        "x": None, "y": None,
    }  # fmt: skip
    if plane is None or not len(rows):
        return found
    across, up = plane.place(np.nan_to_num(np.asarray(run.prepared.inputs[rows], np.float64)))
    return {**found, "x": _numbers(across), "y": _numbers(up)}


def _columns(encoder: Encoder, inputs: Rows | None) -> list[dict[str, Any]]:
    """What a row needs to be typed in; of numbers the range that the data has; where the network takes each column."""
    if not isinstance(encoder, NumberEncoder | TableEncoder):
        return []
    rows = None if inputs is None else np.asarray(inputs[:], np.float64)
    recipes = {one.name: one for one in encoder.columns} if isinstance(encoder, TableEncoder) else {}
    seen = encoder.places() if isinstance(encoder, TableEncoder) else {}
    found = []
    for column in encoded_columns(encoder):
        told: dict[str, Any] = {"name": column.name, "kind": "text", "low": None, "high": None, "values": []}
        first, behind = seen.get(column.name, (column.start, column.start + 1))
        told |= {"start": first, "width": behind - first}
        if column.scale:
            spread = np.array([-3.0, 3.0]) if rows is None else rows[:, column.start]
            values = column.mean + column.scale * spread
            low, high = (float(f"{one:.6g}") for one in (np.nanmin(values), np.nanmax(values)))
            told |= {"kind": "number", "low": low, "high": high}
        elif isinstance(recipe := recipes.get(column.name), CategoryColumn):
            told |= {"kind": "category", "values": list(recipe.values)}
        elif isinstance(recipe, DateColumn):
            told |= {"kind": "date"}
        found.append(told)
    return found


def _input_names(encoder: Encoder) -> list[str]:
    """The names of the numbers that the network takes, of rows that are not too long."""
    if not isinstance(encoder, NumberEncoder | TableEncoder) or encoder.input_shape[0] > MOST_NAMED:
        return []
    named = example_namer(encoder)
    return [named((place,)) for place in range(encoder.input_shape[0])]


def _numbers(values: Numpy) -> list[float]:
    return [round(float(one), 5) for one in np.asarray(values).reshape(-1)]
