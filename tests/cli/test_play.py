"""Playing through the commands: trained, asked, played against by a person, by random and by perfect play."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.program import error_of, lamina
from tests.trained import iris

pytestmark = pytest.mark.slow  # players take long to train

QUICK = ("--layers", "32 relu", "--epochs", "4", "--learning-rate", "0.01", "--no-log", "-o", "model.safetensors")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with a model of tic-tac-toe, and what its training said."""
    folder = tmp_path_factory.mktemp("playing")
    outcome = lamina(folder, "train", "tic_tac_toe", *QUICK)
    assert outcome.status == 0, outcome.err
    assert outcome.err == ""
    return folder, outcome.out


@pytest.fixture
def folder(trained: tuple[Path, str]) -> Path:
    return trained[0]


def test_train_says_what_is_learnt_and_how_the_games_went(trained: tuple[Path, str]) -> None:
    _, out = trained
    assert out.startswith("tic_tac_toe: 9,192 examples of 3 x 3 fields, its own parts: 8,192 training, 500 validation")
    assert "predicting the next move of tic_tac_toe: the network learns it from games against itself" in out
    assert 'SelfPlay(game="tic_tac_toe")' in out
    assert "epoch   4  loss 0." in out
    test = next(line for line in out.splitlines() if line.startswith("test   "))
    assert "won against random 0." in test
    assert "lost against perfect " in test
    assert "(500 examples never trained on)" in test


def test_predict_answers_for_typed_boards_and_for_a_file(folder: Path) -> None:
    typed = json.loads(lamina(folder, "predict", "model.safetensors", "--text", "xx./oo./...", "--json").out)
    assert set(typed[0]["probabilities"]) == {"3", "6", "7", "8", "9"}
    (folder / "boards.txt").write_text("xx./oo./...\n\nxxx/.../...\n.../.../...\n")
    told = lamina(folder, "predict", "model.safetensors", "boards.txt")
    assert told.status == 1
    assert [line.split("  ")[0] for line in told.out.splitlines()] == ["line 1", "line 4"]
    assert told.err.startswith("error: line 3: 3 x and 0 o cannot be: x begins")
    (folder / "empty.txt").write_text("\n")
    assert "has no board: one on each line is needed, such as .../.../..." in error_of(
        lamina(folder, "predict", "model.safetensors", "empty.txt")
    )


def test_evaluate_and_check(folder: Path) -> None:
    found = json.loads(lamina(folder, "evaluate", "model.safetensors", "tic_tac_toe", "--json").out)
    assert found["examples"] == 500
    assert 0 <= found["lost against perfect"] <= 1
    looked = lamina(folder, "check", "tic_tac_toe").out
    assert "guessing without looking at the inputs: loss 0." in looked


def test_many_games_by_itself(folder: Path) -> None:
    told = lamina(folder, "play", "model.safetensors", "--against", "random", "--games", "100").out
    assert told.startswith("100 games against random play: ")
    found = json.loads(
        lamina(folder, "play", "model.safetensors", "--against", "perfect", "--games", "50", "--json").out
    )
    assert found["games"] == 50 == found["won"] + found["drawn"] + found["lost"]
    assert found["won"] == 0


def answers(monkeypatch: pytest.MonkeyPatch, folder: Path, typed: str, *options: str) -> tuple[list[str], str, int]:
    """What is said when a person types so."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    told = lamina(folder, "play", "model.safetensors", *options)
    return told.out.splitlines(), told.err, told.status


def test_a_game_against_a_person(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = "1\n1\n" + "\n".join("123456789") + "\n"  # those that are taken are refused, and the next is tried
    out, err, status = answers(monkeypatch, folder, typed)
    assert status == 0
    assert out[:3] == [" 1 2 3", " 4 5 6", " 7 8 9"]
    assert out[3].startswith("the model plays field ")
    assert out[3].count(" %") == 3
    assert out[4].startswith(" x ")
    assert out[-1] in ("a draw", "you have won", "the model has won")
    assert all("is taken; free are " in line for line in err.splitlines())
    assert err


def test_the_model_may_begin(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, _, _ = answers(monkeypatch, folder, "5\n1\n2\n3\n4\n6\n7\n8\n9\n" * 2, "--second")
    assert out[0].startswith("the model plays field ")
    assert "".join(out[1:4]).count("x") == 1


def test_what_is_no_move_is_said_and_a_game_needs_its_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, err, status = answers(monkeypatch, folder, "middle\n10\n")
    assert status == 2
    assert err.splitlines() == [
        "error: a move is the number of a field, 1 to 9; got 'middle'",
        "error: a move is the number of a field, 1 to 9; got '10'",
        "error: the input ended before the game did: it needs a move on each line",
    ]


class Terminal(io.StringIO):
    """Standard input that a person types into."""

    def isatty(self) -> bool:
        return True


def test_a_person_may_leave(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("quit\n"))
    told = lamina(folder, "play", "model.safetensors")
    assert (told.status, told.err) == (0, "note: you are x, the model o; type the number of a field\n")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--games", "5"), "--games and --json are for games that the model plays by itself: give --against too"),
        (("--against", "random", "--second"), "--second is for a game against a person"),
        (("--against", "me"), "a model plays against random or perfect; got 'me'"),
        (("--against", "random", "--games", "0"), "play needs 1 to 1,000,000 games; got 0"),
    ],
)
def test_options_that_do_not_go_together(folder: Path, options: tuple[str, ...], why: str) -> None:
    assert why in error_of(lamina(folder, "play", "model.safetensors", *options))


def test_a_model_of_another_kind_does_not_play(tmp_path: Path) -> None:
    iris().save(tmp_path / "iris.safetensors")
    for options in (("--against", "random"), ("--second",)):
        why = error_of(lamina(tmp_path, "play", "iris.safetensors", *options))
        assert why == "only a model that has learnt a game can play; this one predicts class"
    assert "are for a model that has learnt a game: give its file" in error_of(lamina(tmp_path, "play", "--second"))
