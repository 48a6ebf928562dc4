"""A Dataset: raw inputs with their targets, as they were read, and what was said about them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from lamina.arrays import Numpy
from lamina.data.inputs import Inputs, Skipped
from lamina.errors import DataError

BAD_SHARE = 0.05
"""More unreadable examples than this share stop a run, where nothing else is said."""

CLUSTERING, RECONSTRUCTION, GENERATION = "clustering", "reconstruction", "generation"
LANGUAGE, TRANSLATION, PLAYING = "language", "translation", "playing"
"""What a dataset is read for where its targets do not say it."""
UNLABELLED = (CLUSTERING, RECONSTRUCTION, GENERATION)
"""What needs no targets."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Raw examples and their answers.

    Args:
        name: of the source; the model file is named after it.
        inputs: pictures or rows of numbers.
        targets: (examples,), class names or float64 numbers; of a series (examples, numbers); several targets of a
            table are fields of records, NaN or "" where one is missing.
        target: what the targets are called.
        parts: (examples,) of "train", "validation", "test", where the source is divided already.
        notes: what was assumed or left aside, a sentence each.
        skipped: examples that could not be read.
        bad_limit: the share of them that is put up with.
        task: what is to be learnt where the targets do not say it: CLUSTERING, GENERATION ...; the targets,
            where there are any, are then looked at in the end alone.
        groups: (examples,) of texts; examples of one group are kept on one side of a drawn split.
        group: what the groups are called, such as speaker.
        reading: what was said of parts and groups when it was read, by option: names, group, test_where.

    Example:
        >>> import lamina
        >>> dataset = lamina.read("iris")
        >>> len(dataset), dataset.target
        (150, 'class')
    """

    name: str
    inputs: Inputs
    targets: Numpy
    target: str = "class"
    parts: Numpy | None = None
    notes: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    bad_limit: float = BAD_SHARE
    task: str = ""
    groups: Numpy | None = None
    group: str = ""
    reading: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.inputs) != len(self.targets):
            raise DataError(
                f"{self.name} has {len(self.inputs):,} examples and {len(self.targets):,} targets; each example "
                f"needs one"
            )

    def __len__(self) -> int:
        return len(self.targets)

    def subset(self, rows: Numpy) -> Dataset:
        """The examples at these places, in this order."""
        parts = None if self.parts is None else self.parts[rows]
        groups = None if self.groups is None else self.groups[rows]
        return replace(self, inputs=self.inputs.subset(rows), targets=self.targets[rows], parts=parts, groups=groups)

    def without(self, skipped: tuple[Skipped, ...]) -> Dataset:
        """The examples that can be read; the others are kept in mind as skipped."""
        if not skipped:
            return self
        kept = np.delete(np.arange(len(self)), [item.row for item in skipped])
        return replace(self.subset(kept), skipped=(*self.skipped, *skipped))

    @property
    def class_targets(self) -> dict[str, Numpy]:
        """The targets that are class names, by what they are called."""
        found = {name or self.target: values for name, values in fields_of(self.targets).items()}
        return {name: values for name, values in found.items() if values.dtype.kind in "US"}

    @cached_property
    def hashes(self) -> Numpy:
        """(examples,) a hash of each example's raw input, bytes of one length: the same for the same content."""
        found = self.inputs.hashes()
        return np.array(found, f"S{len(found[0]) if found else 32}")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all inputs, targets and parts in their order."""
        total = hashlib.sha256(self.hashes.tobytes())
        for column in (self.targets, self.parts):
            for values in () if column is None else fields_of(column).values():
                texts = values.astype(str) if values.dtype.kind in "US" else values.astype("<f8")
                total.update("\x00".join(texts.tolist()).encode() if texts.dtype.kind == "U" else texts.tobytes())
        return total.hexdigest()

    def require_few_skipped(self, skipped: tuple[Skipped, ...] = ()) -> None:
        """Raise a DataError where too many examples could not be read, or a class lost all of its."""
        bad = (*self.skipped, *skipped)
        total = len(self) + len(self.skipped)
        if len(bad) > self.bad_limit * total:
            told = "; ".join(f"{item.name}: {item.reason}" for item in bad[:5])
            raise DataError(
                f"{self.name}: {len(bad):,} of {total:,} examples cannot be read, more than {self.bad_limit:.0%}: "
                f"{told}. Mend or remove them."
            )
        for target, classes in self.class_targets.items():
            left = np.delete(classes, [item.row for item in skipped])
            lost = sorted(set(classes.tolist()) - set(left.tolist()) - {""})
            if lost:
                raise DataError(f'{self.name}: no example of the {target} "{lost[0]}" can be read')


def fields_of(targets: Numpy) -> dict[str, Numpy]:
    """Several targets by their names; one target under no name."""
    names = targets.dtype.names
    return {"": targets} if names is None else {name: targets[name] for name in names}


def settle_parts(parts: Numpy) -> tuple[Numpy, list[str]]:
    """The parts of a source that is divided already, and what is said of them.

    A validation part without a test part is the test part: it is what results on such a source are given for.
    """
    notes = []
    if not (parts == "test").any():
        parts = np.where(parts == "validation", "test", parts)
        notes.append("the source has no test part; its validation part is taken for it")
    found = [part for part in ("train", "validation", "test") if (parts == part).any()]
    counts = ", ".join(f"{int((parts == part).sum()):,} {part}" for part in found)
    return parts, [*notes, f"the source has its own parts ({counts}); they are kept. --split 80/20 draws others"]
