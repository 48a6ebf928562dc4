"""Whole explanations: the worked example, what is chosen, what is said, and what is refused."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina
from lamina import (
    LSTM,
    Activation,
    Attention,
    Conv1D,
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    LayerNorm,
    Linear,
    Model,
    Residual,
    Sequential,
)
from lamina.data.prediction_inputs import read_inputs
from lamina.errors import DataError, ExplanationError, SettingError
from lamina.explaining import tracing
from lamina.explaining.explanation import explain, explain_network
from lamina.explaining.sums import Sum, Term
from lamina.explaining.updates import RULES, first_step
from lamina.training.losses import LOSSES
from lamina.training.notebook import text_html
from lamina.training.optimizers import DEFAULT_LEARNING_RATES, make_optimizer
from lamina.training.settings import Settings
from tests.trained import quietly

FLOWER = [[5.1, 3.5, 1.4, 0.2]]


@pytest.fixture(scope="module")
def model() -> Model:
    network = Sequential(Dense(5, "tanh"), Dense(3))
    return lamina.fit("iris", network=network, epochs=30, learning_rate=0.01, seed=0)


def test_the_worked_example_of_one_weight() -> None:
    told = explain_network(Linear(1, bias=False), {"weight": [[5.0]]}, [2.0], [6.0])
    text = str(told)
    assert "z = input 0: 2 x 5 = 10" in text
    assert "L = 1/2 ((10 - 6)^2) = 8" in text
    assert "dL/dweight[0, 0] = error signal of neuron 0: 4 x 2 = 8" in text
    assert "new weight[0, 0] = 5 - 0.1 x 8 = 4.2" in text
    (neuron,) = told.neurons
    assert neuron.gradients[0].update is not None
    assert neuron.gradients[0].update.after == pytest.approx(4.2)


@pytest.mark.slow
def test_forwards_alone_without_the_right_answer(model: Model) -> None:
    told = explain(model, FLOWER)
    assert told.loss is None
    assert told.remarks[-1] == "without the right answer there is no loss, and no way back"
    assert [neuron.chosen.title[:8] for neuron in told.neurons] == ["layer 1,", "layer 2,"]
    assert "petal length (cm)" in str(told)
    assert "the way back" not in str(told)


@pytest.mark.slow
def test_both_ways(model: Model) -> None:
    told = explain(model, FLOWER, "virginica")
    assert told.loss is not None
    outputs = jnp.asarray(model.outputs(model.encoder.encode(read_inputs(FLOWER, model.encoder))[0]))
    wanted = ["setosa", "versicolor", "virginica"].index("virginica")
    assert told.loss.value == pytest.approx(float(LOSSES["cross_entropy"](outputs, jnp.array([wanted]))[0]), rel=1e-5)
    text = str(told)
    for line in ("p = e^y / (the sum of all e^y)", "the way back", "dL/dh = ", "dL/dz = ", "new weight["):
        assert line in text


@pytest.mark.slow
def test_a_chosen_neuron_and_few_terms(model: Model) -> None:
    told = explain(model, FLOWER, "setosa", neurons=["1:3"], top=2)
    (neuron,) = told.neurons
    assert neuron.chosen.place == (3,)
    assert len(neuron.gradients) == 2
    assert "2 others together" in str(told)


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [("1", "layer:place"), ("9:1", "with a layer out of 1, 2; got '9:1'"), ("1:5", "its places are 0 to 4"),
     ("1:x", "its places are 0 to 4"), ("1:0,0", "its places are 0 to 4")],
)  # fmt: skip
def test_a_neuron_that_does_not_exist(model: Model, wanted: str, complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        explain(model, FLOWER, neurons=[wanted])


def test_other_slips(model: Model) -> None:
    with pytest.raises(SettingError, match="example must be from 0 to 0; got 1"):
        explain(model, FLOWER, example=1)
    with pytest.raises(DataError, match="'rose' is no answer of this model"):
        explain(model, FLOWER, "rose")
    with pytest.raises(SettingError, match="top must be a whole number from 1; got 0"):
        explain(model, FLOWER, top=0)


def test_a_sum_that_does_not_add_up_is_an_error() -> None:
    with pytest.raises(ExplanationError, match="z adds up to 2, but the program has 3"):
        Sum("z", (Term("x", 1.0, 2.0),), 3.0).check()


@pytest.mark.slow
def test_layers_that_are_not_the_network_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = tracing.graph(Sequential(Dense(2), Dense(1)), (2,))
    monkeypatch.setattr(tracing, "graph", lambda *_: nodes[:1])
    params, _ = Sequential(Dense(2), Dense(1)).init(jax.random.key(0), np.ones((1, 2), np.float32))
    with pytest.raises(ExplanationError, match="the output that comes of the layers one by one differs"):
        tracing.trace(Sequential(Dense(2), Dense(1)), params, {}, np.ones(2, np.float32), jnp.sum)


@pytest.mark.parametrize("name", DEFAULT_LEARNING_RATES)
def test_the_first_step_of_every_optimizer(name: str) -> None:
    settings = Settings(optimizer=name, clip_norm=0.5 if name == "adam" else None)
    params = {"weight": np.array([[0.5, -2.0, 3.0]], np.float32), "bias": np.array([0.1, 0.2, 0.3], np.float32)}
    gradients = {"weight": np.array([[0.3, -0.01, 4.0]], np.float32), "bias": np.array([0.0, 2.0, -1.0], np.float32)}
    step = first_step(settings, params, gradients)
    assert step is not None
    for array, leaf in params.items():
        for place in np.ndindex(*leaf.shape):
            update = step.of(float(leaf[place]), float(gradients[array][place]), float(step.after[array][place]),
                             array == "weight")  # fmt: skip
            assert update.after == step.after[array][place]
    assert set(RULES) == set(DEFAULT_LEARNING_RATES)
    assert first_step(Settings(optimizer="custom"), params, gradients) is None
    assert make_optimizer(name) is not None


@pytest.mark.parametrize("name", ["gradient_descent", "momentum", "adam"])
def test_a_step_can_be_done_again_by_hand(name: str) -> None:
    """The gradient of 8 is shortened to 0.5, and the weight, but no bias, decays."""
    settings = Settings(optimizer=name, learning_rate=0.1, clip_norm=0.5, weight_decay=0.01)
    told = explain_network(Linear(1, bias=False), {"weight": [[5.0]]}, [2.0], [6.0], settings=settings)
    last = str(told).splitlines()[-1]
    formula = "g / (|g| + 1e-8) + 0.01 w" if name == "adam" else "g + 0.01 w"
    assert f", whose step is {formula}; biases do not decay: of them without 0.01 w; " in last
    assert last.endswith("; g is shortened to 0.0625 of its length, as the gradients of all weights are")
    assert (", as if it were its first, " in last) == (name != "gradient_descent")
    update = told.neurons[0].gradients[0].update
    assert update is not None
    g = 0.0625 * 8
    step = (g / (abs(g) + 1e-8) if name == "adam" else g) + 0.01 * 5
    assert update.after == pytest.approx(5 - 0.1 * step, rel=1e-6)


@pytest.mark.parametrize(
    "loss", ["cross_entropy", "quadratic", "mean_squared_error", "mean_absolute_error", "huber", "hinge"]
)
def test_losses_as_arithmetic(loss: str) -> None:
    params, _ = Dense(3).init(jax.random.key(0), np.ones((1, 2), np.float32))
    target: Any = [0.2, 0.3, 0.5] if loss == "cross_entropy" else [1.0, -1.0, 3.0]
    told = explain_network(Dense(3), params, [1.0, -2.0], target, loss=loss)
    assert told.loss is not None
    assert told.loss.lines
    assert "slope" in str(told)


def test_a_loss_without_arithmetic_is_told_as_a_number() -> None:
    params, _ = Dense(1).init(jax.random.key(0), np.ones((1, 2), np.float32))
    told = explain_network(Dense(1), params, [1.0, -2.0], [1.0], loss="binary_cross_entropy")
    assert "the loss, binary_cross_entropy: " in str(told)
    assert "as the program computed it" in str(told)


@pytest.mark.slow
def test_pictures_sequences_and_skips() -> None:
    picture = Sequential(Conv2D(2, 3, "relu"), Residual(Conv2D(2, 3, padding="same")), Flatten(), Dense(2))
    params, state = picture.init(jax.random.key(0), np.ones((1, 5, 5, 1), np.float32))
    x = np.random.default_rng(0).normal(size=(5, 5, 1))
    told = explain_network(picture, params, x, [1.0, 0.0], state=state, neurons=["1:0,1,1", "2:0,0,0", "4:1"])
    assert "layer 1, Conv2D" in str(told)
    assert "layer 2.body" in str(told)
    sequence = Sequential(LSTM(3, return_sequence=True), Attention(1), LSTM(2), Activation("tanh"))
    params, state = sequence.init(jax.random.key(0), np.ones((1, 4, 2), np.float32))
    told = explain_network(sequence, params, np.ones((4, 2)), [1.0, 0.0], state=state)
    text = str(told)
    for piece in ("sigmoid(i) = ", "sigmoid(f) = ", "tanh(c) = ", "state 0 before", "step 0"):
        assert piece in text
    assert told._repr_html_() == text_html(text)


@pytest.mark.slow
def test_attention_over_words_names_the_words() -> None:
    texts = [f"{word} film number {n}" for n in range(20) for word in ("good", "bad")]
    network = Sequential(Embedding(100, 4, padding=True), LayerNorm(), Attention(2), Flatten(), Dense(2))
    model = quietly((texts, ["yes", "no"] * 20), network, epochs=1, seed=0)
    told = str(explain(model, ["good film zzz"], neurons=["3:1,0"], top=9))
    for step in ("step 0, 'good'", "step 1, 'film'", "step 2, not in the vocabulary", "step 3, nothing, it only"):
        assert f"  {step}" in told
    pooled = Sequential(Embedding(100, 4), Conv1D(4, 2), Attention(2), Flatten(), Dense(2))
    model = quietly((texts, ["yes", "no"] * 20), pooled, epochs=1, seed=0)
    told = str(explain(model, ["good film zzz"], neurons=["3:1,0"], top=9))
    assert any(line.split()[:2] == ["step", "2"] for line in told.splitlines())
    assert "'good'" not in told


@pytest.mark.slow
def test_deep_networks_show_their_ends() -> None:
    deep = Sequential(*(Dense(2, "tanh") for _ in range(7)))
    params, _ = deep.init(jax.random.key(0), np.ones((1, 2), np.float32))
    told = explain_network(deep, params, [1.0, 2.0], [0.0, 1.0])
    assert [neuron.chosen.title[6] for neuron in told.neurons] == ["1", "2", "6", "7"]
    assert "not shown: layers 3, 4, 5; ask for one by --neuron 3:PLACE" in str(told)
    assert "penalties" in str(explain_network(deep, params, [1.0, 2.0], [0.0, 1.0], settings=Settings(l2=0.1)))
