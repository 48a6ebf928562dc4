"""Models of texts: from strings to one file that proves its vocabulary."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import lamina
from lamina import Model
from lamina.data.text_encoder import TextEncoder
from lamina.errors import ModelFileError, SettingError
from lamina.model.answers import text_answers
from lamina.model.container import Container, read_container, to_bytes
from lamina.model.defaults import named_network
from tests.trained import iris, quietly

GOOD, BAD = ["fine", "lovely", "great", "moving", "warm"], ["dull", "boring", "weak", "awful", "cold"]
PLAIN = ["the", "a", "film", "plot", "and", "was", "it", "of", "with", "scene", "actor", "music"]


def reviews(count: int = 200) -> tuple[list[str], list[str]]:
    """Texts of plain words, a few of which tell the class."""
    chance = np.random.default_rng(0)
    texts = []
    for number in range(count):
        words = [*chance.choice(PLAIN, 12), *chance.choice((GOOD, BAD)[number % 2], 3)]
        texts.append(" ".join(chance.permutation(words)))
    return texts, ["good", "bad"] * (count // 2)


@functools.cache
def model() -> Model:
    """The default network for texts."""
    return lamina.fit(reviews(), seed=1, epochs=6)


def changed(path: Path, **encoder: Any) -> str:
    """What a load says after fields of the encoder were changed; an empty text where the file is taken."""
    container = read_container(path)
    document = {**container.document, "encoder": {**container.document["encoder"], **encoder}}
    path.write_bytes(to_bytes(document, container.tensors))
    try:
        Model.load(path)
    except ModelFileError as error:
        return str(error)
    return ""


@pytest.mark.slow
def test_words_tell_the_class() -> None:
    results = {measure.name: measure.value for measure in model().record.results}
    assert results["error"] == 0
    answers = model().predict(["a great film", "Boring!", "it was GREAT, warm and moving"])
    assert [answer.value for answer in answers] == ["good", "bad", "good"]
    assert model().predict("a dull film")[0].value == "bad"


@pytest.mark.slow
def test_a_text_of_unknown_words_gets_an_answer_and_says_little() -> None:
    for text in ("", "zzz qqq", "\n"):
        assert max(model().predict([text])[0].probabilities.values()) < 0.9


@pytest.mark.slow
def test_the_file_gives_the_same_answers(tmp_path: Path) -> None:
    texts = reviews()[0]
    loaded = Model.load(model().save(tmp_path / "model.safetensors"))
    assert loaded.encoder == model().encoder
    assert [one.probabilities for one in loaded.predict(texts)] == [one.probabilities for one in model().predict(texts)]


@pytest.mark.slow
def test_every_word_of_a_file_is_proved(tmp_path: Path) -> None:
    """Each word exchanged with the next one, and each replaced by another."""
    path = tmp_path / "model.safetensors"
    encoder = model().encoder
    assert isinstance(encoder, TextEncoder)
    words = list(encoder.tokenizer.vocabulary)
    for place in range(len(words)):
        model().save(path)
        other = (place + 1) % len(words)
        exchanged = words.copy()
        exchanged[place], exchanged[other] = words[other], words[place]
        assert "the proof does not hold" in changed(path, tokenizer={"type": "Words", "vocabulary": exchanged})
        model().save(path)
        replaced = [*words[:place], "unheard", *words[place + 1 :]]
        assert "the proof does not hold" in changed(path, tokenizer={"type": "Words", "vocabulary": replaced})


@pytest.mark.slow
@pytest.mark.parametrize("length", [30, 34])
def test_the_length_of_a_file_is_proved(length: int, tmp_path: Path) -> None:
    path = model().save(tmp_path / "model.safetensors")
    assert model().encoder.input_shape == (32,)
    assert "the proof does not hold" in changed(path, length=length)


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        ({"length": 0}, "TextEncoder needs a length from 1"),
        ({"length": 32.0}, "encoder.length: expected int"),
        ({"tokenizer": {"type": "Words", "vocabulary": ["a", "a"]}}, "one that comes twice"),
        ({"tokenizer": {"type": "Words", "vocabulary": [1]}}, r"encoder.tokenizer.vocabulary\[0\]: expected str"),
        ({"tokenizer": {"type": "Dense"}}, "unknown tokenizer 'Dense'"),
    ],
)
def test_hostile_encoders_are_refused(encoder: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = model().save(tmp_path / "model.safetensors")
    with pytest.raises(ModelFileError, match=message):
        raise ModelFileError(changed(path, **encoder))


def test_a_vocabulary_of_another_size_does_not_get_another_words_row(tmp_path: Path) -> None:
    """One word more than the network has rows for: its answer is no number, so that the proof fails."""
    path = model().save(tmp_path / "model.safetensors")
    container = read_container(path)
    words = [*container.document["encoder"]["tokenizer"]["vocabulary"], "more"]
    document = {**container.document}
    document["encoder"] = {**document["encoder"], "tokenizer": {"type": "Words", "vocabulary": words}}
    document["proof"] = {**document["proof"], "inputs": [{"text": "more"}] * len(document["proof"]["inputs"])}
    path.write_bytes(to_bytes(document, container.tensors))
    with pytest.raises(ModelFileError, match="the proof does not hold"):
        Model.load(path)


def test_a_model_of_texts_is_evaluated() -> None:
    texts, classes = reviews(20)
    assert model().evaluate((texts, classes))["accuracy"] == 1.0


def test_networks_by_name_read_texts() -> None:
    encoder = model().encoder
    network = named_network("gru", encoder, model().task)
    assert network.output_shape(encoder.input_shape) == (2,)
    assert "GRU" in repr(network)
    assert "Embedding" in repr(network)


@pytest.mark.slow
def test_typed_texts_need_a_model_of_texts() -> None:
    assert text_answers(model(), ["a great film"]).rows[0].name == "text 1"
    with pytest.raises(
        SettingError, match="--text gives texts; this model takes none by themselves: name files instead"
    ):
        text_answers(iris(), ["a great film"])


@pytest.mark.slow
def test_a_table_with_one_column_of_texts_answers_typed_ones() -> None:
    rows = {"words": ["good great fine film"] * 30 + ["bad dull poor film"] * 30, "target": ["yes"] * 30 + ["no"] * 30}
    rows["words"] = [f"{text} {number}" for number, text in enumerate(rows["words"])]
    model = quietly(pandas.DataFrame(rows), target="target", epochs=30, seed=1)
    found = text_answers(model, ["a great film", "dull, poor", 'it\'s "fine", good'])
    assert [(one.name, one.prediction.value) for one in found.rows if one.prediction] == [
        ("text 1", "yes"), ("text 2", "no"), ("text 3", "yes"),
    ]  # fmt: skip


@pytest.mark.slow
def test_a_table_with_more_columns_names_them() -> None:
    chance = np.random.default_rng(0)
    rows = {"size": chance.normal(size=40), "weight": chance.normal(size=40), "target": ["yes", "no"] * 20}
    model = quietly(pandas.DataFrame(rows), target="target", epochs=1)
    with pytest.raises(SettingError, match="this model takes rows of size, weight: name files instead"):
        text_answers(model, ["a great film"])


def test_the_container_holds_no_array_for_texts(tmp_path: Path) -> None:
    container: Container = read_container(model().save(tmp_path / "model.safetensors"))
    assert [name for name in container.tensors if name.startswith("proof/")] == ["proof/answers"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm", "gru", "transformer", "cnn"])
def test_a_table_of_one_text_takes_the_networks_for_texts(name: str, tmp_path: Path) -> None:
    texts, kinds = reviews(60)
    pandas.DataFrame({"kind": kinds, "said": texts}).to_csv(tmp_path / "reviews.csv", index=False)
    table = lamina.read(tmp_path / "reviews.csv", target="kind", kinds={"said": "text"})
    run = lamina.train(table, name, epochs=1)
    list(run)
    saved = run.model.save(tmp_path / "reviews.safetensors")
    assert type(run.model.network) is type(named_network(name, model().encoder, model().task))
    pandas.DataFrame({"said": texts[:3]}).to_csv(tmp_path / "new.csv", index=False)
    again = Model.load(saved).predict(tmp_path / "new.csv")
    assert [one.value for one in again] == [one.value for one in run.model.predict(tmp_path / "new.csv")]


def test_a_table_of_a_text_and_a_number_keeps_its_own_network(tmp_path: Path) -> None:
    texts, kinds = reviews(60)
    pandas.DataFrame({"kind": kinds, "said": texts, "stars": range(60)}).to_csv(tmp_path / "more.csv", index=False)
    table = lamina.read(tmp_path / "more.csv", target="kind", kinds={"said": "text", "stars": "number"})
    with pytest.raises(SettingError, match="lstm: a table with texts takes its own network"):
        lamina.train(table, "lstm", epochs=1)
