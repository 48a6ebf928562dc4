"""The representation that a network has learnt: any layer's output for any source."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Array, Numpy, Params, Rows, State, jax
from lamina.data.dataset import Dataset
from lamina.data.inputs import Inputs, Skipped
from lamina.data.memory import memory_from
from lamina.data.prediction_inputs import read_inputs
from lamina.data.read import is_named, read
from lamina.layers.combining import as_sequential
from lamina.model.layer_places import layer_at, output_at
from lamina.model.model import Model
from lamina.model.saving import save_atomically
from lamina.training.outputs import SIZES
from lamina.training.programs import shared_outputs


@dataclass(frozen=True)
class Features:
    """A layer's output for each example that can be read.

    Args:
        names: of the examples, in their order.
        values: (examples, numbers); outputs of more axes in one row.
        layer: which one it was, in words.
        skipped: what could not be read.
    """

    names: tuple[str, ...]
    values: Numpy
    layer: str
    skipped: tuple[Skipped, ...]

    def to_csv(self) -> str:
        """A line of names, then a line for each example."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["example", *(f"feature {place + 1}" for place in range(self.values.shape[1]))])
        writer.writerows([name, *map(repr, row)] for name, row in zip(self.names, self.values.tolist(), strict=True))
        return text.getvalue()


def features(model: Model, source: Any, layer: int | str | None = None) -> Features:
    """What a layer gives for each example of a source; of a Variational or a Boltzmann its code.

    Args:
        model: a trained model.
        source: what `predict` takes, a Dataset, or the name of a set.
        layer: its number as `lamina show` counts, from 1; inside of another "3.body.1"; None takes the one before the
            last.

    Raises:
        SettingError: no such layer.
        DataError: a source that the model cannot read.

    Example:
        >>> import lamina
        >>> model = lamina.train("iris", "mlp", epochs=1).model
        >>> lamina.features(model, "iris").values.shape
        (150, 128)
    """
    outputs = LayerOutputs(model, layer)
    inputs = inputs_for(model, source)
    encoded, kept, skipped = model.encoder.encode_within(inputs, memory_from(None))
    names = tuple(inputs.names[row] for row in kept.tolist())
    return Features(names, outputs(encoded), outputs.layer, skipped)


class LayerOutputs:
    """What a layer of a model gives for encoded examples, a row of numbers each; of a code's holder the code.

    Args:
        model: a trained model.
        layer: as `features` takes it.
        sizes: the batch sizes that are compiled.

    Raises:
        SettingError: no such layer.
    """

    def __init__(self, model: Model, layer: int | str | None = None, sizes: tuple[int, ...] = SIZES) -> None:
        network, self._params, self._state = as_sequential(model.network, model.params, model.state)
        place = str(max(1, len(network.layers) - 1) if layer is None else layer)
        self.layer = f"{place}, {layer_at(network, place)!r}"

        def seen(params: Params, state: State, inputs: Array) -> Array:
            return output_at(network, place, params, state, model.encoder.on_device(inputs))

        self._seen = seen
        self._outputs = shared_outputs((network, model.encoder.design, place), seen, sizes)

    def __call__(self, encoded: Rows) -> Numpy:
        """(examples, numbers)."""
        if len(encoded):
            found = np.asarray(self._outputs(self._params, self._state, encoded))
        else:
            one = jax.ShapeDtypeStruct((1, *encoded.shape[1:]), encoded.dtype)
            shape = jax.eval_shape(self._seen, self._params, self._state, one).shape
            found = np.zeros((0, *shape[1:]), np.float32)
        return found.reshape(len(found), math.prod(found.shape[1:]))


def save_features(found: Features, path: Path) -> None:
    """Write features as a table: CSV, or NumPy's form where the file is called .npy."""
    data = io.BytesIO()
    if path.suffix.lower() == ".npy":
        np.save(data, found.values)
    else:
        data.write(found.to_csv().encode(errors="backslashreplace"))
    save_atomically(path, data.getvalue(), lambda written: None)


def inputs_for(model: Model, source: Any) -> Inputs:
    """The examples of a Dataset, of a set by its name, or of what `predict` takes."""
    if isinstance(source, str) and is_named(source) and not Path(source).exists():
        return read(source).inputs
    return source.inputs if isinstance(source, Dataset) else read_inputs(source, model.encoder)
