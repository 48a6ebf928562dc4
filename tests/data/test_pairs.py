"""Pairs of texts: where they are read from, what is said of them, and how they are divided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import lamina
from lamina.data.dataset import Dataset
from lamina.data.pairs import Pairs, questions, questions_from_file
from lamina.data.split import split
from lamina.errors import DataError

LINES = 'Go.\tVa !\nRun!\tCours\u202f!\nRun!\tCourez\u202f!\nSay "hi".\tDis «\u00a0salut\u00a0».\n'


def pairs_of(text: str, tmp_path: Path, name: str = "pairs.tsv", **reading: Any) -> tuple[Pairs, Dataset]:
    """What is read from a table of this text."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    dataset = lamina.read(path, task="translation", **reading)
    assert isinstance(dataset.inputs, Pairs)
    return dataset.inputs, dataset


def test_a_table_without_names_is_read_as_it_is_written(tmp_path: Path) -> None:
    inputs, dataset = pairs_of(LINES, tmp_path)
    assert inputs.sources == ("Go.", "Run!", "Run!", 'Say "hi".')
    assert inputs.targets == ("Va !", "Cours\u202f!", "Courez\u202f!", "Dis «\u00a0salut\u00a0».")
    assert inputs.names == ("line 1", "line 2", "line 3", "line 4")
    assert (dataset.target, dataset.task, dataset.group) == ("column 2", "translation", "text of column 1")
    assert inputs.references()["Run!"] == ["Cours\u202f!", "Courez\u202f!"]


def test_a_first_line_of_sentences_is_a_pair(tmp_path: Path) -> None:
    inputs, _ = pairs_of("Hello.\tBonjour.\nThanks.\tMerci.\n", tmp_path)
    assert inputs.sources == ("Hello.", "Thanks.")
    named, dataset = pairs_of("Hello.\tBonjour.\nThanks.\tMerci.\n", tmp_path, header=True)
    assert (named.sources, dataset.target) == (("Thanks.",), "Bonjour.")


def test_names_of_columns_are_taken_and_said(tmp_path: Path) -> None:
    text = "number,english,french\n1,Go.,Va.\n2,Stop.,Arrête.\n"
    inputs, dataset = pairs_of(text, tmp_path, "pairs.csv", target="french")
    assert (inputs.sources, inputs.targets, inputs.column) == (("Go.", "Stop."), ("Va.", "Arrête."), "english")
    assert "other columns are left out: number" in dataset.notes
    assert "the first line is taken for names of columns (--no-header takes it for a pair)" in dataset.notes
    text = "english,french\nGo.,Va.\nStop.,Arrête.\n"
    inputs, dataset = pairs_of(text, tmp_path, "pairs.csv", target="english")
    assert (inputs.sources, dataset.target, inputs.column) == (("Va.", "Arrête."), "english", "french")


def test_half_pairs_are_left_out_by_name(tmp_path: Path) -> None:
    lines = "".join(f"word {n}.\tmot {n} !\n" for n in range(60))
    inputs, dataset = pairs_of(f"{lines}lonely.\t\n", tmp_path)
    assert len(inputs) == 60
    assert [(one.name, one.reason) for one in dataset.skipped] == [("line 61", "it has no column 2")]


def test_lists_and_frames() -> None:
    dataset = lamina.read((["Go.", "Stop."], ["Va.", "Arrête."]), task="translation")
    assert isinstance(dataset.inputs, Pairs)
    assert dataset.inputs.targets == ("Va.", "Arrête.")
    assert dataset.inputs.names == ("pair 1", "pair 2")
    frame = pandas.DataFrame({"question": ["Who?"], "answer": ["I."]})
    inputs = lamina.read(frame, task="translation").inputs
    assert isinstance(inputs, Pairs)
    assert (inputs.sources, inputs.targets) == (("Who?",), ("I.",))


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="each source needs its target; got 2 sources and 1 targets"):
        lamina.read((["a", "b"], ["c"]), task="translation")
    with pytest.raises(DataError, match=r"given as \(sources, targets\); got 3 things"):
        lamina.read((["a"], ["b"], ["c"]), task="translation")
    with pytest.raises(DataError, match="pairs of texts need lists of strings; got int"):
        lamina.read((["a"], 3), task="translation")
    with pytest.raises(DataError, match="texts need a list of strings; number 1 is of type int"):
        lamina.read((["a"], [3]), task="translation")
    with pytest.raises(DataError, match=r"pairs has too few columns of texts \(english\); pairs need two"):
        pairs_of("english\nGo.\nStop.\n", tmp_path, "pairs.csv")
    with pytest.raises(DataError, match="there is no column 'german'; the columns are"):
        pairs_of(LINES, tmp_path, target="german")
    with pytest.raises(DataError, match="--task translation needs pairs of texts: a table with two columns"):
        lamina.read("digits", task="translation")


def test_equal_sources_stay_on_one_side_whatever_their_case() -> None:
    sources = [
        f"{word}{end}" for n in range(40) for word, end in ((f"say {n}", "."), (f"Say  {n}", "."), (f"go {n}", "!"))
    ]
    dataset = lamina.read((sources, [f"réponse {n}" for n in range(120)]), task="translation")
    parts = split(dataset, seed=0)
    held = [
        {" ".join(sources[row].lower().split()) for row in rows} for rows in (parts.train, parts.validation, parts.test)
    ]
    assert all(held)
    assert not held[0] & held[1] | held[0] & held[2] | held[1] & held[2]
    assert any(note.startswith("each text of source is on one side: ") for note in parts.notes)


def test_hashes_tell_pairs_apart() -> None:
    inputs = Pairs(("a", "a", "ab", "a"), ("b", "c", "", "b"), tuple("1234"))
    first, second, third, again = inputs.hashes()
    assert first == again
    assert len({first, second, third}) == 3
    assert inputs.subset(np.array([2, 0])).sources == ("ab", "a")


def test_questions_from_files(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_text("I am cold.\n\n  Go on!  \n", encoding="utf-8")
    assert questions_from_file(path, "english").sources == ("I am cold.", "Go on!")
    assert questions_from_file(path, "english").names == ("line 1", "line 3")
    table = tmp_path / "table.csv"
    table.write_text("number,english\n1,Go.\n2,Stop.\n", encoding="utf-8")
    assert questions_from_file(table, "english").sources == ("Go.", "Stop.")
    table.write_text(LINES, encoding="utf-8")
    assert questions_from_file(table, "column 1").sources[0] == "Go."
    path.write_text("\n \n", encoding="utf-8")
    with pytest.raises(DataError, match=r"lines.txt has no text: a sentence on each line is needed"):
        questions_from_file(path, "english")
    with pytest.raises(DataError, match=r"gone.txt: cannot be read \(No such file or directory\)"):
        questions_from_file(tmp_path / "gone.txt", "english")
    assert questions(["a"]).targets == ("",)
