"""Tic-tac-toe: three in a row on nine fields."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.games.base import Game


class TicTacToe(Game):
    """Stones are laid on any free field of 3 x 3; three in a row win. The fields are numbered 1 to 9, row by row.

    Example:
        >>> import numpy as np
        >>> TicTacToe().play(TicTacToe().start(), np.array(4))[1].tolist()
        [0.0, -1.0, 0.0]
    """

    name, place, taken = "tic_tac_toe", "field", "taken"
    rows, columns, length, moves = 3, 3, 3, 9

    def legal(self, boards: Any) -> Any:
        """The free fields."""
        return (boards == 0).reshape(*boards.shape[:-2], self.moves)

    def stones(self, boards: Any, moves: Any) -> Any:
        """The field of the move."""
        return (np.arange(self.moves) == moves[..., None]).reshape(boards.shape)

    def stands(self, boards: Any) -> Any:
        """Everywhere."""
        return (boards == boards).all(axis=(-2, -1))
