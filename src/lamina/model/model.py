"""Model: encoder, network, task and weights, as one thing that predicts from raw data and is one file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Numpy, Params, Rows, Shape, State, jnp
from lamina.data.encoders import Encoder
from lamina.data.memory import memory_from
from lamina.data.pair_encoder import PairEncoder
from lamina.data.passage_encoder import PassageEncoder
from lamina.data.prediction_inputs import read_inputs
from lamina.errors import ShapeError
from lamina.layers.base import Layer
from lamina.model.record import Record
from lamina.tasks.base import Prediction, Task
from lamina.tasks.language import Language
from lamina.tasks.reconstruction import Reconstruction

if TYPE_CHECKING:
    from lamina.model.evaluation import Evaluation
    from lamina.training.outputs import Outputs


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network with all that it needs to answer for raw data.

    Args:
        encoder: raw data to arrays, with the numbers fitted on the training part.
        network: the layers.
        task: what the outputs mean.
        params, state: the network's arrays.
        record: how it was trained.

    Example:
        >>> import lamina
        >>> model = lamina.fit("iris", epochs=30)
        >>> len(model.predict([[5.1, 3.5, 1.4, 0.2]]))
        1
    """

    encoder: Encoder
    network: Layer
    task: Task
    params: Params
    state: State
    record: Record
    path: Path | None = field(default=None)

    def __post_init__(self) -> None:
        check_outputs(self.network, self.encoder, self.task)

    def predict(self, source: Any) -> list[Prediction]:
        """An answer for each example of a source.

        Args:
            source: a file or a folder, a list of files, an array of pictures or rows, or a Dataset.

        Raises:
            DataError: an example that cannot be read; `lamina predict` goes on with the others.
        """
        inputs = read_inputs(source, self.encoder)
        encoded, _, skipped = self.encoder.encode_within(inputs, memory_from(None))
        if skipped:
            skipped[0].complain()
        return self.answers(encoded)

    def answers(self, encoded: Rows) -> list[Prediction]:
        """An answer for each encoded example: where the input is the target, how far its reconstruction is from it; of
        a text what comes after its end; of a pair of texts to the source alone."""
        if isinstance(self.encoder, PairEncoder):
            encoded = self.encoder.asked(np.asarray(encoded[:]))
        return self.answers_from(self.outputs(encoded), encoded)

    def answers_from(self, outputs: Numpy, encoded: Rows) -> list[Prediction]:
        """The same from outputs that are there already."""
        if isinstance(self.task, Reconstruction) and len(encoded):
            return self.task.compare(outputs, np.asarray(self.encoder.on_device(jnp.asarray(encoded[:]))))
        if isinstance(self.task, Language) and isinstance(self.encoder, PassageEncoder):
            return self.task.decode_after(outputs, self.encoder.last_steps(encoded[:]))
        return self.task.decode(outputs)

    def outputs(self, encoded: Rows) -> Numpy:
        """The network's outputs (examples, outputs) for encoded examples."""
        if len(encoded) == 0:
            return np.zeros((0, *self.task.output_shape), np.float32)
        return np.asarray(self._forward(self.params, self.state, encoded))

    def evaluate(self, source: Any, **reading: Any) -> Evaluation:
        """Loss and every metric of the task on a source whose answers are known.

        A source with its own test part is evaluated on that part.
        """
        from lamina.model.evaluation import evaluate

        return evaluate(self, source, **reading)

    def save(self, path: str | Path) -> Path:
        """Write the model as one file, proof and checksum included; the old file stays until the new one is whole."""
        from lamina.model.document import save_model

        return save_model(self, Path(path))

    @staticmethod
    def load(path: str | Path, *, allow_unproven: bool = False) -> Model:
        """Read a model file, check all of it, and make it answer its proof.

        Raises:
            ModelFileError: no model, a damaged one, or one that does not add up.
            UnprovenError: other answers than the file's; with allow_unproven a warning.
        """
        from lamina.model.document import load_model

        return load_model(Path(path), allow_unproven=allow_unproven)

    def summary(self) -> str:
        """The layers, their shapes and parameters, and how the model was trained."""
        from lamina.model.summary import model_lines

        return "\n".join(model_lines(self))

    def __repr__(self) -> str:
        from lamina.model.summary import count_parameters

        count = count_parameters(self.network.parameters(self.encoder.input_shape))
        return f"Model(predicts {self.task.describe()}; {count:,} parameters)"

    def _repr_html_(self) -> str:
        from lamina.training.notebook import history_html, text_html

        record = self.record
        return text_html(self.summary()) + history_html(record.epochs, record.results, record.best_epoch)

    @cached_property
    def _forward(self) -> Outputs:
        from lamina.training.cache import use_compilation_cache
        from lamina.training.outputs import forward_of
        from lamina.training.programs import shared_outputs

        use_compilation_cache()
        forward = forward_of(self.network, self.encoder.on_device)
        return shared_outputs((self.network, self.encoder.design), forward)


def check_outputs(network: Layer, encoder: Encoder, task: Task) -> None:
    """Raise a ShapeError unless the network takes what the encoder gives and gives what the task needs."""
    shape = network.output_shape(encoder.input_shape)
    if shape != task.output_shape:
        raise ShapeError(
            f"predicting {task.target}", f"a network that gives {_numbers(task.output_shape)} an example", shape,
            f"End the network with Dense({task.output_shape[-1]}), after a Flatten where the shape has more axes.",
        )  # fmt: skip


def _numbers(shape: Shape) -> str:
    return f"{shape[0]} numbers" if len(shape) == 1 else f"numbers of shape {shape}"
