"""Playing through the whole of the system: trained, saved, asked, measured; and what is refused."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import DataError, Dense, Flatten, Model, SelfPlay, Sequential, SettingError
from lamina.data.board_encoder import BoardEncoder
from lamina.data.boards import Boards, points_lost, starting_boards
from lamina.data.dataset import Dataset
from lamina.games.known import GAMES
from lamina.games.notation import read_board
from lamina.model.preparation import Choices, prepare
from tests.games import by_the_book
from tests.trained import iris

pytestmark = pytest.mark.slow  # players take long to train

SMALL = Sequential(Flatten(), Dense(32, "relu"), Dense(10))


@functools.cache
def boards() -> Dataset:
    return lamina.read("tic_tac_toe")


@pytest.fixture(scope="module")
def model() -> Model:
    return lamina.fit(boards(), SelfPlay(SMALL, "tic_tac_toe"), epochs=6, learning_rate=0.01)


def test_the_starting_boards_are_games_under_way() -> None:
    dataset = boards()
    assert isinstance(dataset.inputs, Boards)
    found = BoardEncoder("tic_tac_toe").encode(dataset.inputs)
    assert len(found[0]) == len(dataset), "none of them is over"
    texts, training = np.array(dataset.inputs.texts), np.asarray(dataset.parts) == "train"
    assert len(set(texts[~training])) == (~training).sum()
    empty = (texts[training] == ".../.../...").mean()
    assert 0.5 < empty < 0.65
    assert starting_boards("tic_tac_toe").fingerprint == dataset.fingerprint


def test_what_random_moves_lose_is_counted_for_the_player_to_move() -> None:
    chance = np.random.default_rng(0)
    board = read_board(GAMES["tic_tac_toe"], "xox/oxo/ox.")  # x fills the last field and wins
    assert points_lost(GAMES["tic_tac_toe"], board[None], chance).tolist() == [0.0]
    drawn = read_board(GAMES["tic_tac_toe"], "xox/oox/.xo")  # x fills the last field: a draw
    assert points_lost(GAMES["tic_tac_toe"], drawn[None], chance).tolist() == [0.5]
    boards = np.zeros((4_000, 3, 3), np.float32)
    expected = 1 - won_by_random(by_the_book.empty("tic_tac_toe"), True, {})
    assert abs(points_lost(GAMES["tic_tac_toe"], boards, chance).mean() - expected) < 0.02
    free = points_lost(GAMES["connect_four"], np.zeros((400, 6, 7), np.float32), chance)
    assert abs(free.mean() - 0.445) < 0.08, "random against random: who begins wins 55 or 56 of 100"


def won_by_random(board: by_the_book.Board, random: bool, values: dict[by_the_book.Board, int]) -> float:
    """The points that random moves get against perfect play, by going through all games."""
    winner = by_the_book.winner("tic_tac_toe", board)
    moves = by_the_book.free_moves("tic_tac_toe", board)
    if winner or not moves:
        return 0.5 if not winner else float(not random)  # who is to move has lost
    after = [by_the_book.after("tic_tac_toe", board, move) for move in moves]
    if not random:
        best = by_the_book.value(board, values)
        after = [one for one in after if -by_the_book.value(one, values) == best]
    return sum(won_by_random(one, not random, values) for one in after) / len(after)


def test_it_learns_and_says_so(model: Model) -> None:
    results = {measure.name: measure.value for measure in model.record.results}
    assert set(results) == {
        "loss", "entropy", "won against random", "lost against random", "won against perfect", "lost against perfect"
    }  # fmt: skip
    assert results["loss"] < 0.75 * model.record.guess
    assert results["won against random"] > 0.7
    assert results["won against perfect"] == 0
    losses = [epoch["loss"] for epoch in model.record.epochs]
    assert losses[-1] < losses[0]


def test_the_file_holds_it_all(model: Model, tmp_path: Path) -> None:
    loaded = Model.load(model.save(tmp_path / "model.safetensors"))
    boards = ["xx./oo./...", ".../.../..."]
    assert loaded.predict(boards) == model.predict(boards)
    assert str(lamina.play(loaded, "random", 50, seed=2)) == str(lamina.play(model, "random", 50, seed=2))


def test_it_takes_a_win_and_gives_chances_to_free_fields_alone(model: Model) -> None:
    answer = model.predict("xx./oo./...")[0]
    assert answer.value == "3"
    assert set(answer.probabilities) == {"3", "6", "7", "8", "9"}
    assert sum(answer.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert list(answer.probabilities.values()) == sorted(answer.probabilities.values(), reverse=True)


def test_games_come_again_with_their_seed_and_add_up(model: Model) -> None:
    one, same, other = (lamina.play(model, games=301, seed=seed) for seed in (1, 1, 2))
    assert one == same != other
    assert one.games == 301 == one.won + one.drawn + one.lost
    assert lamina.play(model, games=1).games == 1


def test_evaluate_measures_the_test_part_and_whole_games(model: Model) -> None:
    found = model.evaluate(boards())
    assert found.examples == 500
    results = {measure.name: measure.value for measure in model.record.results}
    assert found.numbers == pytest.approx({name: value for name, value in results.items() if name != "loss"})
    assert found.loss == pytest.approx(results["loss"])
    with pytest.raises(DataError, match="playing needs boards: tic_tac_toe or connect_four; iris has none"):
        model.evaluate("iris")
    with pytest.raises(DataError, match="the model takes boards of tic_tac_toe; got those of connect_four"):
        model.evaluate("connect_four")


def test_boards_that_cannot_be_are_refused_by_name(model: Model) -> None:
    with pytest.raises(DataError, match="board 2: 3 x and 0 o cannot be"):
        model.predict([".../.../...", "xxx/.../..."])
    with pytest.raises(DataError, match="texts need a list of strings"):
        model.predict([3])
    with pytest.raises(DataError, match="boards are texts; got int"):
        model.predict(3)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"against": "me"}, "a model plays against random or perfect; got 'me'"),
        ({"games": 0}, "play needs 1 to 1,000,000 games; got 0"),
        ({"seed": -1}, "a seed is a whole number from 0"),
    ],
)
def test_games_that_are_not_possible(model: Model, settings: dict[str, object], why: str) -> None:
    with pytest.raises(SettingError, match=why):
        lamina.play(model, **settings)


def test_only_a_model_that_plays_plays() -> None:
    with pytest.raises(DataError, match="only a model that has learnt a game can play; this one predicts class"):
        lamina.play(iris())


@pytest.mark.parametrize(
    ("source", "choices", "why"),
    [
        ("iris", Choices("policy"), "policy learns to play tic_tac_toe or connect_four; iris has no boards"),
        ("", Choices(SMALL), r"playing needs layers within SelfPlay: SelfPlay\(your_layers, game\); got"),
        ("", Choices(loss="hinge"), "are for targets: leave them out for playing"),
        ("", Choices(class_weights="balanced"), "are for targets: leave them out for playing"),
        ("", Choices(members=2), "playing takes one"),
    ],
)
def test_runs_that_are_not_possible(source: str, choices: Choices, why: str) -> None:
    with pytest.raises(SettingError, match=why):
        prepare(source or boards(), choices)


def test_any_design_can_be_the_policy() -> None:
    for name in ("mlp", "cnn", "16 relu, 16 relu"):
        network = prepare(boards(), Choices(name)).network
        assert isinstance(network, SelfPlay)
        assert network.output_shape((3, 3)) == (12,)
    assert "SelfPlay(game=" in lamina.check(boards()).network[-2]


def test_the_other_game_has_a_policy_of_its_own() -> None:
    """Trained in the slow tests; here what is prepared for it."""
    prepared = prepare("connect_four", Choices())
    assert prepared.network.output_shape((6, 7)) == (10,)
    assert prepared.inputs.shape == (9_192, 6, 7)
    guess = prepared.guess()
    assert guess is not None
    assert 0.3 < guess.value < 0.5


@pytest.mark.slow
def test_connect_four_is_learnt() -> None:
    """A part of the default run, which wins more than 95 of 100 games against random moves."""
    model = lamina.fit("connect_four", epochs=6)
    assert lamina.play(model, games=400).won > 320
