"""What of a network is looked at: its layers one by one, with their weights, and what they say on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lamina.arrays import Params, Shape, State
from lamina.data.encoders import Encoder
from lamina.data.number_encoder import NumberEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.table_encoder import TableEncoder
from lamina.data.text_encoder import TextEncoder
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential, as_sequential
from lamina.layers.plane_features import PlaneFeatures
from lamina.model.trees import flatten
from lamina.networks.written import layer_words
from lamina.tasks.base import Task
from lamina.tasks.classification import Classification
from lamina.tasks.regression import Regression

MOST_WEIGHTS = 20_000
"""Of larger networks the weights are not sent with every frame, and not edited."""
MOST_MAPS = 64
"""Of a layer with more neurons no maps are drawn."""


@dataclass(frozen=True, eq=False)
class Viewed:
    """A network with what stands before and behind it.

    Args:
        encoder: raw data to arrays.
        network: a row of layers.
        task: what the outputs mean.
        params, state: the arrays, by the places of the row.
    """

    encoder: Encoder
    network: Sequential
    task: Task
    params: Params
    state: State

    @property
    def parameters(self) -> int:
        """How many weights and biases are learnt."""
        return sum(leaf.size for leaf in flatten(self.params, "").values())

    @property
    def kind(self) -> str:
        """ "classification", "regression", or the name of another task."""
        names = {Classification: "classification", Regression: "regression"}
        return names.get(type(self.task), type(self.task).__name__.lower())

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, none of numbers."""
        return self.task.classes if isinstance(self.task, Classification) else ()

    @property
    def input(self) -> str:
        """What the page offers to enter: "plane", "table", "picture", "sound", "text" or "other"."""
        if isinstance(self.network.layers[0], PlaneFeatures):
            return "plane"
        kinds = {PictureEncoder: "picture", SoundEncoder: "sound", TextEncoder: "text"}
        tables = isinstance(self.encoder, NumberEncoder | TableEncoder)
        return kinds.get(type(self.encoder), "table" if tables else "other")

    def layers(self) -> list[dict[str, Any]]:
        """Each layer as the page lists it."""
        shapes = self.network.shapes(self.encoder.input_shape)[1:]
        places = enumerate(zip(self.network.layers, shapes, strict=True))
        return [self._layer(place, layer, shape) for place, (layer, shape) in places]

    def _layer(self, place: int, layer: Layer, shape: Shape) -> dict[str, Any]:
        arrays = flatten(self.params.get(str(place), {}), str(place))
        return {
            "number": place + 1,
            "name": repr(layer),
            "kind": "features" if isinstance(layer, PlaneFeatures) else type(layer).__name__.lower(),
            "shape": list(shape),
            "words": layer_words(layer) or "",
            "activation": getattr(layer, "activation", ""),
            "arrays": [{"array": name, "shape": list(array.shape)} for name, array in arrays.items()],
        }


def viewed(encoder: Encoder, network: Layer, task: Task, params: Params, state: State) -> Viewed:
    """A network as a row of layers."""
    row, own_params, own_state = as_sequential(network, params, state)
    return Viewed(encoder, row, task, own_params, own_state)
