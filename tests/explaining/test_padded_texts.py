"""Steps that only fill a text up: they count nowhere, and what counts is named by its word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import (
    LSTM,
    Attention,
    Bidirectional,
    Conv1D,
    Dense,
    Embedding,
    Flatten,
    Layer,
    Model,
    Parallel,
    Sequential,
    TransformerBlock,
)
from lamina.data.passage_encoder import PassageEncoder
from lamina.data.text_encoder import TextEncoder
from lamina.data.tokenizer import Words
from lamina.explaining.backward import error_signal, gradient
from lamina.explaining.explanation import explain
from lamina.explaining.graph import graph
from lamina.explaining.names import example_namer, namer_of, plain, step_names
from lamina.explaining.readers import sums_of
from lamina.explaining.sums import Sum
from lamina.explaining.tracing import Loss, Trace, trace
from lamina.networks.sequences import transformer
from tests.trained import quietly

pytestmark = pytest.mark.slow

REAL, STEPS, FEATURES = 3, 5, 4
TEXTS = [f"{word} film number {n}" for n in range(20) for word in ("good", "bad")]


def summed(output: Any) -> Any:
    return jnp.sum(jnp.sin(output))


def traced(layer: Layer, x: np.ndarray, loss: Loss | None = None) -> Trace:
    params, state = layer.init(jax.random.key(1), x[None])
    params = jax.tree.map(lambda leaf: leaf + 0.1 * jax.random.normal(jax.random.key(2), leaf.shape), params)
    return trace(layer, params, state, x, loss)


def alone_and_padded(causal: bool, loss: Loss | None = None) -> tuple[Trace, Trace]:
    """A sequence by itself, and the same one filled up."""
    x = np.random.default_rng(3).normal(size=(STEPS, FEATURES)).astype(np.float32)
    x[REAL:] = 0
    alone, padded = (TransformerBlock(2, 3, causal=causal, skip_padding=skip) for skip in (False, True))
    return traced(alone, x[:REAL], loss), traced(padded, x, loss)


def numbers(sums: list[Sum]) -> list[float]:
    return [number for one in sums for term in one.terms for number in (term.value, term.factor)]


@pytest.mark.parametrize("causal", [False, True])
def test_a_filled_up_sequence_is_explained_like_the_sequence_alone(causal: bool) -> None:
    alone, padded = alone_and_padded(causal)
    assert [node.name for node in padded.nodes] == [node.name for node in alone.nodes]
    for number, node in enumerate(alone.nodes):
        for place in ((0, 0), (REAL - 1, 2)):
            one, other = (numbers(sums_of(found, number, place, plain)) for found in (alone, padded))
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5, err_msg=node.name)


@pytest.mark.parametrize("causal", [False, True])
def test_the_way_back_of_a_filled_up_sequence_is_that_of_the_sequence_alone(causal: bool) -> None:
    alone, padded = alone_and_padded(causal, summed)
    for number, node in enumerate(alone.nodes):
        for place in ((0, 0), (REAL - 1, 2)):
            one, other = (error_signal(found, number, place).total for found in (alone, padded))
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5, err_msg=node.name)
    names = {node.name: number for number, node in enumerate(alone.nodes)}
    for part, weight in (("attention_norm", ("scale", (1,))), ("attention", ("weight", (0, 5))),
                         ("attention", ("output_weight", (2, 1))), ("hidden", ("weight", (1, 1)))):  # fmt: skip
        one, other = (gradient(found, names[f"1.{part}"], weight).total for found in (alone, padded))
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5, err_msg=part)


def test_attention_looks_at_the_real_steps_alone() -> None:
    _, padded = alone_and_padded(causal=False)
    number = [node.name for node in padded.nodes].index("1.attention")
    looked, _ = sums_of(padded, number, (1, 2), plain)
    assert [term.name for term in looked.terms] == ["step 0", "step 1", "step 2"]
    assert sum(term.value for term in looked.terms) == pytest.approx(1.0)


@pytest.fixture(scope="module")
def reader() -> Model:
    """The default network for reading texts in order, made small: a text is filled up to 32 words."""
    behind = transformer((32, 8), 2, features=8, heads=2, hidden=8, depth=1, skip_padding=True)
    network = Sequential(Embedding(100, 8, padding=True), *behind.layers)
    return quietly((TEXTS, ["yes", "no"] * 20), network, epochs=1, seed=0)


def test_the_words_that_attention_looks_at(reader: Model) -> None:
    told = explain(reader, ["good film zzz"], neurons=["4.attention:1,0"], top=9)
    (neuron,) = told.neurons
    looked, z = neuron.sums
    words = ["step 0, 'good'", "step 1, 'film'", "step 2, not in the vocabulary"]
    assert [term.name for term in looked.terms] == words
    assert sum(term.value for term in looked.terms) == pytest.approx(1.0)
    assert len(z.terms) == 8
    assert neuron.chosen.title.endswith("step 1, 'film', number 0")


def test_attention_is_shown_without_being_asked_for(reader: Model) -> None:
    told = explain(reader, ["good film zzz"])
    shown = [neuron.chosen.title.split(",")[0] for neuron in told.neurons]
    assert shown == ["layer 1", "layer 2", "layer 4.attention", "layer 6", "layer 7"]
    assert "not shown: layers 3, 4.attention_norm, 4.hidden_norm, 4.hidden, 4.output; " in told.remarks[0]


def test_a_step_that_only_fills_up(reader: Model) -> None:
    told = explain(reader, ["good film zzz"], "yes", neurons=["4:9,0", "4.attention:9,3", "4.attention_norm:9,1"])
    assert str(told).count("  h = a step that only fills up: 0 x 1 = 0\n") == 3
    assert "step 9, nothing, it only fills up, number 3" in told.neurons[1].chosen.title
    assert explain(reader, [""], neurons=["4.attention:0,0", "6:0"]).neurons[1].sums[0].total == 0


def test_an_embedding_names_the_word(reader: Model) -> None:
    told = explain(reader, ["good film zzz"], "yes", neurons=["1:0,2", "1:2,0", "1:3,0"])
    first, unknown, filling = (neuron.sums[0].terms[0].name for neuron in told.neurons)
    assert first.endswith(" (step 0, 'good')")
    assert unknown == "entry 1 (step 2, not in the vocabulary)"
    assert filling == "a place that only fills up"
    (term, *_) = explain(reader, ["good film zzz"], neurons=["2:1,0"]).neurons[0].sums[0].terms
    assert term.name == "layer 1, step 1, 'film', number 0"


def test_branches_name_their_words_each() -> None:
    pairs = Sequential(Embedding(9, 4), Conv1D(4, 2), Attention(2), Flatten())
    found = traced(Parallel(pairs, Sequential(Embedding(9, 4), Attention(2), Flatten())), np.array([2, 3, 1, 0]))
    numbered = {node.name: number for number, node in enumerate(found.nodes)}
    encoder = TextEncoder(Words(("good", "film")), 4)
    of_pairs, of_words = (step_names(found, numbered[name], encoder) for name in ("1.1.3", "1.2.2"))
    assert of_pairs == (), "two words are no longer one"
    assert of_words[:2] == ("step 0, 'good'", "step 1, 'film'")


def test_characters_of_a_passage_are_named() -> None:
    found = traced(Sequential(Embedding(4, 2), Attention(1, causal=True)), np.array([2, 0, 3]))
    encoder = PassageEncoder("abc", 3)
    named = namer_of(found, 0, example_namer(encoder, found.example))
    words = ["step 0, 'b'", "step 1, no character of the training part", "step 2, 'c'"]
    assert [named((step,)) for step in range(3)] == list(step_names(found, 1, encoder)) == words


def test_what_is_kept_of_a_text_names_its_words() -> None:
    states = Bidirectional(LSTM(2, return_sequence=True, skip_padding=True))
    last = LSTM(3, skip_padding=True)
    network = Sequential(Embedding(100, 4, padding=True), states, last, Dense(2))
    model = quietly((TEXTS, ["yes", "no"] * 20), network, epochs=1, seed=0)
    forward, filling, end = explain(model, ["good film"], "yes", neurons=["2.forward:1,0", "2:9,0", "3:1"]).neurons
    assert forward.chosen.title.endswith("step 1, 'film', number 0")
    assert "layer 1, step 1, 'film', number 2" in [term.name for term in forward.sums[0].terms]
    assert filling.sums[0].total == 0
    assert end.sums[0].terms[0].name.startswith("layer 2, step 1, 'film', number ")


def test_texts_of_a_table_name_their_words(tmp_path: Path) -> None:
    rows = [f"{n},{word} film {n} that I saw on a day of the year and will {word} see again,{word == 'good'}"
            for n in range(30) for word in ("good", "bad")]  # fmt: skip
    (tmp_path / "films.csv").write_text("\n".join(["price,review,liked", *rows]))
    model = quietly(tmp_path / "films.csv", target="liked", epochs=1, seed=0)
    (tmp_path / "one.csv").write_text("price,review\n7,good film zzz\n")
    names = [node.name for node in graph(model.network, model.encoder.input_shape)]
    neurons = explain(model, tmp_path / "one.csv", neurons=[f"{names[1]}:1,0", f"{names[0]}:2"]).neurons
    assert neurons[0].sums[0].terms[0].name.endswith(" (review, step 1, 'film')")
    assert neurons[1].sums[0].terms[0].name == "review, step 2, not in the vocabulary"


def test_the_default_network_that_reads_in_order() -> None:
    model = quietly((TEXTS, ["yes", "no"] * 20), "transformer", epochs=1, seed=0)
    told = explain(model, ["bad film"], "no")
    assert [neuron.chosen.title.split(",")[0][6:] for neuron in told.neurons] == ["1", "2", "5.attention", "7", "8"]
    assert all(neuron.sums and neuron.gradients for neuron in told.neurons)
    assert "step 0, 'bad'" in str(told)
    every = [node.name for node in graph(model.network, model.encoder.input_shape)]
    assert {f"{block}.{part}" for block in "45" for part in ("attention", "sum", "hidden", "output")} <= set(every)
