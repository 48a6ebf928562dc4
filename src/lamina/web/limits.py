"""The limits of a server: told in its metadata, kept by every part of it."""

from __future__ import annotations

import dataclasses

from lamina.data.decoding import MAX_PIXELS
from lamina.data.sound_decoding import MOST_SECONDS


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one request, one connection and the whole server may take.

    Args:
        body_bytes, header_bytes, target_bytes: of a request, of its head, of the path and query in it.
        json_depth, numbers: brackets within each other, and values, in one JSON document.
        rows: examples of one request.
        text_bytes: of one text.
        pixels, sound_seconds: of one picture; of a longer sound the beginning is read.
        head_seconds, body_seconds: until a head, and a body, must have come.
        request_seconds: until a request must be answered.
        idle_seconds: until a connection on which nothing is asked is closed.
        drain_seconds: for what was accepted before the server stopped.
        queue: requests that wait for a batch.
        connections: at the same time.

    Example:
        >>> Limits(rows=16).as_json()["rows"]
        16
    """

    body_bytes: int = 8 * 1024**2
    header_bytes: int = 16 * 1024
    target_bytes: int = 4 * 1024
    json_depth: int = 32
    numbers: int = 2_000_000
    rows: int = 1_024
    text_bytes: int = 1024**2
    pixels: int = MAX_PIXELS
    sound_seconds: int = MOST_SECONDS
    head_seconds: float = 10.0
    body_seconds: float = 10.0
    request_seconds: float = 30.0
    idle_seconds: float = 60.0
    drain_seconds: float = 10.0
    queue: int = 64
    connections: int = 256

    def as_json(self) -> dict[str, float]:
        """Every limit by its name."""
        return dataclasses.asdict(self)
