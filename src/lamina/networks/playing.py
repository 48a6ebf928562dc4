"""Networks that play board games."""

from __future__ import annotations

from lamina.arrays import Shape
from lamina.errors import SettingError
from lamina.games.known import GAMES, game_by_name
from lamina.layers.self_play import SelfPlay
from lamina.networks.feedforward import mlp

HIDDEN = {"tic_tac_toe": (128, 128), "connect_four": (256, 128)}
"""Neurons of each hidden layer, by game."""


def policy(game: str, hidden: tuple[int, ...] | None = None, entropy: float = 0.1) -> SelfPlay:
    """A policy of dense layers that learns a game from games against itself.

    Args:
        game: by name.
        hidden: neurons of each hidden layer; None takes what suits the game.
        entropy: weight of the policy's entropy, as in SelfPlay.

    Raises:
        SettingError: an unknown game.

    Source:
        Williams, Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning (1992).

    Example:
        >>> policy("tic_tac_toe").output_shape((3, 3))
        (12,)
    """
    rules = game_by_name(game)
    return SelfPlay(mlp(rules.moves + 1, HIDDEN[game] if hidden is None else hidden), game, entropy=entropy)


def policy_for(shape: Shape) -> SelfPlay:
    """The policy of the game with a board of this shape.

    Raises:
        SettingError: no board.
    """
    for name, game in GAMES.items():
        if game.shape == tuple(shape):
            return policy(name)
    known = ", ".join(f"{name} ({game.rows} x {game.columns})" for name, game in GAMES.items())
    raise SettingError(f"policy learns to play {known}; examples of {' x '.join(map(str, shape))} are no boards")
