"""The games by their names."""

from __future__ import annotations

from lamina.errors import SettingError
from lamina.games.base import Game
from lamina.games.connect_four import ConnectFour
from lamina.games.tic_tac_toe import TicTacToe

GAMES: dict[str, Game] = {game.name: game for game in (TicTacToe(), ConnectFour())}
"""Name -> rules."""


def game_by_name(name: str) -> Game:
    """The game of this name.

    Raises:
        SettingError: an unknown one.

    Example:
        >>> game_by_name("connect_four").moves
        7
    """
    if name not in GAMES:
        raise SettingError(f"the game must be one of {', '.join(GAMES)}; got {name!r}")
    return GAMES[name]
