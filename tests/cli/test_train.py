"""lamina train: names of files, splits, notes, and options that reach the record in the model file."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from lamina import Model
from lamina import train as start
from lamina.cli.train import _save, default_path, parse_rate, parse_seconds, parse_split
from lamina.errors import SettingError
from lamina.training.schedules import OneCycle
from tests.cli.program import error_of, lamina, run
from tests.data.makers import class_files, encoded, noise, write, zipped

QUICK = ("--network", "mlp", "--epochs", "2", "--learning-rate", "0.01")


def record(path: Path) -> object:
    return Model.load(path).record


def test_a_line_an_epoch_then_the_test_part_then_the_file(tmp_path: Path) -> None:
    outcome = lamina(tmp_path, "train", "iris", *QUICK)
    lines = outcome.out.splitlines()
    assert outcome.status == 0
    assert lines[0].startswith("iris: 150 examples of 4 numbers, shuffled, stratified 80/20, seed 0: 108 training, 12 ")
    assert lines[1] == "predicting class, one of 3 classes: setosa, versicolor, virginica"
    epochs = [line for line in lines if line.startswith("epoch ")]
    pattern = r"epoch   \d  loss \d\.\d{4}  error \d+\.\d\d %  validation loss \d\.\d{4}  validation error \d+\.\d\d %"
    assert len(epochs) == 2
    assert all(re.fullmatch(pattern, line) for line in epochs)
    assert re.fullmatch(r"test   loss \S+  error \S+ %   \(30 examples never trained on\)", lines[-3])
    interval = r"       on many more such examples the error lies between \S+ and \S+ % \(95 % confidence\)"
    assert re.fullmatch(interval, lines[-2])
    assert re.fullmatch(r"saved  iris\.safetensors   \(\d+ KiB\)", lines[-1])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["iris.safetensors", "lamina-runs.jsonl"], (
        "the checkpoint goes when the run is over"
    )
    found = Model.load(tmp_path / "iris.safetensors").record
    assert [f"epoch {epoch.number:3}  {epoch.line()}" for epoch in found.epochs] == epochs


def test_an_existing_default_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "iris.safetensors").write_bytes(b"precious")
    (tmp_path / "iris-2.checkpoint.safetensors").write_bytes(b"a run of that name can be resumed")
    outcome = lamina(tmp_path, "train", "iris", *QUICK)
    assert outcome.status == 0
    assert (
        "note: iris.safetensors exists already, or a run of that name can be resumed; this one is saved as iris-3."
        in (outcome.err)
    )
    assert (tmp_path / "iris.safetensors").read_bytes() == b"precious"
    assert (tmp_path / "iris-2.checkpoint.safetensors").read_bytes() == b"a run of that name can be resumed"
    assert Model.load(tmp_path / "iris-3.safetensors").record.source == "iris"


@pytest.mark.slow
def test_the_name_of_the_source_is_the_name_of_the_model(tmp_path: Path) -> None:
    zipped(tmp_path / "pets.v1.zip", class_files(count=12))
    outcome = lamina(tmp_path, "train", "pets.v1.zip", *QUICK)
    assert outcome.status == 0
    assert (tmp_path / "pets.v1.safetensors").is_file()


@pytest.mark.slow
def test_output_is_named_and_may_be_overwritten(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    for seed in (1, 2):
        assert lamina(tmp_path, "train", "iris", *QUICK, "--seed", seed, "-o", "models/flowers").status == 0
    assert Model.load(tmp_path / "models" / "flowers.safetensors").record.settings.seed == 2
    names = sorted(path.name for path in (tmp_path / "models").iterdir())
    assert names == ["flowers.safetensors", "lamina-runs.jsonl"]


def test_a_missing_folder_is_told_before_anything_is_read(tmp_path: Path) -> None:
    outcome = lamina(tmp_path, "train", "nosuch-source", "-o", "missing/model.safetensors")
    assert "missing/model.safetensors is in missing, a folder that does not exist" in error_of(outcome)
    assert outcome.out == ""


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights there")
def test_a_link_is_never_written_through(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"mine")
    (tmp_path / "link.safetensors").symlink_to("precious")
    assert "is a symbolic link" in error_of(lamina(tmp_path, "train", "iris", *QUICK, "-o", "link.safetensors"))
    assert (tmp_path / "precious").read_bytes() == b"mine"


@pytest.mark.slow
def test_split_draws_the_test_part_anew(tmp_path: Path) -> None:
    files = {f"{part}/{name}": data for part in ("train", "test") for name, data in class_files(count=20).items()}
    write(tmp_path / "pets", files)
    kept = lamina(tmp_path, "train", "pets", *QUICK, "-o", "kept")
    assert "note: the source has its own parts (40 train, 40 test); they are kept" in kept.err
    assert "(40 examples never trained on)" in kept.out
    drawn = lamina(tmp_path, "train", "pets", *QUICK, "--split", "70/30", "-o", "drawn")
    assert drawn.status == 0
    assert "70/30" in Model.load(tmp_path / "drawn.safetensors").record.split
    found = Model.load(tmp_path / "drawn.safetensors").record
    assert found.test == pytest.approx(0.3 * 80, abs=2)
    assert found.training + found.validation + found.test == 80


@pytest.mark.slow
def test_every_option_reaches_the_record(tmp_path: Path) -> None:
    words = (
        "--epochs", "3", "--batch-size", "16", "--learning-rate", "0.02", "--optimizer", "nesterov", "--schedule",
        "one_cycle", "--weight-decay", "0.001", "--l1", "0.0001", "--l2", "0.0002", "--clip-norm", "1.5", "--patience",
        "2", "--seed", "7", "--label-smoothing", "0.1", "--class-weights", "--network", "mlp",
    )  # fmt: skip
    assert lamina(tmp_path, "train", "iris", *words).status == 0
    model = Model.load(tmp_path / "iris.safetensors")
    settings = model.record.settings
    found = [settings.batch_size, settings.rate, settings.optimizer, settings.weight_decay, settings.l1, settings.l2]
    assert found == [16, 0.02, "nesterov", 0.001, 0.0001, 0.0002]
    assert [settings.clip_norm, settings.patience, settings.seed, settings.epochs] == [1.5, 2, 7, 3]
    assert isinstance(settings.schedule, OneCycle)
    assert model.task.label_smoothing == 0.1


@pytest.mark.slow
def test_the_rate_can_be_found(tmp_path: Path) -> None:
    outcome = lamina(tmp_path, "train", "iris", "--network", "mlp", "--epochs", "3", "--learning-rate", "find")
    assert outcome.status == 0
    told = re.search(r"note: learning rate (\S+): the loss falls fastest there \(tried (\d+) rates\)", outcome.err)
    assert told is not None
    rate = Model.load(tmp_path / "iris.safetensors").record.settings.rate
    assert float(told[1]) == pytest.approx(rate, rel=0.05)
    assert 1e-4 < rate < 0.1


@pytest.mark.slow
def test_worse_than_guessing_is_told(tmp_path: Path) -> None:
    words = ("--network", "mlp", "--epochs", "1", "--learning-rate", "1e-9")
    outcome = lamina(tmp_path, "train", "diabetes", *words)
    assert outcome.status == 0
    assert "note: the model is no better than guessing: its mean absolute error on the test part is " in outcome.err
    assert any("no better than guessing" in note for note in Model.load(tmp_path / "diabetes.safetensors").record.notes)


@pytest.mark.slow
def test_infinity_names_epoch_step_and_layer_and_saves_nothing_bad(tmp_path: Path) -> None:
    words = ("--network", "mlp", "--optimizer", "gradient_descent", "--learning-rate", "1e30")
    said = error_of(lamina(tmp_path, "train", "iris", *words))
    assert re.search(r"in epoch 1, step \d of 4; it began in .*layer \d of 3, Dense\(", said)
    assert "Lower the learning rate (it was 1e+30)" in said
    assert not (tmp_path / "iris.safetensors").exists()


@pytest.mark.slow
def test_infinity_after_good_epochs_keeps_the_best_model(tmp_path: Path) -> None:
    """A rate that grows until the loss is no number: what was learnt before is saved."""
    words = ("--network", "mlp", "--optimizer", "gradient_descent", "--schedule", "one_cycle", "--learning-rate", "1")
    outcome = lamina(tmp_path, "train", "diabetes", *words, "--epochs", "100")
    assert outcome.status == 2
    told = re.search(r"note: the best model before that, of epoch (\d+), is saved as diabetes.safetensors", outcome.err)
    assert told is not None
    assert "the loss is no longer a finite number in epoch " in error_of(outcome)
    assert Model.load(tmp_path / "diabetes.safetensors").record.best_epoch == int(told[1])


def test_no_unfinished_run_to_resume(tmp_path: Path) -> None:
    said = error_of(lamina(tmp_path, "train", "iris", "--resume"))
    assert said == "there is no unfinished run to go on with: iris.checkpoint.safetensors is not there"


@pytest.mark.slow
def test_a_time_that_is_too_short_is_told(tmp_path: Path) -> None:
    outcome = run(tmp_path, "train", "iris", "--network", "mlp", "--time", "0.1s")
    assert outcome.status == 0
    assert "note: --time 0.1s was too short: " in outcome.err
    assert Model.load(tmp_path / "iris.safetensors").record.best_epoch == 0


@pytest.mark.slow
def test_without_a_terminal_there_is_no_bar_and_no_escape_code(tmp_path: Path) -> None:
    outcome = run(tmp_path, "train", "iris", *QUICK)
    assert outcome.status == 0
    assert "\x1b" not in outcome.out + outcome.err
    assert "\r" not in outcome.out + outcome.err
    assert not set("━╸╺█") & set(outcome.out + outcome.err)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals in Python")
def test_in_a_terminal_there_is_a_bar(tmp_path: Path) -> None:
    shown = in_a_terminal(tmp_path, "train", "iris", "--network", "mlp", "--epochs", "60")
    assert "epoch   1  loss " in shown
    assert "━" in shown
    assert "step" in shown
    assert "saved  iris.safetensors" in shown
    assert (tmp_path / "iris.safetensors").is_file()


def in_a_terminal(folder: Path, *words: str) -> str:
    """What a command writes to a pseudo-terminal."""
    import os
    import pty
    import subprocess

    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
    process = subprocess.Popen(
        [sys.executable, "-m", "lamina", *words], cwd=folder, env=environment, stdout=slave, stderr=slave, stdin=slave
    )
    os.close(slave)
    shown = b""
    try:
        while part := os.read(master, 65536):
            shown += part
    except OSError:
        pass  # Linux tells the end of a pseudo-terminal so
    os.close(master)
    assert process.wait(timeout=300) == 0
    return shown.decode()


@pytest.mark.parametrize(
    ("text", "seconds"), [("60s", 60), ("5m", 300), ("1.5h", 5400), ("7", 7), (" 2s ", 2), (None, None)]
)
def test_times(text: str | None, seconds: float | None) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-5s", "5 m", "1d", "1e3s", "0"])
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(SettingError, match="--time needs a time such as 60s, 5m or 1h"):
        parse_seconds(text)


@pytest.mark.parametrize(("text", "share"), [("80/20", 0.2), ("50/50", 0.5), ("99/1", 0.01), (None, None)])
def test_splits(text: str | None, share: float | None) -> None:
    assert parse_split(text) == share


@pytest.mark.parametrize("text", ["80", "80/10/10", "0/100", "120/-20", "a/b", "80:20"])
def test_splits_that_are_none(text: str) -> None:
    with pytest.raises(SettingError, match="--split needs two shares that make 100"):
        parse_split(text)


def test_rates() -> None:
    assert parse_rate("1e-3") == 0.001
    assert parse_rate("find") is None
    assert parse_rate(None) is None


def test_the_newest_unfinished_run_is_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.chdir(tmp_path)
    names = (
        "iris.checkpoint",
        "iris-2.checkpoint",
        "iris-10.checkpoint-before",
        "irises.checkpoint",
        "iris-mine.checkpoint",
    )
    for number, name in enumerate(names):
        path = tmp_path / f"{name}.safetensors"
        path.write_bytes(b"")
        os.utime(path, (1000 + number, 1000 + number))
    assert default_path("iris", resume=True) == Path("iris-10.safetensors")
    assert default_path("iris", resume=False) == Path("iris-3.safetensors")


def test_a_name_that_another_run_took_meanwhile_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run = start("iris", epochs=0)
    Path("iris.safetensors").write_bytes(b"another run's")
    assert _save(run, Path("iris.safetensors"), may_replace=False) == Path("iris-2.safetensors")
    assert Path("iris.safetensors").read_bytes() == b"another run's"
    assert "another run has saved iris.safetensors meanwhile; this one is saved as iris-2" in capsys.readouterr().err
    assert _save(run, Path("iris.safetensors"), may_replace=True) == Path("iris.safetensors")
    assert len(Model.load("iris.safetensors").record.split) > 0


@pytest.mark.slow
def test_more_than_memory_streams_and_says_so(tmp_path: Path) -> None:
    """The same model file with and without, and a sentence on standard error."""
    files = {f"{'ab'[place % 2]}/{place}.png": encoded(noise(place, (16, 16, 3))) for place in range(500)}
    source = zipped(tmp_path / "p.zip", files)
    options = ("--layers", "4 relu", "--epochs", 1, "--no-log")
    kept = lamina(tmp_path, "train", source, "-o", "kept", *options)
    streamed = lamina(tmp_path, "train", source, "-o", "streamed", "--memory", "1MB", *options)
    assert (kept.status, streamed.status) == (0, 0)
    assert "streamed" not in kept.err
    assert (
        "note: in memory the examples would take 1.15 MB, more than the 1 MB that they may (--memory): they are kept "
        "on disk and streamed, with the same results" in streamed.err
    )
    models = [tmp_path / f"{name}.safetensors" for name in ("kept", "streamed")]
    assert models[0].read_bytes() == models[1].read_bytes()


def test_a_memory_that_is_no_size(tmp_path: Path) -> None:
    ended = lamina(tmp_path, "train", "iris", "--memory", "much")
    assert (ended.status, ended.err) == (2, "error: --memory needs a size such as 2GB, 500MB or 1.5GiB; got 'much'\n")
