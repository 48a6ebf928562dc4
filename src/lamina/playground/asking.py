"""Questions to a model as it stands: the arithmetic of a neuron, the answer to a drawing, each layer's maps."""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.arrays import Array, Numpy, Params, State
from lamina.data.dataset import Dataset
from lamina.data.encoders import Encoder
from lamina.data.inputs import Sound
from lamina.data.number_encoder import NumberEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.table_encoder import TableEncoder
from lamina.data.text_encoder import TextEncoder
from lamina.data.texts import texts_from_list
from lamina.errors import DataError, ExplanationError, SettingError
from lamina.explaining.answering import mattered_for
from lamina.explaining.example import one_example
from lamina.explaining.explanation import Explanation, Neuron, explain
from lamina.explaining.programs import quickly_compiled
from lamina.explaining.sums import Sum
from lamina.explaining.text import lines
from lamina.layers.combining import Sequential, as_sequential
from lamina.model.model import Model
from lamina.model.preparation import Prepared
from lamina.playground.plane import layer_outputs

LARGEST_SIDE = 1_024
LONGEST_SOUND = 60
MOST_NUMBERS = 2_000_000
"""Of maps in one answer."""


@dataclass(frozen=True, eq=False)
class Example:
    """One example as `predict` takes it.

    Args:
        source: of one example.
        truth: its right answer; None where nobody knows it.
    """

    source: Any
    truth: Any = None


def example_from(asked: Mapping[str, Any], model: Model, prepared: Prepared | None) -> Example:
    """The example that a message describes.

    Raises:
        DataError, SettingError: none, or one that the model does not take.
    """
    readers = {"values": _row, "text": _text, "drawing": _drawing, "sound": _sound}
    if "part" in asked and prepared is not None:
        return _known(asked, prepared)
    kind = next((name for name in readers if name in asked), None)
    if kind is None:
        raise SettingError(f"an example is a part and a number, or one of {', '.join(readers)}; got {sorted(asked)}")
    return Example(readers[kind](asked[kind], model))


def explanation(model: Model, example: Example, neurons: list[str], backwards: bool, top: int) -> dict[str, Any]:
    """What `lamina.explain` tells, as lines and as numbers."""
    truth = example.truth if backwards else None
    found = explain(model, example.source, truth, neurons=neurons, top=top)
    return {
        "text": lines(found), "title": found.title, "neurons": [_neuron(one, found) for one in found.neurons],
        "loss": None if found.loss is None else {
            "name": found.loss.name, "value": found.loss.value, "lines": list(found.loss.lines)
        },
        "remarks": list(found.remarks),
    }  # fmt: skip


def answer(model: Model, example: Example, way: str | None) -> tuple[dict[str, Any], dict[str, Any], dict[str, Numpy]]:
    """The model's answer, what stands in the header of its maps, and the maps.

    Raises:
        DataError, SettingError: an example or a way that does not fit the model.
    """
    _, encoded = one_example(model, example.source, 0)
    network, params, state = as_sequential(model.network, model.params, model.state)
    seen, *outputs = (np.asarray(one)[0] for one in _looker(network, model.encoder)(params, state, encoded[None]))
    prediction = model.answers_from(outputs[-1][None], encoded[None])[0]
    layers, arrays = _maps(network, seen, outputs)
    told = {
        "text": str(prediction), "value": str(prediction.value), "of": str(prediction.value), "caution": "",
        "probabilities": [{"name": name, "share": share} for name, share in prediction.probabilities.items()],
        "mattered": False,
    }  # fmt: skip
    if way is not None and _is_numbers(model.encoder):
        try:
            of, found = mattered_for(model, seen, prediction, way)
        except ExplanationError as error:
            told["caution"] = str(error)  # there is an answer all the same
        else:
            arrays["mattered"] = np.asarray(found.values, np.float32)
            told |= {"mattered": True, "of": of, "caution": found.caution}
    return told, {"layers": layers}, arrays


def _is_numbers(encoder: Encoder) -> bool:
    """Whether what the network takes has slopes; words have none."""
    return not isinstance(encoder, TextEncoder) and not (isinstance(encoder, TableEncoder) and encoder.texts)


@functools.lru_cache(8)
def _looker(network: Sequential, encoder: Encoder) -> Callable[..., list[Array]]:
    """What a network sees of encoded examples, and what each layer gives; other weights compile nothing."""

    def look(params: Params, state: State, encoded: Array) -> list[Array]:
        seen = encoder.on_device(encoded)
        return [seen, *layer_outputs(network, params, state, seen)]

    return quickly_compiled(look)


def _maps(network: Sequential, seen: Numpy, outputs: list[Numpy]) -> tuple[list[dict[str, Any]], dict[str, Numpy]]:
    """What each layer gives for one example: of pictures (maps, height, width)."""
    arrays = {"input": seen.astype(np.float32)}
    layers, room = [], MOST_NUMBERS
    for place, (layer, output) in enumerate(zip(network.layers, outputs, strict=True)):
        turned = np.moveaxis(output, -1, 0) if output.ndim == 3 else output
        room -= turned.size
        if room < 0:
            break
        layers.append({"layer": place + 1, "name": repr(layer), "shape": list(turned.shape)})
        arrays[f"output/{place + 1}"] = turned.astype(np.float32)
    return layers, arrays


def _known(asked: Mapping[str, Any], prepared: Prepared) -> Example:
    """An example of the data, with its right answer."""
    part, number = asked.get("part"), asked.get("number")
    rows = {name: getattr(prepared.split, name) for name in ("train", "validation", "test")}.get(str(part))
    if rows is None or type(number) is not int or not 0 <= number < len(rows):
        raise SettingError(f"there is no example {number} in the part {part}")
    place = rows[number : number + 1]
    truth = prepared.raw_targets(place)[0]
    return Example(
        prepared.dataset.subset(place), truth.item() if np.ndim(truth) == 0 and hasattr(truth, "item") else truth
    )


def _row(values: Any, model: Model) -> Any:
    """A row of a table by its columns' names."""
    if not isinstance(values, Mapping) or not all(isinstance(one, str | int | float) for one in values.values()):
        raise SettingError("values needs a number or a text for each column, by its name")
    encoder = model.encoder
    if isinstance(encoder, NumberEncoder):
        lacking = [name for name in encoder.columns if not isinstance(values.get(name), int | float)]
        if lacking:
            raise DataError(f"the model needs a number for {lacking[0]}")
        return [[float(values[name]) for name in encoder.columns]]
    if not isinstance(encoder, TableEncoder) or encoder.pictures:
        raise DataError("this model takes no rows that can be typed")
    return [{column.name: values.get(column.name) for column in encoder.columns}]


def _text(text: Any, model: Model) -> Any:
    """A text, which is never looked for as a file."""
    if not isinstance(text, str) or not isinstance(model.encoder, TextEncoder):
        raise DataError("this model takes no text")
    return Dataset("text", texts_from_list([text]), np.zeros(1))


def _drawing(drawing: Any, model: Model) -> Any:
    """A drawing as a picture of bytes."""
    if not isinstance(model.encoder, PictureEncoder):
        raise DataError("this model takes no picture")
    height, width = (_side(drawing, name) for name in ("height", "width"))
    pixels = np.frombuffer(_bytes_of(drawing, "pixels"), np.uint8)
    if pixels.size != height * width:
        raise DataError(f"a drawing of {width} x {height} needs {height * width:,} bytes; got {pixels.size:,}")
    return pixels.reshape(1, height, width)


def _sound(sound: Any, model: Model) -> Any:
    """A recording as a Sound."""
    if not isinstance(model.encoder, SoundEncoder):
        raise DataError("this model takes no sound")
    rate = sound.get("rate_hz") if isinstance(sound, Mapping) else None
    data = _bytes_of(sound, "samples")
    if type(rate) is not int or not 1_000 <= rate <= 200_000 or len(data) % 4 or not data:
        raise DataError("a sound needs a rate_hz from 1,000 to 200,000 and samples of 4 bytes each")
    samples = np.frombuffer(data, "<f4")
    if len(samples) > LONGEST_SOUND * rate or not np.isfinite(samples).all():
        raise DataError(f"a sound needs finite samples, of {LONGEST_SOUND} seconds at most")
    return Sound(np.clip(samples, -1, 1)[:, None], rate)


def _side(drawing: Any, name: str) -> int:
    size = drawing.get(name) if isinstance(drawing, Mapping) else None
    if type(size) is not int or not 1 <= size <= LARGEST_SIDE:
        raise DataError(f"a drawing needs a {name} from 1 to {LARGEST_SIDE:,}; got {size!r}")
    return size


def _bytes_of(thing: Any, name: str) -> bytes:
    text = thing.get(name) if isinstance(thing, Mapping) else None
    if not isinstance(text, str):
        raise DataError(f"{name} is missing")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise DataError(f"{name} is not in base64") from None


def _neuron(one: Neuron, found: Explanation) -> dict[str, Any]:
    gradients = [
        {"weight": each.weight, "sum": _sum(each.sum, found.top),
         "before": None if each.update is None else each.update.before,
         "after": None if each.update is None else each.update.after}
        for each in one.gradients
    ]  # fmt: skip
    layer, _, _ = one.chosen.title.removeprefix("layer ").partition(",")
    return {
        "layer": layer, "place": list(one.chosen.place), "title": one.chosen.title, "reason": one.reason,
        "sums": [_sum(each, found.top) for each in one.sums], "by_output": _sum(one.by_output, found.top),
        "error": _sum(one.error, found.top), "gradients": gradients,
    }  # fmt: skip


def _sum(one: Sum | None, top: int) -> dict[str, Any] | None:
    if one is None:
        return None
    largest, others, rest = one.largest(top)
    terms = [{"name": t.name, "value": t.value, "factor": t.factor, "product": t.product} for t in largest]
    return {
        "name": one.name, "terms": terms, "others": others, "rest": rest, "bias": one.bias, "total": one.total,
        "function": one.function, "output": one.output,
    }  # fmt: skip
