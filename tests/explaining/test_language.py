"""A text that goes on: what is explained is the character after its end, and nothing behind it is looked at."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import LSTM, Dense, Embedding, Model, Sequential
from lamina.data.passages import passages_of
from lamina.errors import DataError, SettingError
from lamina.explaining.answering import largest, what_mattered
from lamina.explaining.explanation import explain
from tests.trained import quietly

TEXT = "one two three four five six seven eight nine ten\n" * 80


@functools.cache
def counter() -> Model:
    """Reads numbers in words; 16 characters and any other."""
    known = len(set(TEXT))
    network = Sequential(Embedding(known + 1, 6), LSTM(24, return_sequence=True), Dense(known + 1))
    return quietly(passages_of(TEXT, "numbers"), network, epochs=12, learning_rate=0.02, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["o", "one t", TEXT[:500]])
def test_the_answer_is_what_would_be_written_next(text: str) -> None:
    (answer,) = counter().predict([text])
    assert answer.value == lamina.write(counter(), text, 1, temperature=0)


@pytest.mark.slow
def test_the_answers_of_several_texts_are_those_of_each() -> None:
    texts = ["on", "one two thr", "", "f"]
    assert [str(one) for one in counter().predict(texts)] == [str(counter().predict([one])[0]) for one in texts]


@pytest.mark.slow
def test_the_answer_and_its_neuron_stand_at_the_end_of_the_text() -> None:
    told = explain(counter(), ["one tw"])
    answer = counter().predict(["one tw"])[0]
    share = 100 * answer.probabilities[str(answer.value)]
    assert told.title == f"text 1 -> {answer.value!r} ({share:.1f} %)"
    *others, last = told.neurons
    assert "step 5, 'w', number " in last.chosen.title
    assert last.sums[-1].total == pytest.approx(float(_logits("one tw").max()), rel=1e-4)
    assert all(neuron.chosen.place[0] <= 5 for neuron in others)


def _logits(text: str) -> np.ndarray:
    model = counter()
    found: np.ndarray = model.outputs(model.encoder.encode_raw(text)[None])[0, len(text) - 1, 1:]
    return found


@pytest.mark.slow
def test_the_loss_is_that_of_the_next_character() -> None:
    told = explain(counter(), ["one tw"], "o")
    assert told.title.endswith(", wanted: 'o'")
    powers = np.exp(_logits("one tw").astype(np.float64))
    share = powers[sorted(set(TEXT)).index("o")] / (powers.sum() + _any_other("one tw"))
    assert told.loss is not None
    assert told.loss.value == pytest.approx(-np.log(share), rel=1e-4)
    assert told.loss.lines[-1].startswith("L = -ln ")
    assert any(line.startswith("'o' ") for line in told.loss.lines)
    assert "in training it is the mean over 128 places" in told.remarks[-1]
    assert all(neuron.chosen.place[0] <= 5 and neuron.gradients for neuron in told.neurons)


def _any_other(text: str) -> float:
    model = counter()
    return float(np.exp(np.float64(model.outputs(model.encoder.encode_raw(text)[None])[0, len(text) - 1, 0])))


@pytest.mark.slow
def test_with_all_steps_next_characters_the_loss_is_that_of_training() -> None:
    model = counter()
    encoded = model.encoder.encode_raw(TEXT[:129])
    told = explain(model, passages_of(TEXT, "numbers"), encoded[1:])
    nats = model.task.metrics(model.outputs(encoded[None]), encoded[None, 1:])["nats_per_character"]
    assert told.loss is not None
    assert told.loss.value == pytest.approx(nats, rel=1e-3)


@pytest.mark.slow
def test_what_is_no_character_that_comes_next() -> None:
    for wanted in ("ox", "", "§", "7", 7):
        with pytest.raises(DataError, match=r"the character that comes next, one of the 16 that .* had; got "):
            explain(counter(), ["one tw"], wanted)


@pytest.mark.slow
def test_a_neuron_behind_the_end_is_refused() -> None:
    (neuron,) = explain(counter(), ["one tw"], neurons=["2:5,0"]).neurons
    assert "step 5, 'w'" in neuron.chosen.title
    told = (
        "step 6 of layer 2 stands behind the end of this text, whose last step is 5: ask for one from 0 to 5, or give a"
    )
    with pytest.raises(SettingError, match=told):
        explain(counter(), ["one tw"], neurons=["2:6,0"])
    with pytest.raises(SettingError, match="layer 2 gives"):
        explain(counter(), ["one tw"], neurons=["2:128,0"])
    assert explain(counter(), [TEXT[:300]], neurons=["2:127,0"]).neurons[0].chosen.place == (127, 0)


@pytest.mark.slow
def test_a_text_without_a_known_character(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    for text in ([""], ["§§"], tmp_path / "empty.txt"):
        with pytest.raises(DataError, match="the text has no character that the model knows: give one"):
            explain(counter(), text)


@pytest.mark.slow
def test_what_in_a_text_mattered_for_what_comes_next(tmp_path: Path) -> None:
    (tmp_path / "start.txt").write_text("one tw\n")
    found = what_mattered(counter(), tmp_path / "start.txt")
    assert found.title.startswith("start.txt -> '")
    answer = counter().predict(["one tw"])[0].value
    assert found.of == repr(answer)
    assert found.mattered.output == pytest.approx(float(_logits("one tw").max()), rel=1e-4)
    assert not found.mattered.values[6:].any()
    steps = {int(line.split(",")[0].removeprefix("step ")) for line in largest(found, 20)}
    assert steps == set(range(6))
