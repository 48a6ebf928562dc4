"""Translation: what is minimized, what is read from an output, and what guessing reaches."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from lamina.data.byte_pairs import BytePairs
from lamina.errors import SettingError
from lamina.tasks.translation import Translation

PIECES = BytePairs.fit(["va va", "oui oui"])
TASK = Translation("French", PIECES, 4)
OUTPUTS = np.array(
    [
        [[5, -0.5, -0.5], [6, -2.0, -1.0], [0, 0, 0], [0, 0, 0]],
        [[5, -1.0, -0.1], [5, -0.3, -0.3], [5, -0.2, -0.2], [6, -0.5, -0.1]],
    ],
    np.float32,
)
TARGETS = np.where(OUTPUTS[..., 0] > 0, OUTPUTS[..., 0], 0).astype(np.int32)


def test_loss_and_error_are_means_over_the_tokens_that_are_there() -> None:
    loss, measures = TASK.objective()
    np.testing.assert_allclose(loss(jnp.asarray(OUTPUTS), jnp.asarray(TARGETS)), [1.25, 0.5])
    np.testing.assert_allclose(measures["error"](jnp.asarray(OUTPUTS), jnp.asarray(TARGETS)), [0.5, 0.5])


def test_the_error_is_that_of_training_and_nats_weigh_every_token_alike() -> None:
    outputs = OUTPUTS.copy()
    outputs[1, 2, 2] = -0.1  # three of its four tokens are wrong
    _, measures = TASK.objective()
    seen = float(np.mean(measures["error"](jnp.asarray(outputs), jnp.asarray(TARGETS))))
    assert TASK.metrics(outputs, TARGETS)["error"] == pytest.approx(seen) == pytest.approx((1 / 2 + 3 / 4) / 2)
    found = TASK.metrics(OUTPUTS, TARGETS)
    assert found["nats_per_token"] == pytest.approx((0.5 + 2 + 1 + 0.3 + 0.2 + 0.5) / 6)
    assert found["perplexity"] == pytest.approx(np.exp(4.5 / 6))
    assert found["error"] == pytest.approx(0.5)


def test_an_answer_is_its_pieces_up_to_the_end() -> None:
    text = "oui va"
    tokens = [*PIECES.encode(text), PIECES.entries, *PIECES.encode("va")]
    outputs = np.zeros((1, len(tokens), 3), np.float32)
    outputs[0, :, 0] = tokens
    task = Translation("French", PIECES, len(tokens))
    assert [answer.value for answer in task.decode(outputs)] == [text]
    assert task.decode(np.zeros((1, 4, 3)))[0].value == ""
    assert task.proof_values(outputs) == (text,)


def test_guessing_names_the_commonest_token() -> None:
    assert TASK.guess(TARGETS, TARGETS) == pytest.approx((1 / 2 + 1 / 4) / 2)


def test_tokens_are_no_sizes() -> None:
    assert TASK.size(OUTPUTS) == 2


def test_what_is_said_and_refused() -> None:
    assert TASK.describe() == f"French, a text of at most 3 tokens of {PIECES.entries}"
    with pytest.raises(SettingError, match="translation needs at least one step; got 0"):
        Translation("French", PIECES, 0)
