"""lamina tune: whole searches, what is refused, what a stop leaves."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from tests.cli.program import TIMEOUT, error_of, lamina, start

pytestmark = pytest.mark.slow

QUICK = ("--epochs", "3", "--trials", "4")


def test_a_search_becomes_a_model_file_and_goes_on(tmp_path: Path) -> None:
    first = lamina(tmp_path, "tune", "iris", *QUICK, "--figure", "trials.svg", "--report", "study.html")
    assert first.status == 0, first
    lines = first.out.splitlines()
    assert lines[0].startswith("iris: 108 examples to learn from, 12 to choose by; predicting class, one of 3 classes")
    assert lines[1].startswith("searching learning_rate, batch_size, weight_decay, width, depth, dropout; 3 epochs a")
    assert lines[2].startswith("trial    0  validation loss ")
    assert any(line.startswith("best      validation loss ") for line in lines)
    assert any(line.endswith("(30 examples never trained on, looked at once)") for line in lines)
    assert lines[-3:] == ["saved  iris.safetensors", "drawn  trials.svg", "saved  study.html"], "the model comes first"
    assert "What was found for iris?" in (tmp_path / "study.html").read_text(encoding="utf-8")
    assert (tmp_path / "iris.study.db").exists()
    assert ">validation loss<" in (tmp_path / "trials.svg").read_text(encoding="utf-8")
    again = lamina(tmp_path, "tune", "iris", *QUICK)
    assert "going on after" in again.out
    assert "again  the best was another process's, which keeps its weights: it is trained for the model" in again.out
    assert again.out.splitlines()[-1] == "saved  iris-2.safetensors"
    shown = lamina(tmp_path, "show", "iris.safetensors")
    assert "trials by the validation part; the test part was looked at once, afterwards" in " ".join(shown.out.split())


def test_what_is_refused(tmp_path: Path) -> None:
    lamina(tmp_path, "tune", "iris", "--epochs", "2", "--trials", "1")
    for words, complaint in (
        (["iris", "--epochs", "3"], "cannot be gone on with: its settings.epochs was 2, now it is 3"),
        (["iris", "--study", "nowhere/s.db"], "the study 'iris' cannot be opened in nowhere/s.db"),
        (["iris", "-o", "nowhere/m.safetensors"], "-o names the model file; nowhere/m.safetensors is in nowhere"),
        (["iris", "--network", "mlp", "--layers", "64 relu"], "--network names a design and --layers describes one"),
        (["iris", "--figure", "nowhere/x.png"], "--figure names a file; nowhere/x.png is in nowhere"),
        (["iris", "--report", "x.pdf"], "a report is written as .html or .htm; got 'x.pdf'"),
        (["iris", "--report", "nowhere/x.html"], "a report is written into a folder that exists; nowhere does not"),
        (["iris", "--time", "soon"], "--time needs a time such as 60s, 5m or 1h; got 'soon'"),
        (["nowhere.csv"], "there is no file or folder 'nowhere.csv'"),
    ):
        assert complaint in error_of(lamina(tmp_path, "tune", *words)), words


@pytest.mark.skipif(sys.platform == "win32", reason="signals of its own")
def test_a_stop_saves_the_best_and_the_same_command_goes_on(tmp_path: Path) -> None:
    process = start(tmp_path, "tune", "digits", "--epochs", "3", "--time", "5m")
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("trial    1"):
            break
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130, errors
    assert "stopped by" in rest
    assert "the same command goes on with the study" in rest
    assert (tmp_path / "digits.safetensors").exists()
    more = lamina(tmp_path, "tune", "digits", "--epochs", "3", "--trials", "1")
    assert "going on after" in more.out
    assert more.status == 0


def test_the_time_is_kept(tmp_path: Path) -> None:
    began = time.monotonic()
    process = start(tmp_path, "tune", "iris", "--time", "25s")
    out, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, errors
    assert time.monotonic() - began < 40
    assert out.count("trial ") > 3
    assert (tmp_path / "iris.safetensors").exists()
