"""Small runs that the tests of the playground look at, and what a page would have seen of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lamina.playground.outbox import Outbox
from lamina.playground.play_run import PlayRun
from lamina.playground.settings import PageSettings
from lamina.playground.sources import Sources

SMALL = PageSettings(examples=60, network="4 tanh", batch_size=8, learning_rate=0.03)


def small(sources: Sources, **changes: Any) -> PlayRun:
    """A run over 60 points, with some other settings."""
    return PlayRun(sources, replace(SMALL, **changes))


def texts(outbox: Outbox) -> list[dict[str, Any]]:
    """The JSON messages that wait; frames are left out."""
    return [dict(message) for message in outbox.take() if not isinstance(message, bytes)]
