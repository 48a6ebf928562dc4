"""Language: which character comes next, after each character of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy, Shape, jnp
from lamina.errors import SettingError
from lamina.recipes import recipe
from lamina.tasks.base import Prediction, Task
from lamina.tasks.classification import probabilities

if TYPE_CHECKING:
    from lamina.training.step import PerExample

SHOWN = 5
"""So many next characters are told with their probabilities."""


@recipe
class Language(Task):
    """The next character; the loss is the mean of -log p(next character), in nats a character.

    Args:
        characters: that can come next; output 0 stands for any other.
        steps: places of a text at which the next character is learnt.

    Source:
        Bengio et al., A Neural Probabilistic Language Model (2003), equation 1, with characters for words.
    """

    characters: str
    steps: int

    def __post_init__(self) -> None:
        if not self.characters or self.steps < 1:
            raise SettingError("language needs characters and at least one step")

    @property
    def target(self) -> str:  # type: ignore[override]  # a field of the other tasks; here there is one target only
        """The next character."""
        return "next character"

    @property
    def outputs(self) -> int:
        """One a character, and one for all others."""
        return len(self.characters) + 1

    @property
    def output_shape(self) -> Shape:
        """(steps, characters + 1)."""
        return (self.steps, self.outputs)

    @property
    def measure(self) -> str:
        """The share of characters that were not the likeliest."""
        return "error"

    def describe(self) -> str:
        """How many characters there are."""
        return f"the next character, one of {len(self.characters)}, after each of {self.steps}"

    def encode(self, targets: Numpy) -> Numpy:
        """Numbers of characters as they are: (examples, steps)."""
        return np.asarray(targets, np.int32)

    def objective(self) -> tuple[PerExample, dict[str, PerExample]]:
        """Cross-entropy and error, averaged over the places."""
        from lamina.training.losses import log_probability

        def nats(logits: Array, targets: Array) -> Array:
            return -jnp.mean(log_probability(logits, targets), axis=-1)

        def wrong(logits: Array, targets: Array) -> Array:
            return jnp.mean((jnp.argmax(logits, axis=-1) != targets).astype(jnp.float32), axis=-1)

        return nats, {self.measure: wrong}

    def decode(self, outputs: Numpy) -> list[Prediction]:
        """The likeliest characters after the last place."""
        return self.decode_after(outputs, np.full(len(outputs), self.steps - 1))

    def decode_after(self, outputs: Numpy, places: Numpy) -> list[Prediction]:
        """The likeliest characters after a place of each text, such as its end."""
        rows = probabilities(np.asarray(outputs)[np.arange(len(outputs)), places, 1:])
        answers = []
        for row in rows:
            order = np.argsort(-row, kind="stable")[:SHOWN]
            ranked = {self.characters[place]: float(row[place]) for place in order}
            answers.append(Prediction(self.characters[order[0]], ranked))
        return answers

    def metrics(self, outputs: Numpy, targets: Numpy) -> dict[str, Any]:
        """The error, nats a character, and how many characters are as good as equally likely."""
        shifted = np.asarray(outputs, np.float64)
        shifted = shifted - shifted.max(axis=-1, keepdims=True)
        logarithms = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        nats = -float(np.take_along_axis(logarithms, targets[..., None], axis=-1).mean())
        wrong = float(np.mean(np.argmax(outputs, axis=-1) != targets))
        return {"error": wrong, "nats_per_character": nats, "perplexity": float(np.exp(nats))}

    def guess(self, training: Numpy, targets: Numpy) -> float:
        """The error of always naming the commonest character."""
        return float(np.mean(targets != np.bincount(training.reshape(-1)).argmax()))
