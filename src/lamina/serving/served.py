"""One model that answers many requests: compiled for a few sizes of batch before the first, and never after."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from lamina.arrays import Numpy
from lamina.data.inputs import Inputs
from lamina.data.pictures import pictures_from_array
from lamina.data.sent_inputs import can_be_sent
from lamina.data.table_encoder import TableEncoder
from lamina.data.texts import TextList
from lamina.errors import DataError, SettingError
from lamina.model.answers import Prepared
from lamina.model.model import Model
from lamina.serving.signature import Declared, declared_inputs, declared_outputs
from lamina.tasks.base import Prediction, flat
from lamina.tasks.reconstruction import Reconstruction
from lamina.training.cache import use_compilation_cache
from lamina.training.outputs import Outputs, forward_of
from lamina.web.batching import Batcher
from lamina.web.limits import Limits
from lamina.web.refusing import refuse

SIZES = (1, 2, 4, 8, 16, 32, 64)
"""The sizes of batches that are compiled; one of another size is filled up to the next, a larger one is divided."""
MADE_UP = 16
"""So many made-up examples tell what answers look like."""


class Served:
    """A model under a name and a version.

    Args:
        name: in addresses.
        version: "1" for the file with which the server began, "2" for the one that took its place ...
        model: what answers.
        limits: of the queue and of rows.

    Raises:
        SettingError: a model whose examples cannot be sent.
    """

    def __init__(self, name: str, version: str, model: Model, limits: Limits) -> None:
        if isinstance(model.encoder, TableEncoder) and not can_be_sent(model.encoder):
            named = ", ".join(column.name for column in model.encoder.pictures)
            raise SettingError(
                f"{name} takes tables whose {named} names pictures, and a server opens no files for others: use "
                f"`lamina predict`"
            )
        self.name, self.version, self.model, self._limits = name, version, model, limits
        self._batcher: Batcher[Prediction | None] | None = None
        self._pictures: Batcher[Prediction | None] | None = None
        self._outputs: tuple[Declared, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether it is compiled."""
        return self._batcher is not None

    @property
    def waiting(self) -> int:
        """How many requests wait for a batch."""
        return sum(one.waiting for one in self._batchers)

    @property
    def batched(self) -> tuple[int, int]:
        """How many batches were computed, and how many examples."""
        return sum(one.batches for one in self._batchers), sum(one.examples for one in self._batchers)

    @property
    def _batchers(self) -> list[Batcher[Prediction | None]]:
        return [one for one in (self._batcher, self._pictures) if one is not None]

    @cached_property
    def inputs(self) -> tuple[Declared, ...]:
        """The tensors that it takes."""
        return declared_inputs(self.model.encoder)

    @property
    def outputs(self) -> tuple[Declared, ...]:
        """The tensors that it gives.

        Raises:
            RequestError: 503 before it is compiled.
        """
        if self._batcher is None:
            refuse(503, f"{self.name} is being made ready: ask again in a second")
        return self._outputs

    def warm_up(self) -> None:
        """Compile each size of batch, so that no request waits for that, and see what its answers are."""
        use_compilation_cache()
        examples = np.stack([self.model.encoder.encode_raw(one) for one in self.model.encoder.made_up()[:MADE_UP]])
        seconds = 0.0
        for size in SIZES:
            rows = np.repeat(examples[:1], size, axis=0)
            self._predict(rows)
            began = time.perf_counter()
            self._predict(rows)
            seconds = time.perf_counter() - began
        answers = [one for one in self._predict(examples) if one is not None]
        self._outputs = declared_outputs(self.model.task.target, answers)
        self._batcher = Batcher(self._predict, SIZES[-1], self._limits.queue, seconds)
        self._pictures = Batcher(self._predict_pictures, SIZES[-1], self._limits.queue, seconds)

    async def predict(self, prepared: Prepared) -> Sequence[Prediction]:
        """An answer for each example that can be read.

        Raises:
            RequestError: 429 where too many wait, 503 before it is compiled.
            DataError: an example whose answer is no finite number.
        """
        if self._batcher is None:
            refuse(503, f"{self.name} is being made ready: ask again in a second")
        if not len(prepared.kept):
            return []
        answers = await self._batcher.ask(np.asarray(prepared.encoded[:]))
        return _whole(answers, [prepared.inputs.names[row] for row in prepared.kept.tolist()])

    async def predict_pictures(self, pixels: Numpy) -> Sequence[Prediction]:
        """The same for pictures of the trained size, which are looked at and encoded a batch at a time.

        Args:
            pixels: (examples, height, width, channels), bytes.

        Raises:
            RequestError, DataError: as `predict`.
        """
        if self._pictures is None:
            refuse(503, f"{self.name} is being made ready: ask again in a second")
        answers = await self._pictures.ask(pixels)
        return _whole(answers, [f"picture {row + 1}" for row in range(len(answers))])

    def require_moderate(self, inputs: Inputs) -> Inputs:
        """The examples, where a request may have so many, and texts so long.

        Raises:
            RequestError: 400.
        """
        rows, size = self._limits.rows, self._limits.text_bytes
        if len(inputs) > rows:
            refuse(400, f"a request may have {rows:,} examples; got {len(inputs):,}")
        if isinstance(inputs, TextList) and max(map(len, inputs.texts), default=0) > size:
            refuse(400, f"a text may have {size:,} characters")
        return inputs

    def close(self) -> None:
        """Let its thread go."""
        for one in self._batchers:
            one.close()

    def _predict_pictures(self, pixels: Numpy) -> list[Prediction | None]:
        return self._predict(self.model.encoder.encode(pictures_from_array(pixels))[0])

    def _predict(self, rows: Numpy) -> list[Prediction | None]:
        """Answers; None where the network's numbers are not finite."""
        outputs = np.asarray(self._forward(self.model.params, self.model.state, rows))
        finite = np.isfinite(outputs).reshape(len(outputs), -1).all(axis=1)
        if not finite.all():
            outputs = np.where(finite.reshape(-1, *[1] * (outputs.ndim - 1)), outputs, 0)
        answers = self._decode(outputs, rows)
        return [one if whole and is_finite(one) else None for one, whole in zip(answers, finite.tolist(), strict=True)]

    def _decode(self, outputs: Numpy, rows: Numpy) -> list[Prediction]:
        """Outputs as answers; where rows are compared with them on the device, in the sizes that are compiled."""
        if not isinstance(self.model.task, Reconstruction):
            return self.model.answers_from(outputs, rows)
        found: list[Prediction] = []
        for start in range(0, len(rows), SIZES[-1]):
            own, given = outputs[start : start + SIZES[-1]], rows[start : start + SIZES[-1]]
            size = next(size for size in SIZES if len(given) <= size)
            places = np.minimum(np.arange(size), len(given) - 1)
            found += self.model.answers_from(own[places], given[places])[: len(given)]
        return found

    @cached_property
    def _forward(self) -> Outputs:
        return Outputs(forward_of(self.model.network, self.model.encoder.on_device), SIZES)


def _whole(answers: Sequence[Prediction | None], names: Sequence[str]) -> list[Prediction]:
    """The answers, where each is a finite one.

    Raises:
        DataError: one is not; names its example.
    """
    found = [one for one in answers if one is not None]
    if len(found) < len(answers):
        name = names[list(answers).index(None)]
        raise DataError(f"{name}: it is so unlike the training examples that the answer is no finite number")
    return found


def is_finite(answer: Prediction) -> bool:
    """Whether an answer has no infinite number and no NaN, which JSON lacks."""
    numbers = [one for one in (*flat(answer.value), *(answer.interval or ())) if isinstance(one, float)]
    return all(map(math.isfinite, numbers))
