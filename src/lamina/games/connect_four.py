"""Connect four: stones fall down in seven columns; four in a row win."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.games.base import Game


class ConnectFour(Game):
    """A stone falls to the lowest free field of its column, out of 7 with 6 fields each; four in a row win.

    Row 0 is the highest. The columns are numbered 1 to 7 from the left.

    Example:
        >>> import numpy as np
        >>> np.argwhere(ConnectFour().play(ConnectFour().start(), np.array(3))).tolist()
        [[5, 3]]
    """

    name, place, taken = "connect_four", "column", "full"
    rows, columns, length, moves = 6, 7, 4, 7

    def legal(self, boards: Any) -> Any:
        """The columns whose highest field is free."""
        return boards[..., 0, :] == 0

    def stones(self, boards: Any, moves: Any) -> Any:
        """The lowest free field of the column."""
        lowest = (boards == 0).sum(axis=-2) - 1
        here = np.arange(self.rows)[:, None] == lowest[..., None, :]
        return here & (np.arange(self.columns) == moves[..., None, None])

    def stands(self, boards: Any) -> Any:
        """No stone above a free field."""
        return ~((boards[..., :-1, :] != 0) & (boards[..., 1:, :] == 0)).any(axis=(-2, -1))
