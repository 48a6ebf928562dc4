"""The report: the answer first, what fits the task, nothing made up, and what is refused."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas
import pytest

import lamina
from lamina import Model
from lamina.data.passages import passages_of
from lamina.errors import DataError, SettingError
from lamina.plots.report_inside import _layers
from lamina.plots.report_predict import predict_section
from lamina.plots.report_words import headline
from lamina.plots.seen import in_words, look
from lamina.training.metrics import error_interval
from lamina.training.records import Measure
from tests import trained
from tests.plots.made import followed


def written(model: Model, source: object, folder: Path, **more: object) -> str:
    return lamina.report(model, source, folder / "x.html", **more).read_text(encoding="utf-8")


def titles(text: str) -> list[str]:
    return re.findall(r"<h2>([^<]*)</h2>", text)


def without_figures(text: str) -> str:
    return re.sub(r"base64,[^\"]+", "", text)


def test_the_answer_comes_first_with_its_uncertainty_and_guessing() -> None:
    model = trained.iris()
    [error] = [one.value for one in model.record.results if one.name == "error"]
    low, high = error_interval(error, 30)
    assert model.record.guess is not None
    assert headline(model) == (
        f"Of 30 examples that it never saw while training, this model answers "
        f"{100 * (1 - error):.1f} % rightly (between {100 * (1 - high):.1f} and {100 * (1 - low):.1f} %, with 95 % "
        f"confidence); always naming the commonest class is right for {100 * (1 - model.record.guess):.1f} %."
    )


def test_no_better_than_guessing_is_said_first() -> None:
    model = trained.iris()
    record = replace(model.record, results=(Measure("error", 0.7),), guess=0.6)
    assert "that is no better than guessing, since always naming the commonest class is right for 40.0 %" in headline(
        replace(model, record=record)
    )
    record = replace(model.record, results=(Measure("error", 0.55),), guess=0.6)
    assert headline(replace(model, record=record)).endswith("with so few examples the difference may be chance.")
    assert "nothing proves it" in headline(replace(model, record=replace(model.record, test=0)))


def test_a_number_is_given_with_what_chance_does() -> None:
    model = trained.diabetes()
    seen = look(model, "diabetes")
    off = np.abs(np.array([one.value for one in seen.answers]) - seen.examples.targets)
    told = headline(model, seen)
    assert f"its mean absolute error is {off.mean():.4g} (give" in told
    assert f"(give or take {1.96 * off.std(ddof=1) / np.sqrt(len(off)):.3g}, with 95 % confidence)" in told
    assert "where guessing without a network reaches" in told


@pytest.mark.slow
def test_what_a_model_of_pictures_gets(tmp_path: Path) -> None:
    text = written(trained.digits(), "digits", tmp_path)
    assert titles(text) == [
        "Right and wrong", "The surest mistakes", "How sure it is", "What mattered", "What the first layer sees",
        "The representation that grows", "How much noise it bears", "The training", "The network", "The data",
        "How to predict", "Versions",
    ]  # fmt: skip
    plain = without_figures(text)
    assert "Of 359 examples that it never saw while training, this model answers" in plain
    assert "Conv2D(filters=4, activation=&quot;relu&quot;)" in plain
    assert len(text) < 3_000_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "source", "wanted"),
    [
        (trained.iris, "iris", {"Right and wrong", "What mattered", "The representation that grows"}),
        (
            trained.diabetes,
            "diabetes",
            {"Predicted and true: disease progression", "What mattered", "How much noise it bears"},
        ),
        (trained.several, "diabetes", {"Predicted and true: disease progression", "How much noise it bears"}),
        (trained.groups, "iris", {"The representation that grows"}),
    ],
)
def test_what_other_models_get(make: Callable[[], Model], source: str, wanted: set[str], tmp_path: Path) -> None:
    assert wanted <= set(titles(written(make(), source, tmp_path)))


@pytest.mark.slow
def test_sounds_and_tables_and_several_targets(tmp_path: Path) -> None:
    sounds = written(trained.sounds(), (trained.made_sounds(60), ["low", "high", "noise"] * 20), tmp_path)
    assert {"Right and wrong", "What mattered"} <= set(titles(sounds))
    network = lamina.Sequential(lamina.Dense(8, "tanh"), lamina.Dense(4))
    frame = {"x": np.linspace(0, 1, 90), "kind": ["a", "b", "c"] * 30, "size": np.arange(90.0)}
    model = trained.quietly(pandas.DataFrame(frame), network, target="kind,size", epochs=3, seed=0)
    found = titles(written(model, pandas.DataFrame(frame), tmp_path, target="kind,size"))
    assert {"Right and wrong", "Predicted and true: size"} <= set(found)


@pytest.mark.slow
def test_names_are_no_formulas_and_no_marks(tmp_path: Path) -> None:
    """Names as $_in_$ are no mathematics, and <b> is no mark-up, wherever they stand."""
    chance = np.random.default_rng(0)
    size = chance.normal(5, 2, 90)
    frame = pandas.DataFrame({"$_in_$": size, "<b>x</b>": chance.normal(0, 1, 90), "$_out_$": 2 * size})
    frame["<i>$_kind_$</i>"] = np.where(size > 5, "$_in_$", "<b>x</b>")
    for target in ("<i>$_kind_$</i>", "$_out_$", "<i>$_kind_$</i>,$_out_$"):
        model = trained.quietly(frame, "mlp", target=target, epochs=2, seed=0)
        text = without_figures(written(model, frame, tmp_path, target=target))
        assert not re.findall(r"<b>x|<i>\$", text)
        assert "$_in_$" in text
        assert "&lt;b&gt;x&lt;/b&gt;" in text


@pytest.mark.slow
def test_what_generates_draws(tmp_path: Path) -> None:
    model = trained.quietly("digits", "vae", epochs=1)
    text = written(model, None, tmp_path)
    assert "What it draws" in titles(text)
    assert re.search(r"On 359 examples that .*: \w+ [\d.]+, .*; no answer of it is right or wrong", text)
    som = trained.quietly("iris", "som", epochs=1)
    assert "The map" in titles(written(som, "iris", tmp_path))


@pytest.mark.slow
def test_without_a_source_the_model_tells_what_it_knows(tmp_path: Path) -> None:
    text = written(trained.iris(), None, tmp_path)
    assert titles(text) == ["The training", "The network", "The data", "How to predict", "Versions"]
    assert text.count('<p class="answer">') == 1
    assert f"sha256 {trained.iris().record.fingerprint}" in text


@pytest.mark.slow
def test_one_row_gets_what_can_be_told_of_one(tmp_path: Path) -> None:
    found = titles(written(trained.iris(), lamina.read("iris").subset(np.array([0])), tmp_path))
    assert "Right and wrong" in found
    assert "What mattered" not in found


def test_training_examples_of_one_class_leave_out_the_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lamina.plots.seen.MOST_TRAINING", 1)
    seen = look(trained.iris(), "iris")
    assert seen.training is not None
    assert list(_layers(seen)) == []


def test_other_data_is_told_beside(tmp_path: Path) -> None:
    dataset = lamina.read("iris")
    seen = look(trained.iris(), dataset.subset(np.arange(0, 150, 2)))
    assert not seen.own_data
    assert look(trained.iris(), "iris").own_data
    assert seen.training is None


def test_examples_in_words() -> None:
    dataset = lamina.read("iris")
    assert in_words(dataset.inputs, 0).startswith("sepal length (cm) 5.1, sepal width (cm) 3.5")
    assert in_words(lamina.read("digits").inputs, 0) == ""


@pytest.mark.parametrize(
    ("make", "typed", "called"),
    [
        (trained.digits, "photo.png", 'model.predict("photo.png")[0]'),
        (trained.sounds, "sound.wav", 'model.predict("sound.wav")[0]'),
        (trained.iris, "new.csv", 'model.predict("new.csv")[0]'),
    ],
)
def test_how_to_predict(make: Callable[[], Model], typed: str, called: str) -> None:
    (commands, python) = predict_section(make()).parts
    assert f"lamina predict model.safetensors {typed}\n" in html.unescape(commands)
    assert f"print({called})" in html.unescape(python)


@pytest.mark.slow
def test_how_to_ask_a_model_whose_examples_are_strings(tmp_path: Path) -> None:
    """What the page says can be typed: a string is a text there, and no file."""
    texts = [f"{word} film number {n}" for n in range(20) for word in ("good", "bad")]
    reader = trained.quietly((texts, ["yes", "no"] * 20), "average", epochs=1, seed=0)
    writer = trained.quietly(passages_of("one two three four five six\n" * 120, "numbers"), epochs=0)
    for model, typed in ((reader, "text.txt"), (writer, '--prompt "A text of yours"')):
        path = model.save(tmp_path / "my model.safetensors")
        (commands, python) = (html.unescape(part) for part in predict_section(Model.load(path)).parts)
        assert f"lamina predict 'my model.safetensors' {typed}\n" in commands
        line = re.search(r"print\((.*)\)", python)
        assert line is not None
        assert eval(line[1], {"model": model, "lamina": lamina})


@pytest.mark.slow
def test_what_else_a_model_is_for() -> None:
    painter = trained.quietly("iris", "vae", epochs=0)
    alike = trained.quietly("iris", "siamese", epochs=0)
    player = trained.quietly("tic_tac_toe", epochs=0)
    for model, typed in (
        (painter, "lamina sample model.safetensors -n 64 -o samples.csv"),
        (alike, "lamina nearest model.safetensors new.csv --among SOURCE"),
        (player, "lamina play model.safetensors"),
    ):
        assert f"{typed}\n" in html.unescape(predict_section(model).parts[0])


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"a report is written as \.html or \.htm; got 'x\.pdf'"):
        lamina.report(trained.iris(), path=tmp_path / "x.pdf")
    with pytest.raises(DataError, match="the examples that were followed are of other data"):
        lamina.report(trained.iris(), path=tmp_path / "x.html", followed=followed())
