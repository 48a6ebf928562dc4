"""Pairs of texts through the commands: trained, asked, typed to, measured."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.program import error_of, lamina
from tests.pair_models import model, table
from tests.trained import iris

pytestmark = pytest.mark.slow  # translators take long to train


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A table of pairs and a trained model."""
    (tmp_path / "animals.tsv").write_text(f"source\ttarget\n{table()}", encoding="utf-8")
    (tmp_path / "new.txt").write_text("The red cat sleeps.\n\nThe pink hen.\n", encoding="utf-8")
    model().save(tmp_path / "model.safetensors")
    return tmp_path


@pytest.mark.slow
def test_train_and_check_say_what_is_learnt(folder: Path) -> None:
    looked = lamina(folder, "check", "animals.tsv", "--task", "translation")
    assert "target is learnt as the answer to source (--target names another column)" in looked.out
    assert "each text of source is on one side: test the " in looked.out
    assert "Bidirectional" in looked.out
    on = ("--from", "model.safetensors", "--epochs", "1", "--no-log")  # whose small network is compiled already
    trained = lamina(folder, "train", "animals.tsv", "--task", "translation", *on)
    assert trained.status == 0, trained.err
    assert "predicting target, a text of at most " in trained.out
    assert "BLEU " in trained.out
    assert (folder / "animals.safetensors").exists()


def test_predict_typed_texts_and_files(folder: Path) -> None:
    typed = lamina(folder, "predict", "model.safetensors", "--text", "The red cat sleeps.", "--json")
    assert json.loads(typed.out) == [{"name": "text 1", "target": "Le chat rouge dort."}]
    told = lamina(folder, "predict", "model.safetensors", "new.txt", "--csv").out.splitlines()
    assert told[:2] == ["name,target,error", "line 1,Le chat rouge dort.,"]
    assert told[2].startswith("line 3,")


def test_chat_answers_line_by_line_until_an_empty_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("The red cat sleeps.\nThe green dog runs!\n\nThe pink hen.\n"))
    told = lamina(folder, "chat", "model.safetensors")
    assert told.status == 0
    assert told.out.splitlines() == ["Le chat rouge dort.", "Le chien vert court\u202f!"]
    assert told.err == ""


class Terminal(io.StringIO):
    """Standard input that a person types into."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("end", ["quit\n", "EXIT\nThe pink hen.\n", ""])
def test_chat_asks_a_person_and_ends_when_told(folder: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(f"The red cat sleeps.\n{end}"))
    told = lamina(folder, "chat", "model.safetensors")
    assert told.status == 0
    assert told.out.replace("> ", "").split("\n")[0] == "Le chat rouge dort."
    assert "pink" not in told.out
    assert told.err == "note: source is answered with target; an empty line, Ctrl-D or quit ends it\n"


def test_evaluate_tells_bleu(folder: Path) -> None:
    found = json.loads(lamina(folder, "evaluate", "model.safetensors", "animals.tsv", "--json").out)
    assert found["examples"] == 22, "what was held out"
    assert found["BLEU"] > 80
    assert "BLEU      " in lamina(folder, "evaluate", "model.safetensors", "animals.tsv").out


def test_what_is_refused(folder: Path) -> None:
    iris().save(folder / "iris.safetensors")
    refused = error_of(lamina(folder, "chat", "iris.safetensors"))
    assert refused == "only a model of pairs of texts answers with a text; this one predicts class"
    wrong = error_of(lamina(folder, "train", "animals.tsv", "--task", "translation", "--horizon", "3"))
    assert "--horizon is for a series" in wrong
