"""The search: what is chosen by what, what goes on, what is given up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina.errors import DataError, SettingError
from lamina.model.run import Run
from lamina.tuning.search import Search
from lamina.tuning.study import ask, best_and_default, count_ended, finished, open_study
from lamina.tuning.text import lines_of, trial_line
from lamina.tuning.trials import COMPLETE, FAILED, PRUNED, Tried
from lamina.tuning.tune import start, tune

QUICK: dict[str, Any] = {"epochs": 3, "seconds": None}
POINTS = np.random.default_rng(0).normal(size=(120, 3)).astype(np.float32)
CLASSES = np.where(POINTS[:, 0] * POINTS[:, 1] > 0, "same", "other")


def through(search: Search) -> list[Tried]:
    return list(search)


@pytest.fixture(scope="module")
def ended() -> tuple[Search, list[Tried]]:
    search = start("iris", trials=12, **QUICK)
    return search, through(search)


@pytest.mark.slow
def test_the_default_is_tried_first_and_the_lowest_loss_is_taken(ended: tuple[Search, list[Tried]]) -> None:
    search, tried = ended
    assert dict(tried[0].point) == dict(search.space.start)
    assert len(tried) >= 12
    lowest = min(one.loss for one in tried if one.loss is not None)
    best = search.model.record.epochs[search.model.record.best_epoch - 1].numbers["validation loss"]
    assert best == pytest.approx(lowest, rel=1e-6)
    assert finished(search.study)[0].value == pytest.approx(lowest, rel=1e-6)


@pytest.mark.slow
def test_a_trial_gives_what_training_gives(ended: tuple[Search, list[Tried]]) -> None:
    run = lamina.train("iris", epochs=3)
    list(run)
    assert run.progress.best is not None
    assert ended[1][0].loss == pytest.approx(run.progress.best.loss, rel=1e-4)


@pytest.mark.slow
def test_several_rates_of_one_small_network_are_trials_of_the_study(ended: tuple[Search, list[Tried]]) -> None:
    search, tried = ended
    rates = [one.point["learning_rate"] for one in tried[:3]]
    assert rates == pytest.approx([rates[0], rates[0] / 3, rates[0] * 3])
    assert [one.point["width"] for one in tried[:3]] == [tried[0].point["width"]] * 3
    complete = sum(one.state == COMPLETE for one in tried)
    assert len(finished(search.study)) == complete


@pytest.mark.slow
def test_the_note_and_the_test_are_the_models(ended: tuple[Search, list[Tried]]) -> None:
    model = ended[0].model
    assert any("best of" in note and "the test part was looked at once" in note for note in model.record.notes)
    assert model.evaluate("iris")["loss"] == pytest.approx({m.name: m.value for m in model.record.results}["loss"])


@pytest.mark.slow
def test_what_it_says(ended: tuple[Search, list[Tried]]) -> None:
    lines = list(lines_of(ended[0]))
    assert lines[0].startswith(f"{len(ended[1])} trials: ")
    assert "validation loss" in lines[1]
    assert lines[-1].startswith("mattered")
    assert trial_line(3, ended[1][0]).startswith("trial    3  validation loss ")
    failed = Tried({"width": 8}, FAILED, None, 0, 0.1, "no room")
    assert trial_line(0, failed) == "trial    0  no epoch done  width 8  (failed after 0 epochs: no room)"


@pytest.mark.slow
def test_the_test_part_changes_nothing_of_what_is_chosen() -> None:
    """Other test examples, which nobody may look at: the same trials, the same weights."""
    parts = lamina.train((POINTS, CLASSES)).prepared.split
    turned = CLASSES.copy()
    turned[parts.test] = np.where(CLASSES[parts.test] == "same", "other", "same")
    found = []
    for classes in (CLASSES, turned):
        search = start(with_parts((POINTS, classes), parts), trials=4, **QUICK)
        tried = through(search)
        found.append(([one.loss for one in tried], search.model))
    assert found[0][0] == found[1][0]
    np.testing.assert_array_equal(found[0][1].outputs(POINTS), found[1][1].outputs(POINTS))


def with_parts(data: Any, parts: Any) -> lamina.Dataset:
    """The arrays as a dataset whose parts are settled, so that the split does not depend on the classes."""
    from dataclasses import replace

    own = np.full(len(data[0]), "train", object)
    own[parts.test], own[parts.validation] = "test", "validation"
    return replace(lamina.train(data).prepared.dataset, parts=own.astype(str))


@pytest.mark.slow
def test_a_study_goes_on_and_its_best_is_trained_again(tmp_path: Path) -> None:
    path = tmp_path / "iris.study.db"
    first = start("iris", trials=4, study=path, **QUICK)
    before = through(first)
    again = start("iris", trials=4, study=path, **QUICK)
    assert again.known == len(before)
    assert through(again) == []
    lowest = min(one.loss for one in before if one.loss is not None)
    model = again.model
    assert model.record.epochs[model.record.best_epoch - 1].numbers["validation loss"] == pytest.approx(
        lowest, rel=1e-4
    )
    more = start("iris", trials=6, study=path, **QUICK)
    assert through(more)


@pytest.mark.slow
def test_what_changed_since_is_named(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    through(start("iris", trials=1, study=path, study_name="s", **QUICK))
    for source, options, complaint in (
        ("wine", QUICK, "the data has changed"),
        ("iris", {**QUICK, "epochs": 4}, "its settings.epochs was 3, now it is 4"),
        ("iris", {**QUICK, "seed": 1}, "its split was 'shuffled, stratified 80/20, seed 0', now it is"),
        ("iris", {**QUICK, "network": "svm"}, "its settings"),
        ("iris", {**QUICK, "network": lamina.Dense(3)}, "the network has changed"),
    ):
        with pytest.raises(SettingError, match=f"the study 's' in .*s.db cannot be gone on with: {complaint}"):
            start(source, trials=1, study=path, study_name="s", **options)


def test_a_storage_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database, but some text that is long enough to be looked at" * 20)
    for storage, why in (
        (tmp_path / "nowhere" / "s.db", "s.db: unable to open database file"),
        (tmp_path / "text.db", "text.db: file is not a database"),
        ("nonsense://host/db", "nonsense://host/db: Can't load plugin"),
        ("redis://127.0.0.1:1", "redis://127.0.0.1:1: Can't load plugin"),
        ("oracle+missing_driver://ann:secret@host/db", r"oracle\+missing_driver://ann:\*\*\*@host/db: "),
    ):
        with pytest.raises(SettingError, match=f"the study 'iris' cannot be opened in .*{why}"):
            start("iris", trials=1, study=str(storage), **QUICK)


def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(SettingError, match="it needs the package pymysql, which is not installed"):
        start("iris", trials=1, study="mysql+pymysql://host/db", **QUICK)


@pytest.mark.slow
def test_a_path_is_no_part_of_a_url(tmp_path: Path) -> None:
    path = tmp_path / "what? 100 %.study.db"
    through(start("iris", trials=1, study=path, **QUICK))
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_a_study_of_another_program_is_refused(tmp_path: Path) -> None:
    import optuna

    for name, direction in (("tried", "minimize"), ("empty", "maximize")):
        path = tmp_path / f"{name}.db"
        study = optuna.create_study(storage=f"sqlite:///{path}", study_name="iris", direction=direction)
        if name == "tried":
            study.tell(study.ask(), 1.0)
        with pytest.raises(SettingError, match="cannot be gone on with: it was made by another program"):
            start("iris", trials=1, study=path, **QUICK)


@pytest.mark.slow
def test_a_study_that_is_lost_on_the_way_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    search = start("iris", trials=9, study=path, **QUICK)
    trials = iter(search)
    next(trials)
    path.write_text("no database any more")
    with pytest.raises(SettingError, match="the study 'iris' cannot be reached any more; where it is back, the same"):
        list(trials)


def test_processes_that_ask_at_once_draw_other_points(tmp_path: Path) -> None:
    one, other = (start("iris", trials=9, study=tmp_path / "s.db", **QUICK) for _ in range(2))
    asked = [ask(search.study, search.space, 0).params for search in (one, other, one, other)]
    assert asked[0] == one.space.start
    assert len({tuple(point.items()) for point in asked}) == 4


@pytest.mark.slow
def test_the_default_is_tried_again_where_it_had_no_time(tmp_path: Path) -> None:
    search = start("iris", trials=3, study=tmp_path / "s.db", **QUICK)
    search._tell(ask(search.study, search.space, 0), Tried(search.space.start, PRUNED, 0.5, 1, 0.1, "Ctrl-C"))
    again = start("iris", trials=3, study=tmp_path / "s.db", **QUICK)
    assert dict(through(again)[0].point) == dict(again.space.start)
    best, default = best_and_default(again.study)
    assert best is not None
    assert default is not None
    assert default.params == again.space.start


@pytest.mark.slow
def test_a_trial_of_a_process_that_was_killed_does_not_count(tmp_path: Path) -> None:
    killed = start("iris", trials=2, study=tmp_path / "s.db", **QUICK)
    ask(killed.study, killed.space, 0)
    search = start("iris", trials=2, study=tmp_path / "s.db", **QUICK)
    assert (search.known, count_ended(search.study)) == (1, 0)
    through(search)
    assert count_ended(search.study) >= 2
    assert "1 not ended" in next(iter(lines_of(search)))


@pytest.mark.slow
def test_training_the_best_again_ends_with_the_time(tmp_path: Path) -> None:
    through(start("iris", trials=1, study=tmp_path / "s.db", epochs=400, seconds=None))
    again = start("iris", trials=1, study=tmp_path / "s.db", epochs=400, seconds=None)
    assert again.best_elsewhere is not None
    assert again.best_elsewhere.user_attrs["together"] == 3
    again.deadline = 0.0
    record = again.model.record
    assert len(record.epochs) < 400
    assert "the best trial was trained again for " in record.notes[-1]
    assert record.notes[-1].endswith(" of its 400 epochs, then the time is over")


@pytest.mark.slow
def test_a_trial_that_others_were_better_than_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lamina.tuning.study.STARTUP", 1)
    search = start(
        "iris", lamina.Sequential(lamina.Dense(8, "relu"), lamina.Dense(3)), trials=16, epochs=6, seconds=None
    )
    tried = through(search)
    pruned = [one for one in tried if one.state == PRUNED]
    assert pruned
    assert all(one.epochs < 6 for one in pruned)


@pytest.mark.slow
def test_a_loss_that_is_no_number_fails_its_trial_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    wild = lamina.Sequential(lamina.Linear(8), lamina.Linear(8), lamina.Linear(3))
    search = start("iris", wild, trials=3, epochs=20, learning_rate=1e20, seconds=None, optimizer="gradient_descent")
    assert {one.state for one in search} <= {FAILED, PRUNED}
    assert list(lines_of(search))[-1] == "none came to its last epoch: more time finds more"
    if search.best_here is None:
        with pytest.raises(SettingError, match="no trial has come as far as the end of an epoch: give more time"):
            _ = search.model


@pytest.mark.slow
def test_time_ends_a_trial_and_what_it_has_come_to_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    search = start("digits", seconds=600, epochs=500, trials=1)
    chunks: Callable[[Run], Any] = Run.chunks

    def soon_over(run: Run) -> Any:
        for pair in chunks(run):
            if pair[1].epochs_done == 1:
                search.deadline = 0.0
            yield pair

    monkeypatch.setattr(Run, "chunks", soon_over)
    [one] = through(search)
    assert (one.state, one.why) == (PRUNED, "the time is over")
    assert one.epochs >= 1
    assert search.model.record.best_epoch >= 1


@pytest.mark.slow
def test_what_came_to_its_end_comes_first(ended: tuple[Search, list[Tried]]) -> None:
    search = start("iris", trials=1, **QUICK)
    lower = Tried({"width": 8}, PRUNED, 0.01, 1, 0.1, "the time is over", search.prepared)
    search._keep(lower)
    assert search.best_here == lower
    through(search)
    assert search.best_here is not None
    assert search.best_here.state == COMPLETE


@pytest.mark.slow
def test_what_is_settled_is_not_searched() -> None:
    search = start("iris", batch_size=16, trials=1, **QUICK)
    assert "batch_size" not in search.space.dimensions
    assert {one.prepared.settings.batch_size for one in search if one.prepared} == {16}


def test_what_cannot_be_tuned() -> None:
    for source, options, complaint in (
        ("digits", {"network": "gan"}, "tuning chooses by the validation loss, which does not rank networks that"),
        ("iris", {"trials": 0}, "trials must be a whole number of 1 or more; got 0"),
        ("iris", {"seconds": None}, "a search needs an end: give seconds, or how many trials are enough"),
        ("iris", {"speed": 3}, "unknown settings speed"),
    ):
        with pytest.raises(SettingError, match=complaint):
            start(source, **options)
    with pytest.raises(DataError):
        tune("nowhere.csv", trials=1)


def test_without_optuna_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SettingError, match=r'needs the package optuna, .*: pip install "lamina\[tune\]"'):
        start("iris", trials=1)


PROGRAM = """
import sys
from lamina.tuning.tune import start
search = start("iris", epochs=3, seconds=None, trials=12, study=sys.argv[1])
print(len(list(search)), search.model.record.best_epoch)
"""


@pytest.mark.slow
def test_two_processes_share_a_study(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    words = [sys.executable, "-c", PROGRAM, str(path)]
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    counts = [int(output.split()[0]) for output, _ in said]
    search = start("iris", trials=12, study=path, **QUICK)
    assert search.known == sum(counts) >= 12
    points = [tuple(sorted(trial.params.items())) for trial in finished(search.study)]
    assert len(set(points)) > len(points) // 2


@pytest.mark.parametrize("said", ["table studies already exists", "database is locked", "UNIQUE constraint failed"])
def test_a_storage_that_another_process_is_making_is_come_to_again(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import optuna
    from sqlalchemy.exc import IntegrityError, OperationalError

    kind = IntegrityError if said.startswith("UNIQUE") else OperationalError
    errors = [kind("CREATE", None, Exception(said))]
    make = optuna.create_study

    def first_late(**options: Any) -> Any:
        if errors:
            raise errors.pop()
        return make(**options)

    monkeypatch.setattr(optuna, "create_study", first_late)
    study = open_study(str(tmp_path / "one.db"), "one", {"epochs": 3}, epochs=3)
    assert (errors, study.study_name) == ([], "one")
