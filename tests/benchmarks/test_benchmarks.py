"""The benchmarks' own arithmetic, and that a peer can be run as a program."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import accuracy, commands, forecasts, reading, speed, startup, translation
from benchmarks.peers.job import Job, Outcome

ROOT = Path(__file__).resolve().parents[2]


def test_the_first_epoch_is_not_counted_but_told_as_compiling() -> None:
    lamina = [Outcome([3.0, 1.0, 1.2], 0.1, 0.02), Outcome([2.0, 1.1, 1.0], 0.3, 0.04)]
    other = [Outcome([2.0, 2.1, 2.1], 0.2, 0.03)]
    first, second = speed.rows({"Lamina": lamina, "other": other})
    assert list(first) == ["Lamina", "1.050", "1.000", "1.00", "1.45", "0.2000", "3.00 %"]
    assert list(second) == ["other", "2.100", "2.100", "2.00", "0.00", "0.2000", "3.00 %"]


def test_accuracy_tells_the_mean_and_the_worst() -> None:
    runs = [accuracy.Trained(0.01, 360, 4.0, 500.0), accuracy.Trained(0.02, 360, 2.0, 700.0)]
    row = accuracy.row("lamina train digits", runs)
    assert list(row) == ["`lamina train digits`", 2, "1.50 %", "2.00 %", "360", "3.0", "4.0", "700"]


def test_forecasts_tell_the_mean_the_worst_and_the_naive_one() -> None:
    runs = [forecasts.Trained(10.0, 51.0, 13, 4.0), forecasts.Trained(12.0, 51.0, 13, 2.0)]
    assert forecasts.row("x", runs) == ("`x`", 2, "11.000", "12.000", "51.000", 13, "3.0")


def test_accuracy_without_memory_figures() -> None:
    assert accuracy.row("x", [accuracy.Trained(0.0, 1, 1.0, None)])[-1] == "-"


def test_startup_tells_the_median() -> None:
    assert startup.row("import lamina", [3.0, 1.0, 2.0]) == ("import lamina", "2.00", "1.00", "3.00")


def test_reading_tells_the_rate() -> None:
    row = reading.row("a CSV", 200_000_000, commands.Finished(5.0, 700.4, "4.0 1000000 ['number']\n"))
    assert row == ("a CSV", "200", "4.0", "250,000", "700")


def test_what_is_read_is_what_is_promised(tmp_path: Path) -> None:
    reading.write_table(tmp_path / "table.csv", 120)
    reading.write_pictures(tmp_path / "pictures", 20)
    found = commands.run([sys.executable, "-c", reading.READ_TABLE, str(tmp_path / "table.csv")]).output.split(" ", 2)
    kinds = ["category"] * 5 + ["date"] * 3 + ["number"] * 10 + ["text"] * 2
    assert (found[1], found[2].strip()) == ("120", str(kinds))
    pictures = commands.run([sys.executable, "-c", reading.READ_PICTURES, str(tmp_path / "pictures")])
    assert pictures.output.split()[1] == "20"


def test_a_program_is_measured_from_outside() -> None:
    program = "import sys; held = bytearray(60 * 2**20); print(len(held)); print('said', file=sys.stderr)"
    finished = commands.run([sys.executable, "-c", program])
    assert finished.output == f"{60 * 2**20}\n"
    assert finished.seconds > 0
    # A process starts as a copy of the one that starts it, whose size counts on some systems.
    own = commands.run([sys.executable, "-c", "pass"]).mebibytes or 0.0
    assert finished.mebibytes is None or 60 < finished.mebibytes < own + 100


def test_a_program_that_fails_ends_the_benchmark_with_its_words() -> None:
    with pytest.raises(SystemExit, match=r"(?s)ended with status 3.*because"):
        commands.run([sys.executable, "-c", "import sys; print('because', file=sys.stderr); sys.exit(3)"])


def test_the_environment_is_added_to() -> None:
    command = [sys.executable, "-c", "import os; print(os.environ['ADDED'], 'PATH' in os.environ)"]
    assert commands.run(command, {"ADDED": "yes"}).output == "yes True\n"


@pytest.mark.parametrize("named", [None, "/nowhere"])
def test_where_mnist_is_missing_it_is_said(monkeypatch: pytest.MonkeyPatch, named: str | None) -> None:
    monkeypatch.delenv("LAMINA_DATA", raising=False)
    if named:
        monkeypatch.setenv("LAMINA_DATA", named)
    with pytest.raises(SystemExit, match="MNIST is needed: LAMINA_DATA must name a folder"):
        commands.mnist_folder()


def test_a_missing_library_is_left_out_with_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert not speed._is_installed(speed.Peer("Nothing", "no_such_package", "nothing"))
    assert capsys.readouterr().out.startswith("Nothing is left out: no_such_package is not installed")


@pytest.mark.slow
@pytest.mark.parametrize("network", ["784-128-10", "LeNet-5"])
def test_lamina_as_a_peer(mnist_folder: Path, network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("LAMINA_DATA", str(mnist_folder.parent))
    job = Job(network, 64, 2, 0, 2, 6000)
    finished = commands.run([sys.executable, "-m", "benchmarks.peers.lamina", *job.words()])
    outcome = Outcome(**json.loads(finished.output.splitlines()[-1]))
    assert len(outcome.epoch_seconds) == 2
    assert outcome.loss < 1.0
    assert outcome.error < 0.25


def test_a_dictionary_of_pairs_finds_the_words_that_go_together() -> None:
    sources = ["the cat", "the dog", "a cat", "a dog sleeps"]
    dictionary = translation.Dictionary(sources, ["le chat", "le chien", "un chat", "un chien dort"])
    assert dictionary.words["cat"] == "chat"
    assert dictionary.words["dog"] == "chien"
    assert dictionary.translate("The cat sleeps loudly") == "Le chat dort loudly"


def test_a_translation_is_told_beside_word_by_word() -> None:
    found = [translation.Found(30.0, 12.0, 2200, 100.0), translation.Found(28.0, 14.0, 2210, 90.0)]
    assert list(translation.row("lamina train", found)) == [
        "`lamina train`", 2, "29.0", "28.0", "13.0", "2,200", "95", "100",
    ]  # fmt: skip
