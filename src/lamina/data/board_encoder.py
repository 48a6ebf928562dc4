"""Boards of a game: each field a number, as the player to move sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lamina.arrays import Array, Numpy, Shape, jnp
from lamina.data.boards import Boards, random_boards
from lamina.data.encoders import Decoded, Encoder
from lamina.data.inputs import Inputs, RawExample, Skipped
from lamina.errors import DataError
from lamina.games.known import GAMES, game_by_name
from lamina.games.notation import read_board, write_board
from lamina.recipes import recipe

MADE_UP = 24


@recipe
class BoardEncoder(Encoder):
    """A written board, `x.o/.x./...`, as numbers: 1 for a stone of the player to move, -1 for the other's, 0 for none.

    Args:
        game: by name.

    Raises:
        SettingError: an unknown game.

    Example:
        >>> BoardEncoder("tic_tac_toe").encode_raw("x../.../...").tolist()
        [[-1, 0, 0], [0, 0, 0], [0, 0, 0]]
    """

    game: str

    unit: ClassVar[str] = "fields"

    def __post_init__(self) -> None:
        game_by_name(self.game)

    @property
    def input_shape(self) -> Shape:
        """(rows, columns)."""
        return GAMES[self.game].shape

    def encode(self, inputs: Inputs) -> tuple[Numpy, Numpy, tuple[Skipped, ...]]:
        """The boards that can be and have a move left, int8."""
        if not isinstance(inputs, Boards) or inputs.game != self.game:
            found = f"those of {inputs.game}" if isinstance(inputs, Boards) else type(inputs).__name__.lower()
            raise DataError(f"the model takes boards of {self.game}; got {found}")
        encoded, kept, skipped = [], [], []
        for row, text in enumerate(inputs.texts):
            try:
                encoded.append(self.encode_raw(text))
                kept.append(row)
            except DataError as error:
                skipped.append(Skipped(inputs.names[row], str(error), row))
        boards = np.array(encoded, np.int8).reshape(-1, *self.input_shape)
        return boards, np.array(kept, np.int64), tuple(skipped)

    def encode_raw(self, example: RawExample) -> Numpy:
        """One board."""
        if not isinstance(example, str):
            raise DataError(f"the model takes boards of {self.game}, each a text")
        return read_board(GAMES[self.game], example).astype(np.int8)

    def on_device(self, x: Array) -> Array:
        """The numbers as float32."""
        return jnp.asarray(x, jnp.float32)

    def made_up(self) -> list[RawExample]:
        """Positions after few moves and many."""
        chance = np.random.Generator(np.random.Philox(key=[1, GAMES[self.game].fields]))
        return [write_board(board) for board in random_boards(GAMES[self.game], MADE_UP, chance)]


@dataclass(frozen=True, eq=False)
class DecodedBoards(Decoded):
    """Boards that were read once."""

    encoder: BoardEncoder
    encoded: Numpy
    kept: Numpy
    skipped: tuple[Skipped, ...]

    def fit(self, training: Numpy) -> tuple[Encoder, Numpy]:
        """Nothing is fitted."""
        return self.encoder, self.encoded


def decode_boards(inputs: Boards) -> DecodedBoards:
    """Read every board once."""
    encoder = BoardEncoder(inputs.game)
    return DecodedBoards(encoder, *encoder.encode(inputs))
