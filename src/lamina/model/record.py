"""What a model file says about its training."""

from __future__ import annotations

from typing import ClassVar

from lamina.recipes import describe, recipe
from lamina.training.records import Epoch, Measure
from lamina.training.settings import Settings
from lamina.versions import versions_here


@recipe
class Record:
    """How a model was trained: enough to do it again, and to know what its figures mean.

    Args:
        source: the name of the data.
        fingerprint: SHA-256 of the data's inputs and targets.
        training, validation, test: how many examples each part had.
        split: how the parts were made, in words.
        settings: of the training run.
        epochs: every epoch's record.
        best_epoch: the epoch whose weights the model has; 0 for untrained ones.
        results: loss and measures on the test part, of the weights in the file.
        guess: the measure that guessing reaches on the test part; None for several targets.
        versions: of lamina and what it computed with.
        notes: what was assumed or left out, said aloud while training.
        reading: (option, value) of what was said of parts and groups: names, group, test_where.
        guesses: what guessing reaches, by the name of the measure; one a target.
    """

    added_fields: ClassVar[tuple[str, ...]] = ("reading", "guesses")

    source: str
    fingerprint: str
    training: int
    validation: int
    test: int
    split: str
    settings: Settings
    epochs: tuple[Epoch, ...]
    best_epoch: int
    results: tuple[Measure, ...]
    guess: float | None
    versions: tuple[str, ...]
    notes: tuple[str, ...]
    reading: tuple[tuple[str, str], ...] = ()
    guesses: tuple[Measure, ...] = ()

    def __repr__(self) -> str:
        return describe(self)

    def _repr_html_(self) -> str:
        from lamina.training.notebook import history_html

        return history_html(self.epochs, self.results, self.best_epoch)


def current_versions() -> tuple[str, ...]:
    """The versions that decide the numbers of a run, as they stand in the model file."""
    return tuple(version if name == "machine" else f"{name} {version}" for name, version in versions_here().items())
