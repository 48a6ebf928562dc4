"""Playing: the next move in a board game; the network learns it from games against itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy
from lamina.games.base import Game
from lamina.games.known import game_by_name
from lamina.recipes import recipe
from lamina.tasks.base import Prediction, Task

if TYPE_CHECKING:
    from lamina.training.step import PerExample

MEASURE = "loss"


@recipe
class Playing(Task):
    """The next move. The network gives what SelfPlay gives: chances of the moves, expected result, loss, entropy.

    The loss is the share of the points that are lost in games against the strongest player, from positions of the data;
    a draw shares the point. Its slope is that of self-play.

    Args:
        game: by name.

    Raises:
        SettingError: an unknown game.
    """

    game: str

    def __post_init__(self) -> None:
        game_by_name(self.game)

    @property
    def target(self) -> str:  # type: ignore[override]  # a field of the other tasks; here there is one target only
        """The move."""
        return "move"

    @property
    def rules(self) -> Game:
        """Of the game."""
        return game_by_name(self.game)

    @property
    def outputs(self) -> int:
        """The moves and three."""
        return self.rules.moves + 3

    @property
    def measure(self) -> str:
        """The points lost, which are the loss."""
        return MEASURE

    def describe(self) -> str:
        """What is learnt from what."""
        return f"the next move of {self.game}: the network learns it from games against itself"

    def encode(self, targets: Numpy) -> Numpy:
        """What random play came to; nothing is compared with it."""
        return np.asarray(targets, np.float32)

    def objective(self) -> tuple[PerExample, dict[str, PerExample]]:
        """The points lost; beside them how undecided the policy is."""
        moves = self.rules.moves

        def loss(outputs: Array, targets: Array) -> Array:
            return outputs[:, moves + 1]

        def entropy(outputs: Array, targets: Array) -> Array:
            return outputs[:, moves + 2]

        return loss, {"entropy": entropy}

    def decode(self, outputs: Numpy) -> list[Prediction]:
        """The likeliest move, and the probability of each free one."""
        names, found = self.rules.names, []
        for row in np.asarray(outputs, np.float64)[:, : len(names)]:
            order = np.argsort(-row, kind="stable")
            free = {names[move]: float(row[move]) for move in order if row[move] > 0}
            found.append(Prediction(names[order[0]], free or {names[order[0]]: 0.0}))
        return found

    def metrics(self, outputs: Numpy, targets: Numpy) -> dict[str, Any]:
        """The mean entropy."""
        return {"entropy": float(np.asarray(outputs, np.float64)[:, -1].mean())}

    def guess(self, training: Numpy, targets: Numpy) -> float:
        """The points that random moves lose from the same positions."""
        return float(np.mean(targets))
