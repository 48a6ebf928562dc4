"""Which encoder serves which inputs: one row a kind; each fits its encoder on the training rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.data.board_encoder import decode_boards
from lamina.data.boards import Boards
from lamina.data.encoders import Decoded
from lamina.data.inputs import Inputs, Numbers
from lamina.data.memory import UNLIMITED, Memory
from lamina.data.number_encoder import decode_numbers
from lamina.data.pair_encoder import decode_pairs
from lamina.data.pairs import Pairs
from lamina.data.passage_encoder import decode_passages
from lamina.data.passages import Passages
from lamina.data.picture_encoder import decode_pictures
from lamina.data.pictures import Pictures
from lamina.data.series import Windows
from lamina.data.series_encoder import decode_windows
from lamina.data.sound_encoder import decode_sounds
from lamina.data.sounds import Sounds
from lamina.data.table import Table
from lamina.data.table_encoder import decode_table
from lamina.data.text_encoder import decode_texts
from lamina.data.texts import Texts
from lamina.errors import DataError

DECODERS: tuple[tuple[type, Callable[[Any], Decoded]], ...] = (
    (Boards, decode_boards),
    (Numbers, decode_numbers),
    (Pairs, decode_pairs),
    (Passages, decode_passages),
    (Texts, decode_texts),
    (Windows, decode_windows),
)
"""Kind of inputs, and the function that reads every example once."""
STREAMED: tuple[tuple[type, Callable[[Any, Memory], Decoded]], ...] = (
    (Pictures, decode_pictures),
    (Sounds, decode_sounds),
    (Table, decode_table),
)
"""The same for kinds whose encoded examples are kept on disk where they are larger than the memory they may take."""


def decode_inputs(inputs: Inputs, memory: Memory = UNLIMITED) -> Decoded:
    """Read every example once; what cannot be read is named."""
    for kind, decode_within in STREAMED:
        if isinstance(inputs, kind):
            return decode_within(inputs, memory)
    for kind, decode in DECODERS:
        if isinstance(inputs, kind):
            return decode(inputs)
    raise DataError(f"there is no encoder for {type(inputs).__name__}")
