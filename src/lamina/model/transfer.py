"""Going on from a trained model: its preparation and its layers, with a new last one where the task is another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lamina.arrays import Numpy, Rows
from lamina.data.encoders import Decoded, Encoder
from lamina.data.inputs import Inputs, Skipped
from lamina.data.memory import UNLIMITED, Memory
from lamina.errors import ShapeError
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.dense import Dense
from lamina.model.model import Model
from lamina.tasks.base import Task
from lamina.training.transfer import Beginning


@dataclass(frozen=True, eq=False)
class DecodedBefore(Decoded):
    """Inputs brought to what a trained model takes: nothing is fitted anew."""

    encoder: Encoder
    encoded: Rows
    kept: Numpy
    skipped: tuple[Skipped, ...]

    def fit(self, training: Numpy) -> tuple[Encoder, Rows]:
        """The model's own encoder."""
        return self.encoder, self.encoded


def decode_for(base: Model, inputs: Inputs, memory: Memory = UNLIMITED) -> DecodedBefore:
    """Inputs by the preparation of a trained model.

    Raises:
        DataError: inputs of another kind than the model's.
    """
    return DecodedBefore(base.encoder, *base.encoder.encode_within(inputs, memory))


def keeps_head(base: Model, task: Task) -> bool:
    """Whether the last layer means the same as before."""
    before, now = ([getattr(one, "classes", None) for one in some.targets] for some in (base.task, task))
    return before == now and base.task.target == task.target and base.task.output_shape == task.output_shape


def network_from(base: Model, task: Task) -> Layer:
    """The model's network with a last layer as wide as the task needs.

    Raises:
        ShapeError: a network that does not end in a Dense.
    """
    network = base.network
    if keeps_head(base, task):
        return network
    if not isinstance(network, Sequential) or not isinstance(network.layers[-1], Dense):
        raise ShapeError(
            f"going on from {base.path or 'a model'} to predict {task.target}",
            "a network that is a Sequential with a Dense at its end", network.output_shape(base.encoder.input_shape),
        )  # fmt: skip
    return Sequential(*network.layers[:-1], replace(network.layers[-1], units=task.outputs))


def beginning_from(base: Model, network: Layer, task: Task) -> Beginning:
    """The model's weights for all layers that are kept; all but the last learn slowly."""
    if not isinstance(network, Sequential):
        return Beginning(base.params, base.state, frozenset())
    last = str(len(network.layers) - 1)
    kept = [name for name in base.params if name != last or keeps_head(base, task)]
    params = {name: base.params[name] for name in kept}
    return Beginning(params, dict(base.state), frozenset(kept) - {last})


def transfer_note(base: Model, body_rate: float) -> str:
    """What is said of such a run."""
    how = "frozen" if body_rate == 0 else f"learn at {body_rate:g} of the rate"
    name = base.path.name if base.path is not None else "a model"
    return (
        f"going on from {name}, trained on {base.record.source} ({base.record.fingerprint[:12]}): its preparation is "
        f"kept, its layers {'are ' if body_rate == 0 else ''}{how}; the last one learns at the full rate"
    )
