"""Playing with a model: games against random and perfect play, and the move that it answers with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lamina.arrays import Array, Key, Numpy, Params, State, jax, jnp
from lamina.data.board_encoder import BoardEncoder
from lamina.data.dataset import Dataset
from lamina.data.encoders import Encoder
from lamina.errors import DataError, SettingError
from lamina.games.match import OPPONENTS, keys_of_rows, play_out
from lamina.games.perfect import can_be_solved
from lamina.layers.base import Layer
from lamina.layers.self_play import SelfPlay
from lamina.model.model import Model
from lamina.tasks.playing import Playing
from lamina.training.cache import use_compilation_cache
from lamina.training.records import Measure

GAMES_OF_A_TEST = 1_000
MOST_GAMES = 1_000_000


@dataclass(frozen=True)
class Score:
    """How games against an opponent ended, seen from the model.

    Args:
        against: the opponent.
        won, drawn, lost: how many games.

    Example:
        >>> print(Score("random", 9, 1, 0))
        10 games against random play: 9 won (90.0 %), 1 drawn (10.0 %), 0 lost (0.0 %)
    """

    against: str
    won: int
    drawn: int
    lost: int

    @property
    def games(self) -> int:
        """All of them."""
        return self.won + self.drawn + self.lost

    def __str__(self) -> str:
        shares = [
            f"{count:,} {name} ({100 * count / self.games:.1f} %)"
            for name, count in (("won", self.won), ("drawn", self.drawn), ("lost", self.lost))
        ]
        return f"{self.games:,} games against {self.against} play: {', '.join(shares)}"


def playing_task(dataset: Dataset, encoder: Encoder) -> Playing:
    """The task of a dataset of boards.

    Raises:
        SettingError: another kind of dataset.
    """
    if not isinstance(encoder, BoardEncoder):
        raise SettingError(f"policy learns to play tic_tac_toe or connect_four; {dataset.name} has no boards")
    return Playing(encoder.game)


def require_self_play(network: Layer) -> SelfPlay:
    """A network that learns from games.

    Raises:
        SettingError: another one.
    """
    if not isinstance(network, SelfPlay):
        raise SettingError(f"playing needs layers within SelfPlay: SelfPlay(your_layers, game); got {network}")
    return network


def require_player(model: Model) -> tuple[Playing, SelfPlay]:
    """The task and the network of a model that plays.

    Raises:
        DataError: a model of another kind.
    """
    if not isinstance(model.task, Playing) or not isinstance(model.network, SelfPlay):
        raise DataError(f"only a model that has learnt a game can play; this one predicts {model.task.target}")
    return model.task, model.network


def play(model: Model, against: str = "random", games: int = 1_000, seed: int = 0) -> Score:
    """Let a model play whole games; it begins every other one and always takes its likeliest move.

    Args:
        model: that has learnt a game.
        against: "random", where every free move has the same chance, or "perfect", which draws among its best moves (of
            tic_tac_toe).
        games: how many.
        seed: of the opponent's draws; the same gives the same games.

    Raises:
        DataError: a model of another kind.
        SettingError: an unknown opponent, one that is not known for the game, a count out of range.

    Example:
        >>> import lamina
        >>> model = lamina.train("tic_tac_toe", epochs=0).model  # fresh weights
        >>> lamina.play(model, against="perfect", games=100).won
        0
    """
    task, network = require_player(model)
    if against not in OPPONENTS:
        raise SettingError(f"a model plays against {' or '.join(OPPONENTS)}; got {against!r}")
    if type(games) is not int or not 1 <= games <= MOST_GAMES:
        raise SettingError(f"play needs 1 to {MOST_GAMES:,} games; got {games!r}")
    if type(seed) is not int or not 0 <= seed < 2**32:
        raise SettingError(f"a seed is a whole number from 0 to {2**32 - 1:,}; got {seed!r}")
    opponent, first = OPPONENTS[against](task.rules), (games + 1) // 2

    def results(params: Params, state: State, key: Key) -> tuple[Array, Array]:
        boards = jnp.broadcast_to(task.rules.start(), (games, *task.rules.shape))
        keys, own = keys_of_rows(key, boards), network.player(params, state)
        begins = play_out(task.rules, boards[:first], own, opponent, keys[:first]).results
        follows = play_out(task.rules, boards[first:], opponent, own, keys[first:]).results
        return begins, -follows

    use_compilation_cache()
    found = jax.jit(results)(model.params, model.state, jax.random.key(seed))
    return _score(against, np.concatenate([np.asarray(some) for some in found]))


def _score(against: str, results: Numpy) -> Score:
    return Score(against, *(int((results == result).sum()) for result in (1, 0, -1)))


def shares(model: Model) -> dict[str, float]:
    """The shares of games won and lost against each opponent that is known for the game; the others are draws."""
    found = {}
    for against in OPPONENTS:
        if against != "perfect" or can_be_solved(require_player(model)[0].game):
            score = play(model, against, GAMES_OF_A_TEST)
            found[f"won against {against}"] = score.won / score.games
            found[f"lost against {against}"] = score.lost / score.games
    return found


def with_shares(model: Model) -> Model:
    """The model with them among its results."""
    found = tuple(Measure(name, value) for name, value in shares(model).items())
    return replace(model, record=replace(model.record, results=(*model.record.results, *found)))
