"""How much a model can bear: its error where noise is added to what the network sees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lamina.arrays import Numpy, jnp
from lamina.data.encoders import Encoder
from lamina.data.table_encoder import TableEncoder
from lamina.errors import SettingError
from lamina.model.evaluation import measure_against
from lamina.model.examples import Examples
from lamina.model.model import Model
from lamina.training.outputs import Outputs, forward_of

LEVELS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Standard deviations of the noise, in standard deviations of the inputs."""
ROUNDS = 3


def error_under_noise(model: Model, examples: Examples, levels: Sequence[float] = LEVELS, seed: int = 0) -> Numpy:
    """The task's measure where normal noise is added to the inputs: (levels, rounds), each round other noise.

    Texts of a table, of which a network takes entries of a vocabulary, stay as they are.

    Args:
        model: of one target, whose network sees numbers.
        examples: as `held_out_examples` gives them.
        levels: standard deviations of the noise; 1 is as much as the inputs themselves vary.
        seed: of the noise.

    Raises:
        SettingError: a network that sees entries of a vocabulary alone, a level below 0.

    Example:
        >>> import lamina
        >>> from lamina.model.examples import held_out_examples
        >>> model = lamina.fit("iris", "mlp", epochs=20)
        >>> found = error_under_noise(model, held_out_examples(model, "iris"), (0.0, 5.0))
        >>> bool(found[0].mean() < found[1].mean())
        True
    """
    if min(levels) < 0:
        raise SettingError(f"noise needs levels from 0; got {min(levels)}")
    seen = np.asarray(model.encoder.on_device(jnp.asarray(examples.encoded[:])))
    if seen.dtype.kind != "f" or takes_words_alone(model.encoder):
        raise SettingError("noise is added to numbers; this network takes entries of a vocabulary")
    spread = _spread(model.encoder, seen)
    chance, outputs = np.random.default_rng(seed), Outputs(forward_of(model.network))
    measure = measure_against(model, examples.targets)
    measured = np.zeros((len(levels), ROUNDS))
    for row, level in enumerate(levels):
        for column in range(ROUNDS):
            noise = chance.standard_normal(seen.shape).astype(np.float32) * spread
            found = np.asarray(outputs(model.params, model.state, seen + np.float32(level) * noise))
            measured[row, column] = measure(found)
    return measured


def takes_words_alone(encoder: Encoder) -> bool:
    """Whether a table has no columns but texts that are read word by word.

    Example:
        >>> import lamina
        >>> takes_words_alone(lamina.fit("iris", "mlp", epochs=0).encoder)
        False
    """
    return isinstance(encoder, TableEncoder) and len(encoder.columns) == len(encoder.texts) > 0


def _spread(encoder: Encoder, seen: Numpy) -> Numpy:
    """How much the inputs vary: each column of rows on its own, but not words; pictures and sounds as a whole."""
    found = np.asarray(seen.std(axis=0) if seen.ndim == 2 else seen.std(), np.float32)
    for start, stop, _ in encoder.texts if isinstance(encoder, TableEncoder) else ():
        found[start:stop] = 0
    return found
