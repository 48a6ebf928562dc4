"""Models of pairs: from texts to one file that proves its vocabularies and what it writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina import Model
from lamina.errors import DataError, ModelFileError, SettingError
from lamina.model.answers import text_answers
from lamina.model.container import Container, read_container, to_bytes
from lamina.model.preparation import Choices, prepare
from lamina.model.summary import network_table
from lamina.model.translating import answer_text, bleu_of
from lamina.networks.translation import translator
from tests.pair_models import model, pairs
from tests.trained import iris

pytestmark = pytest.mark.slow  # translators take long to train


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The model as a file."""
    return model().save(tmp_path / "model.safetensors")


@pytest.mark.slow
def test_it_learns_to_turn_words_around() -> None:
    results = {measure.name: measure.value for measure in model().record.results}
    assert list(results) == ["loss", "error", "BLEU"]
    assert results["BLEU"] > 60
    assert results["error"] < 0.2
    assert answer_text(model(), "The red cat sleeps.") == "Le chat rouge dort."
    assert answer_text(model(), "The black bear runs!") == "Le ours noir court\u202f!"


@pytest.mark.slow
def test_predict_answers_strings_lists_and_files(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_text("The red cat sleeps.\nThe green dog.\n", encoding="utf-8")
    wanted = [answer_text(model(), text) for text in ("The red cat sleeps.", "The green dog.")]
    assert [one.value for one in model().predict(["The red cat sleeps.", "The green dog."])] == wanted
    assert [one.value for one in model().predict("The red cat sleeps.")] == wanted[:1]
    assert [one.value for one in model().predict(path)] == wanted
    assert [one.prediction.value for one in text_answers(model(), ["The green dog."]).rows if one.prediction] == wanted[
        1:
    ]
    several = text_answers(model(), ["", "The green dog."]).rows
    assert (several[0].error, several[1].error) == ("there is no text in it", "")
    with pytest.raises(DataError, match="text 1: there is no text in it"):
        answer_text(model(), " ")


def test_evaluation_asks_each_source_once_and_takes_all_of_its_targets() -> None:
    sources, targets = ["The red cat sleeps."] * 2, ["Le chat rouge dort.", "Un chat dort."]
    found = model().evaluate((sources, targets), task="translation")
    assert found["BLEU"] == pytest.approx(100)
    assert {"error", "nats_per_token", "perplexity"} <= found.metrics.keys()
    one = model().evaluate((sources[:1], targets[1:]), task="translation")
    assert one["BLEU"] < 50
    assert found["nats_per_token"] < one["nats_per_token"]
    dataset = lamina.read((sources, targets), task="translation")
    assert bleu_of(model(), dataset.inputs.subset(np.arange(0))) == {}


def test_the_file_gives_the_same_answers(saved: Path) -> None:
    again = Model.load(saved)
    texts = pairs()[0][::7]
    assert [one.value for one in again.predict(texts)] == [one.value for one in model().predict(texts)]


def changed(path: Path, document: dict[str, Any], tensors: dict[str, Any] | None = None) -> str:
    """What a load says of a file with other contents; an empty text where it is taken."""
    container: Container = read_container(path)
    path.write_bytes(to_bytes({**container.document, **document}, {**container.tensors, **(tensors or {})}))
    try:
        Model.load(path)
    except ModelFileError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("part", "field"), [("encoder", "source"), ("encoder", "target"), ("task", "tokenizer")])
def test_exchanged_characters_of_any_vocabulary_are_seen(saved: Path, part: str, field: str) -> None:
    own = read_container(saved).document[part]
    letters = own[field]["vocabulary"]
    other = {**own, field: {**own[field], "vocabulary": letters[:3] + letters[4] + letters[3] + letters[5:]}}
    assert "the proof does not hold" in changed(saved, {part: other})


@pytest.mark.parametrize("name", ["params/embedding", "params/query", "params/encoder/0/weight"])
def test_weights_that_are_5_percent_off_are_seen(saved: Path, name: str) -> None:
    weights = read_container(saved).tensors[name]
    assert "the proof does not hold" in changed(saved, {}, {name: np.asarray(1.05 * weights, np.float32)})


def test_other_lengths_do_not_fit(saved: Path) -> None:
    own = read_container(saved).document["encoder"]
    assert "predicting target" in changed(saved, {"encoder": {**own, "target_length": own["target_length"] + 1}})


def test_what_is_refused() -> None:
    with pytest.raises(SettingError, match="loss, label_smoothing and class_weights are not for pairs of texts"):
        lamina.fit(pairs(), task="translation", label_smoothing=0.1)
    with pytest.raises(SettingError, match="for pairs of texts must be one of gru, transformer; got 'lstm'"):
        lamina.fit(pairs(), "lstm", task="translation")
    with pytest.raises(DataError, match="only a model of pairs of texts answers with a text; this one predicts class"):
        answer_text(iris(), "a")
    with pytest.raises(DataError, match="--task translation needs pairs of texts"):
        model().evaluate("iris")


def test_the_table_of_the_network_names_the_layers_that_read() -> None:
    lines = network_table(translator(20, 30, 6, 8, 8), (12,))
    told = [line[8:].split("(")[0].split() for line in lines[2:-1]]
    assert told == [
        ["1.encoder.1", "Embedding"], ["1.encoder.2", "Dropout"], ["1.encoder.3", "Bidirectional"], ["1", "Translator"]
    ]  # fmt: skip
    assert "4 layers with weights: a deep network" in lines[-1]


def test_the_same_source_is_never_on_both_sides() -> None:
    sources, targets = pairs()
    prepared = prepare(lamina.read((sources * 2, targets * 2), task="translation"), Choices())
    held = [{sources[row % len(sources)] for row in rows} for rows in (prepared.split.train, prepared.split.test)]
    assert not held[0] & held[1]
    guess = prepared.guess()
    assert guess is not None
    assert 0 < guess.value < 1
