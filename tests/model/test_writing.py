"""Language: what comes next is learnt, what is written on is a function of prompt, temperature and seed."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina import Model, language_model
from lamina.data.passage_encoder import PassageEncoder, decode_passages
from lamina.data.passages import STEPS, passages_of, prompt_passages
from lamina.errors import DataError, SettingError
from lamina.tasks.language import Language
from tests.cli.program import lamina as command
from tests.trained import iris, quietly

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
TEXT = (ALPHABET + "\n") * 300


@functools.cache
def alphabet() -> Model:
    return quietly(
        passages_of(TEXT, "alphabet"), language_model(28, units=32, dropout=0.0), epochs=40, learning_rate=0.03, seed=1
    )


def test_a_text_is_divided_by_place_and_every_character_is_learnt_once() -> None:
    dataset = passages_of(TEXT, "alphabet")
    assert dataset.parts is not None
    order = [part for i, part in enumerate(dataset.parts) if i == 0 or part != dataset.parts[i - 1]]
    assert order == ["train", "validation", "test"]
    passages = dataset.inputs
    assert "".join(passages.passage(row)[1:] for row in range(len(passages))) == TEXT[1 : len(passages) * STEPS + 1]
    assert (dataset.parts == "test").mean() == pytest.approx(0.1, abs=0.02)


def test_no_character_of_the_other_parts_is_in_the_vocabulary() -> None:
    dataset = passages_of(TEXT[:-400] + "§" * 400, "alphabet")
    training = np.flatnonzero(dataset.parts == "train")
    encoder, encoded = decode_passages(dataset.inputs).fit(training)
    assert isinstance(encoder, PassageEncoder)
    assert encoder.characters == "\n" + ALPHABET
    assert encoded[-1, -1] == 0
    assert encoded.shape == (len(dataset), STEPS + 1)


@pytest.mark.slow
def test_what_follows_is_learnt_and_written() -> None:
    model = alphabet()
    assert model.evaluate(passages_of(TEXT, "alphabet"))["error"] < 0.1
    assert lamina.write(model, ALPHABET[:12], 10, temperature=0) == ALPHABET[12:22]
    assert lamina.write(model, TEXT[:1000], 5, temperature=0) == (TEXT[1000:1005])


def test_the_loss_is_nats_a_character() -> None:
    task = Language("ab", 4)
    logits = np.random.default_rng(0).normal(size=(5, 4, 3)).astype(np.float32)
    targets = np.random.default_rng(1).integers(0, 3, (5, 4))
    loss, measures = task.objective()
    logarithms = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    expected = -np.take_along_axis(logarithms, targets[..., None], -1)[..., 0].mean(1)
    np.testing.assert_allclose(loss(logits, targets), expected, rtol=1e-5)
    np.testing.assert_allclose(measures["error"](logits, targets), (logits.argmax(-1) != targets).mean(1))
    found = task.metrics(logits, targets)
    assert found["nats_per_character"] == pytest.approx(expected.mean(), rel=1e-6)
    assert found["perplexity"] == pytest.approx(math.exp(expected.mean()), rel=1e-6)


@pytest.mark.slow
def test_writing_is_a_function_of_its_seed() -> None:
    model = alphabet()
    texts = {lamina.write(model, "x", 30, temperature=5.0, seed=seed) for seed in (1, 1, 2, 3)}
    assert len(texts) == 3
    assert all(set(text) <= set(TEXT) for text in texts)


@pytest.mark.slow
def test_a_prompt_is_seen_at_its_end() -> None:
    long = prompt_passages([TEXT[:500], "ab"], 8)
    assert long.passage(0)[:8] == TEXT[492:500]
    assert long.passage(1)[:3] == "ab\0"
    assert [answer.value for answer in alphabet().predict([TEXT[: STEPS + 200]])] != []


@pytest.mark.slow
def test_by_the_command(tmp_path: Path) -> None:
    (tmp_path / "alphabet.txt").write_text(TEXT, encoding="utf-8")
    outcome = command(tmp_path, "train", "alphabet.txt", "--epochs", "1", "--time", "60s")
    assert outcome.status == 0, outcome.err
    assert "a text without a target: learning how it goes on; its last 10% is the test part" in outcome.err
    written = command(tmp_path, "predict", "alphabet.safetensors", "--prompt", "abc", "--length", "7")
    assert written.out.startswith("abc")
    assert len(written.out.removesuffix("\n")) == 10
    assert command(tmp_path, "evaluate", "alphabet.safetensors", "alphabet.txt").status == 0


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [({"length": 0}, "the length needs"), ({"temperature": -1.0}, "the temperature needs")],
)
def test_impossible_settings(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        lamina.write(alphabet(), "a", **settings)


def test_what_cannot_be_learnt_or_written() -> None:
    with pytest.raises(DataError, match="short has 100 characters; learning how a text goes on needs at least 2,561"):
        passages_of("x" * 100, "short")
    with pytest.raises(DataError, match="only a model of language writes on; this one predicts class"):
        lamina.write(iris(), "a")
    with pytest.raises(SettingError, match="characters that differ"):
        PassageEncoder("aa", 4)
    with pytest.raises(SettingError, match="language needs characters"):
        Language("", 4)
    with pytest.raises(DataError, match="the model takes texts; got numbers"):
        alphabet().encoder.encode(lamina.read("iris").inputs)


def test_step_by_step_writes_what_reading_all_anew_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    model = alphabet()
    stepped = lamina.write(model, ALPHABET[:5], 60, temperature=0.5, seed=3)
    monkeypatch.setattr("lamina.model.writing.steps_alone", lambda network: False)
    assert lamina.write(model, ALPHABET[:5], 60, temperature=0.5, seed=3) == stepped


def test_writing_goes_on_beyond_what_the_network_sees_at_a_time() -> None:
    written = lamina.write(alphabet(), ALPHABET[:12], 3 * STEPS, temperature=0)
    assert written == (ALPHABET + "\n")[12:] + ((ALPHABET + "\n") * 20)[: 3 * STEPS - 15]


@pytest.mark.slow
def test_a_transformer_writes_too() -> None:
    network = lamina.language_transformer(28, STEPS, features=32, heads=2, hidden=64, depth=1, dropout=0.0)
    model = quietly(passages_of(TEXT, "alphabet"), network, epochs=30, learning_rate=0.01, seed=1)
    assert lamina.write(model, ALPHABET[:12], 200, temperature=0)[:14] == ALPHABET[12:]
