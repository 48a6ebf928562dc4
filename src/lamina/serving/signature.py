"""What a model takes and gives as tensors: told in its metadata, read from requests, written into answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.arrays import Shape
from lamina.data.columns import NumberColumn
from lamina.data.encoders import Encoder
from lamina.data.inputs import Sound
from lamina.data.number_encoder import NumberEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.sound_decoding import RATES_HZ
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.table_encoder import TableEncoder
from lamina.serving.tensors import BYTES, Tensor
from lamina.tasks.base import Prediction, flat
from lamina.tasks.classification import natural_order
from lamina.web.limits import Limits
from lamina.web.refusing import refuse

PICTURES, SAMPLES, ROWS, TEXTS = "pictures", "samples", "rows", "texts"
RATE = "rate_hz"
WHOLE = ("UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64")
NUMBERS = ("FP64", "FP32", "FP16", *WHOLE)


@dataclasses.dataclass(frozen=True)
class Declared:
    """A tensor as metadata tells it.

    Args:
        name: of the tensor.
        datatype: what it has.
        shape: its axes; -1 is any length.
        takes: the types that are taken for it; its own where none is named.
        classes: of probabilities, what each number belongs to.
        columns: of rows, what each number is.
    """

    name: str
    datatype: str
    shape: Shape
    takes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the protocol has it; the names of classes and columns as parameters."""
        told = {"name": self.name, "datatype": self.datatype, "shape": list(self.shape)}
        named = {"classes": list(self.classes), "columns": list(self.columns)}
        known = {name: values for name, values in named.items() if values}
        return {**told, "parameters": known} if known else told

    def check(self, tensor: Tensor) -> None:
        """Refuse a tensor of another type or shape.

        Raises:
            RequestError: 400.
        """
        taken = self.takes or (self.datatype,)
        if tensor.datatype not in taken:
            refuse(400, f"the input {self.name} needs {' or '.join(taken)}; got {tensor.datatype}")
        shape = tensor.values.shape
        if len(self.shape) == 1 and len(shape) == 2 and shape[1] == 1:
            return  # a column as some clients send it
        if len(shape) != len(self.shape) or any(b not in (-1, a) for a, b in zip(shape, self.shape, strict=True)):
            refuse(400, f"the input {self.name} needs the shape {list(self.shape)}; got {list(shape)}")


def declared_inputs(encoder: Encoder) -> tuple[Declared, ...]:
    """The tensors that hold examples for an encoder.

    Example:
        >>> declared_inputs(PictureEncoder(8, 8, 1))[0].as_json()
        {'name': 'pictures', 'datatype': 'UINT8', 'shape': [-1, -1, -1, 1]}
    """
    match encoder:
        case PictureEncoder():
            return (Declared(PICTURES, "UINT8", (-1, -1, -1, encoder.channels)),)
        case SoundEncoder():
            return (Declared(SAMPLES, "FP32", (-1, -1), ("FP32", "FP64", "FP16")),)
        case NumberEncoder():
            return (Declared(ROWS, "FP64", (-1, len(encoder.columns)), NUMBERS, columns=encoder.columns),)
        case TableEncoder():
            return tuple(
                Declared(column.name, "FP64" if isinstance(column, NumberColumn) else BYTES, (-1,), (*NUMBERS, BYTES))
                for column in encoder.columns
            )
        case SeriesEncoder():
            dates = (Declared(encoder.date, BYTES, (-1,)),) if encoder.date else ()
            return (*dates, *(Declared(name, "FP64", (-1,), NUMBERS) for name in encoder.columns))
    return (Declared(TEXTS, BYTES, (-1,)),)


def values_of(tensors: Sequence[Tensor], declared: Sequence[Declared], encoder: Encoder, limits: Limits) -> Any:
    """The examples that tensors hold, as the encoder's readers take them.

    Args:
        tensors: of a request.
        declared: those that the encoder needs.
        encoder: the model's.
        limits: of rows and texts.

    Raises:
        RequestError: 400: a tensor that is missing, unknown, of another type or shape, or too long.
    """
    inputs = {one.name: one for one in declared}
    given = {one.name: one for one in tensors}
    for name in [*inputs.keys() - given.keys(), *given.keys() - inputs.keys()]:
        refuse(
            400,
            f"the model needs the inputs {', '.join(inputs)}; {'no ' if name in inputs else ''}{name} is among them",
        )
    for name, tensor in given.items():
        inputs[name].check(tensor)
    lengths = {tensor.values.shape[0] for tensor in tensors}
    if len(lengths) > 1:
        refuse(400, "the inputs have different numbers of examples")
    if max(lengths) > limits.rows and not isinstance(encoder, SeriesEncoder):
        refuse(400, f"a request may have {limits.rows:,} examples; got {max(lengths):,}")
    return _read(given, encoder, limits)


def _read(given: Mapping[str, Tensor], encoder: Encoder, limits: Limits) -> Any:
    match encoder:
        case PictureEncoder():
            return given[PICTURES].values
        case SoundEncoder():
            return _sounds(given[SAMPLES], encoder)
        case NumberEncoder():
            return given[ROWS].values
        case TableEncoder() | SeriesEncoder():
            return {name: _column(tensor, limits) for name, tensor in given.items()}
    return _column(given[TEXTS], limits)


def _column(tensor: Tensor, limits: Limits) -> list[Any]:
    if tensor.datatype != BYTES:
        return list(tensor.values.reshape(-1).tolist())
    texts = tensor.values.reshape(-1).tolist()
    if max(map(len, texts)) > limits.text_bytes:
        refuse(400, f"a text may have {limits.text_bytes:,} bytes")
    try:
        return [text.decode() for text in texts]
    except UnicodeDecodeError as error:
        refuse(400, f"a text of the input {tensor.name} is not UTF-8 at byte {error.start}")


def _sounds(tensor: Tensor, encoder: SoundEncoder) -> list[Sound]:
    rate = tensor.parameters.get(RATE, encoder.rate_hz)
    if type(rate) is not int or not RATES_HZ[0] <= rate <= RATES_HZ[1]:
        refuse(400, f"the parameter {RATE} needs {RATES_HZ[0]:,} to {RATES_HZ[1]:,}; got {ascii(rate)[:40]}")
    samples = tensor.values.astype(np.float32)
    if not np.isfinite(samples).all():
        refuse(400, "samples are finite numbers")
    return [Sound(one[:, None], rate) for one in samples]


def declared_outputs(target: str, predictions: Sequence[Prediction]) -> tuple[Declared, ...]:
    """The tensors that hold answers like these: each target's value, its probabilities, its interval."""
    facts = [_facts(one, target) for one in predictions]
    found = []
    for name, value in facts[0].items():
        if isinstance(value, Mapping):
            if all(one[name].keys() == value.keys() for one in facts):  # some tasks tell of a few classes only
                classes = tuple(sorted(value, key=natural_order))
                found.append(Declared(name, "FP64", (-1, len(classes)), classes=classes))
            continue
        several = (len(value),) if isinstance(value, tuple) else ()
        datatype = BYTES if isinstance(flat(value)[0], str) else "FP64"
        found.append(Declared(name, datatype, (-1, *several)))
    return tuple(found)


def tensors_of(predictions: Sequence[Prediction], target: str, outputs: Sequence[Declared]) -> list[Tensor]:
    """The answers as the tensors that are asked for."""
    facts = [_facts(one, target) for one in predictions]
    return [_tensor(output, [one[output.name] for one in facts]) for output in outputs]


def _tensor(output: Declared, values: list[Any]) -> Tensor:
    if output.classes:
        values = [[one[name] for name in output.classes] for one in values]
    if output.datatype == BYTES:
        texts = [[str(text).encode() for text in flat(one)] for one in values]
        array = np.empty((len(values), len(texts[0])), object)
        array[:] = texts
        return Tensor(output.name, BYTES, array.reshape((len(values), *output.shape[1:])))
    return Tensor(output.name, output.datatype, np.array(values, np.float64).reshape((len(values), *output.shape[1:])))


def _facts(prediction: Prediction, target: str) -> dict[str, Any]:
    """What is known of an answer: under the target's name its value, and beside that what goes with it."""
    if prediction.by_target:
        found: dict[str, Any] = {}
        for name, one in prediction.by_target.items():
            found |= _facts(one, name)
        return found
    facts: dict[str, Any] = {target: prediction.value}
    if prediction.probabilities:
        facts[f"{target} probabilities"] = prediction.probabilities
    if prediction.interval is not None:
        facts[f"{target} interval"] = prediction.interval
    return facts
