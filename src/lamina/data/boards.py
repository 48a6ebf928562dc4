"""Boards of a game: as a person writes them, and positions to begin games at, made up from a fixed seed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import PLAYING, Dataset
from lamina.data.inputs import Inputs
from lamina.data.texts import lines_of, texts_from_list
from lamina.errors import DataError
from lamina.games.base import Game
from lamina.games.known import GAMES
from lamina.games.notation import write_board
from lamina.games.perfect import best_moves, can_be_solved, code_of

TRAINING, HELD_OUT = 8_192, 500
"""Positions of the training part; of the validation and of the test part."""
TRIED = 6
"""So many times the held-out positions are drawn, to have enough that differ."""
EMPTY_SHARE = 0.5
GAMES_EACH = 2
SEED = 0xB0A2D


@dataclass(frozen=True, eq=False)
class Boards(Inputs):
    """Boards written as texts, `x.o/.x./...`, and the name of their game."""

    texts: tuple[str, ...]
    names: tuple[str, ...]
    game: str

    def __len__(self) -> int:
        return len(self.texts)

    def subset(self, rows: Numpy) -> Boards:
        """The boards at these places."""
        return Boards(tuple(self.texts[row] for row in rows), tuple(self.names[row] for row in rows), self.game)

    def hashes(self) -> list[bytes]:
        """SHA-256 of each text."""
        return [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in self.texts]

    def kept_together(self) -> list[bytes]:
        """Each by itself: a position has no answer that could be learnt by heart."""
        return [str(place).encode() for place in range(len(self))]


def boards_from_list(game: str, texts: Sequence[str], names: tuple[str, ...] = ()) -> Boards:
    """Boards from strings.

    Raises:
        DataError: something that is no string; names its place.
    """
    found = texts_from_list(texts, names or tuple(f"board {place + 1}" for place in range(len(texts))))
    return Boards(found.texts, found.names, game)


def boards_from_file(game: str, path: Path) -> Boards:
    """Boards from a text, one on each line.

    Raises:
        DataError: a file that cannot be read, or without a line.
    """
    found = lines_of(path)
    if not found.texts:
        raise DataError(f"{path} has no board: one on each line is needed, such as {write_board(GAMES[game].start())}")
    return Boards(found.texts, found.names, game)


def starting_boards(name: str) -> Dataset:
    """Positions to begin games at: half of the training part empty boards, all others after random moves.

    How many is drawn evenly; a game that would be over by the next one stays before it. Held-out positions differ. The
    target is what random moves from there come to against perfect play, or random moves where that is not known: the
    points that the player to move loses, the mean of a few games.

    Example:
        >>> dataset = starting_boards("tic_tac_toe")
        >>> len(dataset), dataset.inputs.texts.count(".../.../...") > 4_000
        (9192, True)
    """
    game, chance = GAMES[name], np.random.Generator(np.random.Philox(key=[SEED, GAMES[name].fields]))
    training = random_boards(game, TRAINING, chance)
    training[chance.random(TRAINING) < EMPTY_SHARE] = game.start()
    tried = random_boards(game, 2 * TRIED * HELD_OUT, chance)
    first = np.sort(np.unique(tried.reshape(len(tried), -1), axis=0, return_index=True)[1])[: 2 * HELD_OUT]
    boards = np.concatenate([training, tried[first]])
    inputs = boards_from_list(name, [write_board(board) for board in boards])
    parts = np.repeat(["train", "validation", "test"], [TRAINING, HELD_OUT, HELD_OUT])
    targets = _by_random_play(game, boards, chance)
    return Dataset(name, inputs, targets, "points lost by random play", parts, task=PLAYING)


def _by_random_play(game: Game, boards: Numpy, chance: np.random.Generator) -> Numpy:
    """The points that random moves lose, the same for the same board."""
    different, places = np.unique(boards.reshape(len(boards), -1), axis=0, return_inverse=True)
    starts = np.repeat(different.reshape(-1, *game.shape), GAMES_EACH, axis=0)
    each = points_lost(game, starts, chance).reshape(-1, GAMES_EACH).mean(axis=1)
    return np.asarray(each[places.reshape(-1)])


def random_boards(game: Game, count: int, chance: np.random.Generator) -> Numpy:
    """Boards (count, rows, columns) with games under way, after 0 to all but one of the most moves."""
    boards = np.broadcast_to(game.start(), (count, *game.shape)).copy()
    left = chance.integers(0, game.fields, count)
    for _ in range(game.fields):
        after = game.play(boards, _drawn(game.legal(boards), chance))
        left = np.where(game.over(after), 0, left)
        boards = np.where((left > 0)[:, None, None], after, boards)
        left = left - 1
    return boards


def points_lost(game: Game, boards: Numpy, chance: np.random.Generator) -> Numpy:
    """What random moves from each board came to: 1 where the player to move lost, 1/2 for a draw, 0.

    The other side plays perfectly where that is known.
    """
    solved = can_be_solved(game.name)
    results, playing = np.zeros(len(boards)), np.ones(len(boards), bool)
    for turn in range(game.fields):
        free = best_moves(game.name)[code_of(boards)] if turn % 2 and solved else game.legal(boards)
        after = game.play(boards, _drawn(free, chance))
        results += (playing & game.won(after)) * (-1 if turn % 2 else 1)
        boards = np.where(playing[:, None, None], after, boards)
        playing &= ~game.over(boards)
    return (1 - results) / 2


def _drawn(moves: Numpy, chance: np.random.Generator) -> Numpy:
    """One of the moves for each board."""
    return np.asarray((chance.random(moves.shape) * moves).argmax(axis=1))
