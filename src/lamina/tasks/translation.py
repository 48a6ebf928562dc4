"""Translation: a text answered with a text, token by token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy, Shape, jnp
from lamina.data.byte_pairs import BytePairs
from lamina.data.tokenizer import PADDING
from lamina.errors import SettingError
from lamina.recipes import recipe
from lamina.tasks.base import Prediction, Task

if TYPE_CHECKING:
    from lamina.training.step import PerExample

TOKEN, OWN, LIKELIEST = 0, 1, 2
"""What the network gives at each step: a token, its log-probability, and that of the likeliest token."""


@recipe
class Translation(Task):
    """A text; the loss is the mean of -log p(token | source, tokens before it), in nats a token, over a target's own.

    Args:
        target: what the answers are called.
        tokenizer: of the answers; the token after its own ends one.
        steps: tokens of an answer, at most.

    Raises:
        SettingError: no steps.

    Source:
        Sutskever, Vinyals and Le, Sequence to Sequence Learning with Neural Networks (2014), section 3.2.

    Example:
        >>> import numpy as np
        >>> task = Translation("French", BytePairs.fit(["va va"]), 3)
        >>> print(task.decode(np.array([[[5, -0.1, -0.1], [6, -0.2, -0.2], [0, 0, 0]]]))[0])
        va
    """

    target: str
    tokenizer: BytePairs
    steps: int

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise SettingError(f"translation needs at least one step; got {self.steps}")

    @property
    def outputs(self) -> int:
        """A token, its log-probability, and that of the likeliest one."""
        return 3

    @property
    def output_shape(self) -> Shape:
        """(steps, 3)."""
        return (self.steps, self.outputs)

    @property
    def measure(self) -> str:
        """The share of a target's tokens that were not the likeliest where those before them were given."""
        return "error"

    def describe(self) -> str:
        """What is answered, and of what it is made."""
        return f"{self.target}, a text of at most {self.steps - 1} tokens of {self.tokenizer.entries:,}"

    def encode(self, targets: Numpy) -> Numpy:
        """Tokens as they are: (examples, steps)."""
        return np.asarray(targets, np.int32)

    def objective(self) -> tuple[PerExample, dict[str, PerExample]]:
        """Nats a token, and the share of wrong tokens, over the tokens that a target has."""

        def mean(values: Array, targets: Array) -> Array:
            real = targets != PADDING
            return jnp.sum(jnp.where(real, values, 0), axis=-1) / jnp.maximum(jnp.sum(real, axis=-1), 1)

        def nats(outputs: Array, targets: Array) -> Array:
            return mean(-outputs[..., OWN], targets)

        def wrong(outputs: Array, targets: Array) -> Array:
            return mean((outputs[..., OWN] < outputs[..., LIKELIEST]).astype(outputs.dtype), targets)

        return nats, {self.measure: wrong}

    def decode(self, outputs: Numpy) -> list[Prediction]:
        """The tokens as texts."""
        rows = np.rint(np.asarray(outputs)[..., TOKEN]).astype(np.int64)
        return [Prediction(self._text(row.tolist()), {}) for row in rows]

    def metrics(self, outputs: Numpy, targets: Numpy) -> dict[str, Any]:
        """The error, a mean over texts as in training; over all tokens alike nats a token, and how many tokens are as
        good as equally likely."""
        outputs, real = np.asarray(outputs, np.float64), np.asarray(targets) != PADDING
        nats = -float(outputs[..., OWN][real].mean())
        wrong = _mean_over_texts(outputs[..., OWN] < outputs[..., LIKELIEST], real)
        return {"error": wrong, "nats_per_token": nats, "perplexity": float(np.exp(nats))}

    def guess(self, training: Numpy, targets: Numpy) -> float:
        """The error of always naming the commonest token."""
        commonest = np.bincount(training[training != PADDING]).argmax()
        return _mean_over_texts(targets != commonest, targets != PADDING)

    def size(self, outputs: Numpy) -> float:
        """The largest log-probability: tokens are names, not sizes."""
        return float(np.abs(np.asarray(outputs)[..., OWN:]).max())

    def _text(self, tokens: list[int]) -> str:
        end = self.tokenizer.entries
        own = tokens[: next((place for place, token in enumerate(tokens) if token in (PADDING, end)), len(tokens))]
        return "".join(self.tokenizer.piece(token) for token in own if 0 <= token < end).strip()


def _mean_over_texts(wrong: Numpy, real: Numpy) -> float:
    """The mean over texts of the share of their tokens that are wrong."""
    return float(np.mean((wrong & real).sum(axis=-1) / np.maximum(real.sum(axis=-1), 1)))
