"""Writing on: a language model's own next characters, one after the other."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from lamina.arrays import Numpy, jax, jnp
from lamina.data.passage_encoder import PassageEncoder
from lamina.errors import DataError, SettingError
from lamina.layers.base import Layer
from lamina.layers.stepping import advance, begin, steps_alone
from lamina.model.model import Model
from lamina.training.cache import use_compilation_cache

MAX_LENGTH = 1_000_000


def write(model: Model, prompt: str = "", length: int = 300, temperature: float = 0.8, seed: int = 0) -> str:
    """The prompt's continuation.

    Each character is drawn with probability softmax(logits / temperature).

    Args:
        model: of language.
        prompt: what is written on; the model sees its last characters.
        length: characters to write.
        temperature: below 1 keeps to the likely, above 1 dares more; 0 takes the likeliest.
        seed: of the draws; the same gives the same text.

    Raises:
        DataError: a model of another kind.
        SettingError: a length or a temperature that is not possible.

    Example:
        >>> import lamina
        >>> from lamina.data.passages import passages_of
        >>> text = passages_of("one two three four five six seven eight nine ten " * 100, "numbers")
        >>> model = lamina.train(text, epochs=0).model  # fresh weights
        >>> len(lamina.write(model, "one two", length=20))
        20
    """
    if type(length) is not int or not 1 <= length <= MAX_LENGTH:
        raise SettingError(f"the length needs to be from 1 to {MAX_LENGTH:,}; got {length!r}")
    if not 0 <= temperature <= 100:
        raise SettingError(f"the temperature needs to be from 0 to 100; got {temperature!r}")
    return "".join(islice(characters(model, prompt, temperature, seed), length))


def characters(model: Model, prompt: str, temperature: float, seed: int) -> Iterator[str]:
    """The next characters, without end."""
    encoder = model.encoder
    if not isinstance(encoder, PassageEncoder):
        raise DataError(f"only a model of language writes on; this one predicts {model.task.target}")
    chance = np.random.Generator(np.random.Philox(key=[seed, 0x7EC7]))
    text = (prompt or "\n")[-encoder.steps :]
    logits_after = _step_by_step(model, encoder) if steps_alone(model.network) else _wholly(model, encoder)
    while True:
        character = encoder.characters[_draw(logits_after(text)[1:], temperature, chance)]
        yield character
        text = (text + character)[-encoder.steps :]


def _wholly(model: Model, encoder: PassageEncoder) -> Callable[[str], Numpy]:
    """The logits after a text, all of which is read anew."""
    return lambda text: np.asarray(model.outputs(encoder.encode_raw(text)[None])[0, len(text) - 1])


def _step_by_step(model: Model, encoder: PassageEncoder) -> Callable[[str], Numpy]:
    """The logits after a text that has grown by one character since the last call.

    What the network kept of the earlier ones serves for the next. A network has seen no more than `steps` characters at
    a time: after so many it begins anew, with the last half of them.
    """
    use_compilation_cache()
    program = _advancing(model.network)
    kept, place = None, 0

    def logits_after(text: str) -> Numpy:
        nonlocal kept, place
        fresh = text[-1:]
        if kept is None or place == encoder.steps:
            fresh = text if kept is None else text[-max(1, encoder.steps // 2) :]
            kept, place = begin(model.network, 1, model.encoder.input_shape), 0
        for number in encoder.encode_raw(fresh)[: len(fresh)]:
            kept, logits = program(model.params, kept, jnp.asarray([number], jnp.int32), place)
            place += 1
        return np.asarray(logits[0])

    return logits_after


@functools.lru_cache(maxsize=4)
def _advancing(network: Layer) -> Any:
    """A step of the network, compiled once however often is written."""
    return jax.jit(functools.partial(advance, network))


def _draw(logits: Numpy, temperature: float, chance: np.random.Generator) -> int:
    if temperature == 0:
        return int(np.argmax(logits))
    scaled = np.asarray(logits, np.float64) / temperature
    weights = np.exp(scaled - scaled.max())
    return int(np.searchsorted(np.cumsum(weights) / weights.sum(), chance.random()))
