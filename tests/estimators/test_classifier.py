"""LaminaClassifier: what it learns and how well, weights as copies, classes of every type, the tools around it."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import lamina
from lamina import Dense, Dropout, LaminaClassifier, Sequential
from lamina.errors import DataError, SettingError

X, Y = load_iris(return_X_y=True)
QUICK = {"network": Sequential(Dense(8, "tanh"), Dense(3)), "epochs": 30, "learning_rate": 0.03, "random_state": 0}


@functools.cache
def fitted() -> LaminaClassifier:
    return LaminaClassifier(**QUICK).fit(X, Y)


@pytest.mark.slow
def test_it_learns_and_answers() -> None:
    classifier = fitted()
    assert classifier.score(X, Y) > 0.93
    shares = classifier.predict_proba(X)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_array_equal(classifier.predict(X), shares.argmax(axis=1))
    assert (classifier.n_iter_, classifier.n_features_in_, classifier.classes_.tolist()) == (30, 4, [0, 1, 2])


@pytest.mark.slow
def test_its_model_is_the_librarys_own() -> None:
    """The same answers as the model gives, which can be evaluated, explained and looked at."""
    model = fitted().model_
    answers = model.predict(X[::10])
    shares = fitted().predict_proba(X[::10])
    assert [answer.value for answer in answers] == [str(one) for one in fitted().predict(X[::10])]
    np.testing.assert_allclose([answer.probabilities["1"] for answer in answers], shares[:, 1], atol=1e-6)
    assert (model.record.training, model.record.validation, model.record.test) == (149, 0, 0), "one row is a copy"
    assert model.record.results == ()
    assert "virginica" not in model.summary()
    assert len(str(lamina.explain(model, X[:1]))) > 100


@pytest.mark.slow
def test_two_fits_are_the_same_to_the_bit_in_whatever_order_the_rows_come() -> None:
    order = np.random.default_rng(1).permutation(len(X))
    again = clone(fitted()).fit(X[order], Y[order])
    np.testing.assert_array_equal(again.predict_proba(X), fitted().predict_proba(X))
    other = clone(fitted()).set_params(random_state=1).fit(X, Y)
    assert (other.predict_proba(X) != fitted().predict_proba(X)).any()


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.2])
def test_a_weight_is_the_row_so_many_times(share: float) -> None:
    """With batches, dropout and a validation part: to the bit."""
    weights = np.random.default_rng(2).integers(0, 4, len(X))
    network = Sequential(Dense(8, "relu"), Dropout(0.3), Dense(3))
    chosen = {**QUICK, "network": network, "batch_size": 16, "validation_share": share}
    weighted = LaminaClassifier(**chosen).fit(X, Y, sample_weight=weights)
    repeated = LaminaClassifier(**chosen).fit(X.repeat(weights, axis=0), Y.repeat(weights))
    np.testing.assert_array_equal(weighted.predict_proba(X), repeated.predict_proba(X))
    plain = LaminaClassifier(**chosen).fit(X, Y)
    assert (weighted.predict_proba(X) != plain.predict_proba(X)).any()


@pytest.mark.slow
def test_an_answer_does_not_depend_on_those_beside_it() -> None:
    together = fitted().predict_proba(X)
    np.testing.assert_array_equal(np.concatenate([fitted().predict_proba(row[None]) for row in X[:20]]), together[:20])
    many = fitted().predict_proba(np.tile(X, (5, 1)))
    np.testing.assert_array_equal(many[600:], together)


@pytest.mark.parametrize(
    "names", [["one", "ten", "two"], [-1, 2, 10], [10, 100, 9], [0.0, 1.0, 2.0], ["10", "9", "8"]], ids=str
)
def test_classes_of_every_type_come_back_as_they_were(names: list[Any]) -> None:
    classes = np.array(names)
    found = clone(fitted()).fit(X, classes[Y])
    np.testing.assert_array_equal(found.classes_, np.sort(classes))
    answers = found.predict(X)
    assert answers.dtype == classes.dtype
    assert (answers == classes[Y]).mean() > 0.9
    np.testing.assert_array_equal(found.classes_[found.predict_proba(X).argmax(axis=1)], answers)


@pytest.mark.slow
def test_class_weights_are_sample_weights() -> None:
    by_class = {0: 1.0, 1: 5.0, 2: 1.0}
    weighed = clone(fitted()).set_params(class_weight=by_class).fit(X, Y)
    sampled = clone(fitted()).fit(X, Y, sample_weight=np.array([1.0, 5.0, 1.0])[Y])
    np.testing.assert_array_equal(weighed.predict_proba(X), sampled.predict_proba(X))
    rare = np.arange(45, 55)  # five of each of two classes, and two more of one
    rows = np.concatenate([rare, [60, 61]])
    chosen = {**QUICK, "network": "4 tanh", "epochs": 3}
    said = LaminaClassifier(**chosen, class_weight={0: 12 / (2 * 5), 1: 12 / (2 * 7)}).fit(X[rows], Y[rows])
    balanced = LaminaClassifier(**chosen, class_weight="balanced").fit(X[rows], Y[rows])
    np.testing.assert_array_equal(said.predict_proba(X), balanced.predict_proba(X))


@pytest.mark.slow
def test_it_works_in_pipelines_and_searches() -> None:
    pipeline = make_pipeline(StandardScaler(), LaminaClassifier(**QUICK))
    search = GridSearchCV(pipeline, {"laminaclassifier__epochs": [1, 30]}, cv=3).fit(X, Y)
    assert search.best_params_ == {"laminaclassifier__epochs": 30}
    assert search.best_score_ > 0.9
    assert search.predict(X[:2]).tolist() == [0, 0]


@pytest.mark.slow
def test_it_is_as_good_as_what_one_knows() -> None:
    cells, found = load_breast_cancer(return_X_y=True)
    own = cross_val_score(LaminaClassifier(random_state=0), cells, found, cv=5).mean()
    linear = cross_val_score(make_pipeline(StandardScaler(), LogisticRegression()), cells, found, cv=5).mean()
    assert own > linear - 0.015


@pytest.mark.slow
def test_several_networks_answer_as_one() -> None:
    several = LaminaClassifier(**QUICK, seeds=2).fit(X, Y)
    assert several.score(X, Y) > 0.93
    np.testing.assert_allclose(several.predict_proba(X).sum(axis=1), 1)
    answers = several.model_.predict(X[:5])
    np.testing.assert_allclose(
        [one.probabilities["0"] for one in answers], several.predict_proba(X[:5])[:, 0], atol=1e-5
    )


@pytest.mark.slow
def test_a_data_frame_with_columns_of_any_kind() -> None:
    chance = np.random.default_rng(0)
    kinds = chance.choice(["red", "green", "blue"], 150)
    frame = pandas.DataFrame({"size": chance.normal(size=150), "color": kinds})
    frame.loc[::7, "size"] = np.nan
    targets = np.where(kinds == "red", "stop", "go")
    found = LaminaClassifier(epochs=20, learning_rate=0.01, random_state=0).fit(frame, targets)
    assert found.score(frame, targets) > 0.97
    assert found.feature_names_in_.tolist() == ["size", "color"]
    assert found.predict(frame[:3]).tolist() == targets[:3].tolist()
    with pytest.raises(ValueError, match="The feature names should match those that were passed during fit"):
        found.predict(frame.rename(columns={"size": "width"}))
    columns = found.model_.encoder.columns
    assert [column.name for column in columns] == ["size", "color"]


@pytest.mark.slow
def test_missing_numbers() -> None:
    holes = X.copy()
    holes[::5, 2] = np.nan
    found = LaminaClassifier(epochs=40, learning_rate=0.01, random_state=0).fit(holes, Y)
    assert found.score(holes, Y) > 0.9
    assert found.score(X, Y) > 0.9
    with pytest.raises(DataError, match="row 1 has nan in column 3: fill it in or leave the row out"):
        fitted().predict(holes)


@pytest.mark.slow
def test_pictures_and_texts() -> None:
    pictures, digits = load_digits(return_X_y=True)
    pixels = (pictures * 15).astype(np.uint8).reshape(-1, 8, 8)[:300]
    network = Sequential(lamina.Flatten(), Dense(10))
    seen = LaminaClassifier(network, epochs=30, learning_rate=0.01, random_state=0).fit(pixels, digits[:300])
    assert seen.score(pixels, digits[:300]) > 0.9
    texts = [f"it was {word} indeed {place}" for place in range(20) for word in ("good", "bad")]
    moods = ["glad", "sad"] * 20
    read = LaminaClassifier(epochs=30, random_state=0).fit(texts, moods)
    assert read.score(texts, moods) == 1
    assert read.predict(["good", "bad"]).tolist() == ["glad", "sad"]


@pytest.mark.slow
def test_an_epoch_at_a_time() -> None:
    learning = LaminaClassifier(**{**QUICK, "epochs": None})
    halves = [slice(0, 150, 2), slice(1, 150, 2)]
    learning.partial_fit(X[:100:3], Y[:100:3], classes=[0, 1, 2])
    assert learning.classes_.tolist() == [0, 1, 2]
    before = learning.score(X, Y)
    for _ in range(20):
        for half in halves:
            learning.partial_fit(X[half], Y[half])
    assert learning.n_iter_ == 41
    assert before < 0.7, "of one class there was no example yet"
    assert learning.score(X, Y) > 0.93
    with pytest.raises(DataError, match=r"LaminaClassifier knows the classes 0, 1, 2; y has 3 besides. Give the first"):
        learning.partial_fit(X[:2], [0, 3])
    with pytest.raises(DataError, match="knows the classes 0, 1, 2; classes has 3 besides"):
        learning.partial_fit(X[:2], [0, 1], classes=[0, 1, 2, 3])
    with pytest.raises(
        DataError, match=r"only one class, 0\. Give the first call of partial_fit all classes: classes="
    ):
        LaminaClassifier().partial_fit(X[:2], [0, 0])


@pytest.mark.slow
def test_going_on_after_fit_keeps_the_preparation() -> None:
    more = clone(fitted()).fit(X, Y)
    encoder = more.model_.encoder
    more.partial_fit(X[:50] + 3, Y[:50])
    assert more.model_.encoder is encoder
    assert more.n_iter_ == 31
    assert (more.predict_proba(X) != fitted().predict_proba(X)).any()


@pytest.mark.slow
def test_a_model_file_becomes_an_estimator_again(tmp_path: Path) -> None:
    path = fitted().model_.save(tmp_path / "iris.safetensors")
    again = LaminaClassifier.from_model(path, classes=[0, 1, 2])
    np.testing.assert_array_equal(again.predict_proba(X), fitted().predict_proba(X))
    assert again.score(X, Y) == fitted().score(X, Y)
    assert LaminaClassifier.from_model(path).predict(X[:1]).tolist() == ["0"], "a file holds classes as texts"
    trained = LaminaClassifier.from_model(lamina.fit("iris", "mlp", epochs=1), epochs=2)
    assert trained.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert trained.feature_names_in_.tolist()[0] == "sepal length (cm)"
    assert trained.get_params()["epochs"] == 2
    with pytest.raises(SettingError, match="classes needs the classes of the model, 0, 1, 2; got"):
        LaminaClassifier.from_model(path, classes=[1, 2, 3])


@pytest.mark.slow
def test_settings_may_be_numbers_of_numpy() -> None:
    """As a search draws them from an array."""
    settings: dict[str, Any] = {"epochs": 2, "batch_size": 16, "learning_rate": 0.5, "seeds": 1, "validation_share": 0}
    plain = LaminaClassifier("4 tanh", **settings, random_state=0).fit(X, Y)
    of_numpy = {name: np.float32(value) if value == 0.5 else np.int64(value) for name, value in settings.items()}
    found = LaminaClassifier("4 tanh", **of_numpy, settings={"shift": np.int64(0)}, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(found.predict_proba(X), plain.predict_proba(X))


@pytest.mark.slow
def test_what_it_does_not_learn() -> None:
    with pytest.raises(SettingError, match="LaminaClassifier learns classes; this network or model is for something"):
        LaminaClassifier("autoencoder", epochs=1).fit(X, Y)
    with pytest.raises(DataError, match="needs two classes or more; y has only one class, 1"):
        LaminaClassifier().fit(X, np.ones(150, int))
    with pytest.raises(DataError, match="needs two classes or more; y has only one class, 0"):
        LaminaClassifier().fit(X, Y, sample_weight=Y == 0)
    with pytest.raises(DataError, match="needs two classes or more; y has no class that counts"):
        LaminaClassifier(class_weight={0: 0, 1: 0, 2: 0}).fit(X, Y)
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        LaminaClassifier().fit(X, X[:, 0])
    with pytest.raises(SettingError, match="epochs must be a whole number"):
        LaminaClassifier(epochs=-1).fit(X, Y)
    with pytest.raises(SettingError, match="unknown settings deepness"):
        LaminaClassifier(settings={"deepness": 3}).fit(X, Y)
    with pytest.raises(SettingError, match="validation_share needs a share from 0 to below 1; got 2"):
        LaminaClassifier(validation_share=2).fit(X, Y)
    for network in ((64, 32), [64, 32]):
        with pytest.raises(SettingError, match=r'network needs a layer.* or layers in words, such as "64 relu"'):
            LaminaClassifier(network).fit(X, Y)
    with pytest.raises(SettingError, match="'64 rleu' is no layer in words; write for example \"64 relu"):
        LaminaClassifier("64 rleu").fit(X, Y)
    with pytest.raises(SettingError, match="seeds must be a whole number from 1; got 0"):
        LaminaClassifier(seeds=0).fit(X, Y)
    with pytest.raises(SettingError, match=r"settings needs names and values, such as {'l2': 0.001}; got"):
        LaminaClassifier(settings=["l2"]).fit(X, Y)
    with pytest.raises(SettingError, match=r"patience needs examples to watch, .* set validation_share too"):
        LaminaClassifier(patience=3).fit(X, Y)
    with pytest.raises(NotFittedError):
        LaminaClassifier().predict(X)
