"""The benchmarks' own arithmetic, and that a peer can be run as a program."""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

import lamina
from benchmarks import (
    accuracy,
    alarms,
    commands,
    comparing,
    explaining,
    flat,
    forecasts,
    kernels,
    language,
    mixed,
    profile,
    raw_data,
    reading,
    roofline,
    startup,
    translation,
)
from lamina.comparing.results import LeftOut
from lamina.data.column_kinds import guess_kinds
from lamina.data.table_reading import read_table_file
from tests.comparing import made

ROOT = Path(__file__).resolve().parents[2]


def test_accuracy_tells_the_mean_and_the_worst() -> None:
    runs = [accuracy.Trained(0.01, 360, 4.0, 500.0), accuracy.Trained(0.02, 360, 2.0, 700.0)]
    row = accuracy.row("lamina train digits", runs)
    assert list(row) == ["`lamina train digits`", 2, "1.50 %", "2.00 %", "360", "3.0", "4.0", "700"]


def test_native_and_pure_kernels_are_held_against_the_spread_of_the_seeds() -> None:
    learnt = accuracy.Experiment("digits", "", (), 3, "digits")
    near = kernels.Pair(learnt, [0.02, 0.03, 0.04], [0.03, 0.04, 0.05])
    assert list(near.row()) == [
        "`lamina train digits`", 3, "error", "3.00 %", "4.00 %", "1.00 %", "yes",
    ]  # fmt: skip
    series = accuracy.Experiment("airline", "", (), 2, "x.csv", kernels.DISTANCE)
    far = kernels.Pair(series, [10.0, 10.0], [11.0, 11.1])
    assert list(far.row())[2:] == ["mean absolute error", "10.000", "11.050", "0.071", "no"]
    assert kernels.verdict([near, near]) == "2 of 2 pairs agree within the spread of their seeds."
    assert kernels.verdict([near, far]) == "1 of 2 pairs agree within the spread of their seeds, not airline."
    assert all(one.seeds >= 3 for one in kernels.EXPERIMENTS)


def test_a_profile_adds_up_what_is_of_one_kind() -> None:
    program = """
      %a.1 = f32[2,3]{1,0} custom-call(%x, %y), custom_call_target="lamina_product_1"
      ROOT %a.2 = f32[2,3]{1,0} custom-call(%x, %y), custom_call_target="lamina_product_1"
      %b = f32[4]{0} fusion(%a.1), kind=kLoop, metadata={op_name="jit(advance)/while/body/transpose(jvp())/add"}
      %c = (f32[4]{0}, s32[]) get-tuple-element(%a.1), index=0
    """
    words = dict(profile.described(program))
    assert words == {"a.1": ("product", "2 x 3"), "a.2": ("product", "2 x 3"), "b": ("backwards: add (XLA)", "4")}
    steps = profile.TASKS["mlp"].steps
    events = [
        *(
            {"ph": "X", "name": name, "ts": 1e6 + place, "dur": 500.0 * steps}
            for place, name in enumerate(("a.1", "a.2"))
        ),
        {"ph": "X", "name": "b", "ts": 2e6, "dur": 1e6},
        {"ph": "X", "name": "python", "ts": 0.0, "dur": 9e9},
        {"ph": "M", "name": "b"},
    ]
    times, seconds = profile.spent(events, words)
    assert seconds == pytest.approx(2.0)
    lines = profile.told("mlp", words, times, seconds).splitlines()
    assert lines[0] == f"### 784-128-10, batch 32: {2e3 / steps:.2f} ms a step"
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[4:]]
    share = 1e3 * steps / (1e3 * steps + 1e6)
    assert cells[[cell[0] for cell in cells].index("product")][3:] == ["1.000", f"{100 * share:.0f} %"]


def test_the_first_pictures_of_each_class_are_taken(tmp_path: Path) -> None:
    for part in ("train", "test"):
        for name in ("cat", "dog"):
            (folder := tmp_path / "set" / part / name).mkdir(parents=True)
            for number in (2, 0, 1):
                (folder / f"{number}.jpg").write_bytes(b"picture")
    with tarfile.open(tmp_path / "set.tar.gz", "w:gz") as packed:
        packed.add(tmp_path / "set", "set")
    found = kernels.first_pictures(tmp_path / "set.tar.gz", tmp_path / "part", {"train": 2, "test": 1})
    assert sorted(str(path.relative_to(found)) for path in found.rglob("*.jpg")) == [
        "test/cat/0.jpg", "test/dog/0.jpg",
        "train/cat/0.jpg", "train/cat/1.jpg", "train/dog/0.jpg", "train/dog/1.jpg",
    ]  # fmt: skip


def test_forecasts_tell_the_mean_the_worst_and_the_naive_one() -> None:
    runs = [forecasts.Trained(10.0, 51.0, 13, 4.0), forecasts.Trained(12.0, 51.0, 13, 2.0)]
    assert forecasts.row("x", runs) == ("`x`", 2, "11.000", "12.000", "51.000", 13, "3.0")


def test_raw_data_tells_the_mean_the_worst_and_the_flat_algorithms() -> None:
    experiment = raw_data.Experiment("sms", "sms.tsv", 2, "f1 spam", "98 %", {"target": "label"})
    runs = [
        raw_data.Measured({"Lamina": (0.99, 0.95), "SVM": (0.98, 0.9)}, 4.0, False, 100),
        raw_data.Measured({"Lamina": (0.97, 0.93), "SVM": (0.96, 0.8)}, 2.0, False, 100),
    ]
    assert raw_data.row(experiment, runs) == (
        "`lamina train $LAMINA_DATA/sms.tsv --target label`", 2, "accuracy, F1 of spam", "98 %", "98.00 %, F1 0.940",
        "97.00 %, F1 0.930", "3.0", "97.00 %, F1 0.850",
    )  # fmt: skip


def test_of_an_error_the_largest_is_the_worst() -> None:
    experiment = raw_data.Experiment("ratings", "r.zip", 2, "root_mean_squared_error", "0.875", member="x/ratings.csv")
    runs = [raw_data.Measured({"Lamina": (score,)}, 1.0, True, 9) for score in (0.85, 0.87)]
    assert raw_data.row(experiment, runs)[:6] == (
        "`lamina train ratings.csv`", 2, "RMSE", "0.875", "0.8600", "0.8700",
    )  # fmt: skip


@pytest.mark.slow
def test_flat_algorithms_get_the_rows_of_the_run(tmp_path: Path) -> None:
    lines = [f"{n % 40},{'north' if n % 3 else 'south'},{'high' if n % 40 > 20 else 'low'}" for n in range(120)]
    (tmp_path / "table.csv").write_text("\n".join(["size,side,level", *lines]) + "\n")
    prepared = lamina.train(tmp_path / "table.csv", target="level", epochs=1).prepared
    found = {peer.name: peer.answers for peer in flat.peers(prepared, classes=True, seed=0)}
    truth = prepared.targets[prepared.split.test]
    assert list(found) == ["gradient boosting", "SVM", "linear"]
    assert all((answers == truth).mean() > 0.8 for answers in found.values())


def test_alarms_are_held_against_what_is_known() -> None:
    clean = alarms.CleanSet("iris", {}, {alarms.COPIES: "one flower", "few pictures": "no"})
    notes = lamina.check("iris").notes
    said = alarms.Said(clean, alarms.warnings_of([*notes, "size alone tells the class in every row"]))
    assert (said.false, said.missed) == ({"a column tells the target"}, {"few pictures"})
    counted = {name: counts for name, *counts in alarms.rows([said])}
    assert counted[alarms.COPIES] == [1, 0, 0]
    assert counted["a column tells the target"] == [0, 1, 0]
    assert counted["few pictures"] == [0, 0, 1]


def test_thumbnails_are_means_of_blocks() -> None:
    picture = np.zeros((1, 32, 33, 1), np.uint8)
    picture[0, :2, :2] = 255
    found = flat._thumbnails(picture)
    assert found.shape == (1, 256)
    assert (found[0, 0], found[0, 1:].max()) == (1.0, 0.0)


def test_accuracy_without_memory_figures() -> None:
    assert accuracy.row("x", [accuracy.Trained(0.0, 1, 1.0, None)])[-1] == "-"


def test_startup_tells_the_median() -> None:
    assert startup.row("import lamina", [3.0, 1.0, 2.0]) == ("import lamina", "2.00", "1.00", "3.00")


def test_reading_tells_the_rate() -> None:
    row = reading.row("a CSV", 200_000_000, commands.Finished(5.0, 700.4, "4.0 1000000 ['number']\n"))
    assert row == ("a CSV", "200", "4.0", "250,000", "700")


@pytest.mark.slow
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


def test_the_columns_beside_pictures_tell_something_and_not_all(tmp_path: Path) -> None:
    truth = np.arange(1_000) % 10
    told = mixed.columns(truth, seed=0)
    assert 0.8 < np.mean((told["parity"] == "odd") == (truth % 2 == 1)) < 0.9
    assert 0.8 < np.mean(told["range"] == np.array(list("abcd"))[truth // 3]) < 0.9
    assert 1.8 < np.std(told["near"] - truth) < 2.2
    path = mixed.write_table(tmp_path / "digits", np.zeros((10, 4, 4), np.uint8), truth[:10], seed=0)
    kinds = {name: guess.kind for name, guess in guess_kinds(read_table_file(path).table).items()}
    assert kinds == {"picture": "picture", "parity": "category", "range": "category", "near": "number", "digit": "id"}


def test_errors_are_told_with_their_range() -> None:
    assert mixed.rows({"both": [(0.02, 10.0), (0.01, 20.0)]}) == [("both", 2, "1.50 %", "1.00 %", "2.00 %", "15.0")]


def test_a_dictionary_of_pairs_finds_the_words_that_go_together() -> None:
    sources = ["the cat", "the dog", "a cat", "a dog sleeps"]
    dictionary = translation.Dictionary(sources, ["le chat", "le chien", "un chat", "un chien dort"])
    assert dictionary.words["cat"] == "chat"
    assert dictionary.words["dog"] == "chien"
    assert dictionary.translate("The cat sleeps loudly") == "Le chat dort loudly"


def test_explanations_are_told_with_the_slowest() -> None:
    times = [(1.0, 0.5), (3.0, 0.7), (2.0, 0.6)]
    assert list(explaining.row("digits", "empty", times)) == [
        "`lamina train digits`", "empty", "2.00", "3.00", "0.60", "2",
    ]  # fmt: skip


def test_every_cell_of_a_comparison_is_run_or_named() -> None:
    left = [LeftOut("SVM", "raw values", 100.0, seed, "the time was over") for seed in range(2)]
    errors = {**made.FLOWERS, "SVM": {50.0: (0.1, 0.1, 0.1), 100.0: ()}}
    told = comparing.COMPARISONS["penguins"], made.found(errors, left_out=left), 61.25
    command = "`lamina compare $LAMINA_DATA/penguins/penguins.csv --target species`"
    assert list(comparing.row(*told)) == [command, "61.2", "120", "30", "27", "2", "1"]
    section = comparing.body(*told)
    assert "> whether more data would help" in section or "> more data" in section
    assert "  SVM: 100 % (seeds 0 to 1); 100 %: the time was over" in section


def test_a_translation_is_told_beside_word_by_word() -> None:
    found = [translation.Found(30.0, 12.0, 2200, 100.0), translation.Found(28.0, 14.0, 2210, 90.0)]
    assert list(translation.row("lamina train", found)) == [
        "`lamina train`", 2, "29.0", "28.0", "13.0", "2,200", "95", "100",
    ]  # fmt: skip


def test_counts_of_characters_are_mixed_by_what_is_known() -> None:
    counts = language.Counts("abab", before=1)
    # Alone, a: (2 + 2 / 3) / (4 + 2), with 2 of 4 seen, 2 kinds and 3 possible characters; after b, 1 of 1, 1 kind.
    alone = (2 + 2 / 3) / 6
    assert counts.chance("", "a") == pytest.approx(alone)
    assert counts.chance("b", "a") == pytest.approx((1 + alone) / 2)
    assert counts.chance("z", "a") == pytest.approx(alone)
    assert sum(counts.chance("b", character) for character in "abz") == pytest.approx(1)
    assert counts.nats(["ba"]) == pytest.approx(-np.log((1 + alone) / 2))


def test_the_roofline_says_what_is_in_reach() -> None:
    convolution = roofline.Operation("convolution", 2, len, (), 100.0, 1.0)
    norm = roofline.Operation("norm", 1, len, (), 0.0, 1.0)
    said = roofline.conclusion([(convolution, 1.0), (norm, 0.5)], roofline.Ceilings(125.0, 1.0))
    assert "at 80% of the machine's rate, with the norms between them at 64%;" in said
    assert said.endswith("The goal of 80% for the step is out of reach so.")
