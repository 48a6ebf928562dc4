"""Flat algorithms in a fold: every setting of each runs, settings never see the test part, guesses are Lamina's own."""

from __future__ import annotations

import io
import pickle
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

import lamina
from lamina.comparing import flat
from lamina.comparing.folds import Folds
from lamina.comparing.plan import GUESSING, Contestant
from lamina.comparing.preparing import PreparedFold, Source
from lamina.comparing.rivals import RIVALS, SETTINGS, Given, rival, rivals_for
from lamina.tasks.classification import Classification

TEXTS = [f"{word} film number {place}" for place in range(30) for word in ("good", "bad")]


def prepared(source: object, size: float = 30) -> PreparedFold:
    examples = Source(lamina.read(source))
    folds = Folds(examples.dataset, 1)
    return examples.prepared(folds.of(folds.rows(size))[0])


@pytest.fixture(scope="module")
def flowers() -> PreparedFold:
    return prepared("iris")


@pytest.fixture(scope="module")
def texts() -> PreparedFold:
    return prepared((TEXTS, ["positive", "negative"] * 30), 60)


@pytest.fixture(scope="module")
def patients() -> PreparedFold:
    return prepared("diabetes", 10)


def test_everybody_tries_as_many_settings() -> None:
    assert {len(one.settings) for one in RIVALS.values()} == {SETTINGS}
    for name, one in RIVALS.items():
        assert len({str(setting) for setting in one.settings}) == SETTINGS, name


@pytest.mark.parametrize("name", rivals_for(classes=True))
def test_classes_are_learnt(name: str, flowers: PreparedFold) -> None:
    errors = [flat.validated(Contestant(name), flowers, place) for place in range(SETTINGS)]
    learnt = flat.learnt(Contestant(name), flowers, int(np.argmin(errors)))
    assert 0 <= learnt.error < 0.3
    assert learnt.bytes > 100
    assert learnt.setting
    guess = flat.learnt(Contestant(GUESSING), flowers, 0).error
    assert all(flat.learnt(Contestant(name), flowers, place).error <= guess for place in (0, SETTINGS - 1))


@pytest.mark.parametrize("name", rivals_for(classes=False))
def test_numbers_are_learnt(name: str, patients: PreparedFold) -> None:
    learnt, guess = flat.learnt(Contestant(name), patients, 0), flat.learnt(Contestant(GUESSING), patients, 0)
    assert 30 < learnt.error < 1.05 * guess.error
    assert learnt.deviation > 10


@pytest.mark.parametrize("view", ["raw values", "TF-IDF"])
@pytest.mark.parametrize("name", rivals_for(classes=True))
def test_words_are_learnt_from(name: str, view: str, texts: PreparedFold) -> None:
    place = 1 if name == "gradient boosting" else 0  # leaves of 20 texts are too large here
    assert flat.learnt(Contestant(name, view), texts, place).error < 0.3


@pytest.mark.parametrize("classes", [True, False])
def test_one_word_is_enough_for_boosting(classes: bool) -> None:
    counts = csr_matrix(np.arange(40, dtype=np.float32)[:, None] % 2)
    targets = counts.toarray()[:, 0].astype(int)
    rows, columns = counts.shape
    given = Given(classes, rows, columns, sparse=True)
    boosting = rival("gradient boosting")
    model = boosting.build(given, boosting.settings[1]).fit(counts, targets)
    np.testing.assert_allclose(model.predict(counts), targets, atol=0.1)
    assert flat.size_of(model) > 100


def test_guessing_is_what_the_task_calls_guessing(flowers: PreparedFold, patients: PreparedFold) -> None:
    for made, source in ((flowers, "iris"), (patients, "diabetes")):
        targets = lamina.read(source).targets
        share = np.concatenate([made.fold.fit, made.fold.validation])
        wanted = made.task.guess(targets[share], targets[made.fold.test])
        assert flat.learnt(Contestant(GUESSING), made, 0).error == pytest.approx(wanted)


def test_choosing_never_sees_the_test_part(flowers: PreparedFold) -> None:
    """With other test examples and answers the validation error is the same."""
    other = PreparedFold(
        flowers.fold,
        flowers.encoder,
        flowers.task,
        flowers._encoded.copy(),
        flowers.targets.copy(),
        lambda: np.zeros(0),
    )
    other._encoded[other.part("test")] = 77
    other.targets[other.part("test")] = 0
    tree = Contestant("decision tree")
    assert flat.validated(tree, other, 0) == flat.validated(tree, flowers, 0)
    assert flat.learnt(tree, other, 0).error != flat.learnt(tree, flowers, 0).error


def test_preparation_is_fitted_on_what_is_learnt_from_alone() -> None:
    source = Source(lamina.read("wine"))
    fold = Folds(source.dataset, 1).of(40)[0]
    made = source.prepared(fold)
    fitted = made.inputs[made.part("fit")]
    np.testing.assert_allclose(fitted.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(fitted.std(axis=0), 1, atol=1e-4)
    assert abs(made.inputs[made.part("test")].mean(axis=0)).max() > 0.01


def test_a_fold_is_prepared_once_and_forgotten_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(lamina.read("iris"))
    folds = Folds(source.dataset, 3).of(60)
    assert source.prepared(folds[0]) is source.prepared(folds[0])
    monkeypatch.setattr("lamina.comparing.preparing.MOST_BYTES", 1)
    first = source.prepared(folds[0])
    source.prepared(folds[1])
    assert source.prepared(folds[0]) is not first


def test_the_size_of_a_model_is_that_of_its_file() -> None:
    file = io.BytesIO()
    pickle.dump({"a": np.arange(1000)}, file, protocol=5)
    assert flat.size_of({"a": np.arange(1000)}) == len(file.getvalue())


def test_fewer_rows_than_neighbors(flowers: PreparedFold) -> None:
    few = replace(flowers.fold, fit=flowers.fold.fit[:8], validation=flowers.fold.fit[8:10])
    made = Source(lamina.read("iris")).prepared(few)
    assert flat.learnt(Contestant("k-nearest neighbors"), made, SETTINGS - 1).error <= 1


def test_names_tell_what_is_learnt() -> None:
    assert "logistic regression" in rivals_for(classes=True)
    assert "linear regression" in rivals_for(classes=False)
    assert "naive Bayes" not in rivals_for(classes=False)
    assert rival("linear regression") is rival("logistic regression")
    assert isinstance(prepared("iris").task, Classification)
