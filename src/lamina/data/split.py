"""Three parts: what a network learns from, what it is watched on, and what it never sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.errors import DataError

TEST_SHARE = 0.2
VALIDATION_SHARE = 0.1


@dataclass(frozen=True)
class Split:
    """The places of the training, validation and test examples, in words too."""

    train: Numpy
    validation: Numpy
    test: Numpy
    description: str
    notes: tuple[str, ...]


def split(dataset: Dataset, seed: int, test_share: float | None = None) -> Split:
    """Keep a source's own parts, or draw a shuffled, stratified test part; then take the validation part.

    Args:
        dataset: what is split.
        seed: of the draw.
        test_share: draws the test part anew, whatever parts the source has.

    Raises:
        DataError: nothing left to train on.
    """
    chance = np.random.Generator(np.random.Philox(key=[seed, 0x5917]))
    keep_parts = dataset.parts is not None and test_share is None
    groups, notes = _duplicate_groups(dataset, "" if not keep_parts else "parts")
    if keep_parts and dataset.parts is not None:
        test = np.flatnonzero(dataset.parts == "test")
        own_validation = np.flatnonzero(dataset.parts == "validation")
        rest = np.flatnonzero(dataset.parts == "train")
        description = "its own parts"
        if not len(test):
            test, rest = _draw(dataset, rest, groups, TEST_SHARE, chance)
    else:
        own_validation = np.zeros(0, np.int64)
        share = TEST_SHARE if test_share is None else test_share
        test, rest = _draw(dataset, np.arange(len(dataset)), groups, share, chance)
        description = f"shuffled, stratified {round(100 * (1 - share))}/{round(100 * share)}, seed {seed}"
    validation, train = own_validation, rest
    if not len(own_validation):
        validation, train = _draw(dataset, rest, groups, VALIDATION_SHARE, chance)
    if not len(train):
        raise DataError(f"{dataset.name} has {len(dataset)} examples: too few to train on after the split")
    return Split(train, validation, test, description, (*notes, *_rare_notes(dataset, train, test)))


def _draw(
    dataset: Dataset, rows: Numpy, groups: Numpy, share: float, chance: np.random.Generator
) -> tuple[Numpy, Numpy]:
    """Draw a share of the rows, of each class alike, whole groups at a time; (drawn, the rest)."""
    strata = dataset.targets[rows] if dataset.targets.dtype.kind in "US" else np.zeros(len(rows))
    drawn: list[Numpy] = []
    for stratum in np.unique(strata):
        members = chance.permutation(rows[strata == stratum])
        wanted = min(round(share * len(members)), len(members) - 1)
        if wanted == 0 and len(members) >= 5:
            wanted = 1
        drawn.append(_whole_groups(members, groups, wanted))
    chosen = np.sort(np.concatenate(drawn)) if drawn else np.zeros(0, np.int64)
    return chosen, np.setdiff1d(rows, chosen)


def _whole_groups(members: Numpy, groups: Numpy, wanted: int) -> Numpy:
    """The first groups of `members` with about `wanted` rows together."""
    own = groups[members]
    _, first, inverse, sizes = np.unique(own, return_index=True, return_inverse=True, return_counts=True)
    if len(sizes) == len(members):
        return members[:wanted]
    order = np.argsort(first)
    taken = order[np.cumsum(sizes[order]) <= wanted]
    return members[np.isin(inverse, taken)]


def _duplicate_groups(dataset: Dataset, parts: str) -> tuple[Numpy, list[str]]:
    """A number for each row, the same for equal inputs; and what is to be said about them."""
    _, groups, counts = np.unique(np.array(dataset.hashes), return_inverse=True, return_counts=True)
    copies = int((counts - 1).sum())
    if not copies:
        return groups, []
    if parts and dataset.parts is not None:
        test = np.unique(groups[dataset.parts == "test"])
        shared = int(np.isin(groups[dataset.parts != "test"], test).sum())
        if not shared:
            return groups, []
        return groups, [
            f"{shared:,} training examples are also in the source's own test part, so that the test error flatters; "
            f"--split 80/20 draws parts that share nothing"
        ]
    clashes = _clashing(dataset, groups)
    notes = [f"{copies:,} examples are copies of others; copies are kept on one side of the split"]
    if clashes:
        notes.append(
            f"{clashes:,} inputs come with more than one {dataset.target}: no network can get those all right"
        )
    return groups, notes


def _clashing(dataset: Dataset, groups: Numpy) -> int:
    """How many equal inputs have different answers."""
    pairs = np.unique(np.stack([groups.astype(str), dataset.targets.astype(str)], axis=1), axis=0)
    return int((np.unique(pairs[:, 0], return_counts=True)[1] > 1).sum())


def _rare_notes(dataset: Dataset, train: Numpy, test: Numpy) -> list[str]:
    if dataset.targets.dtype.kind not in "US":
        return []
    lonely = sorted(set(dataset.targets[train].tolist()) - set(dataset.targets[test].tolist()))
    if not lonely or not len(test):
        return []
    names = ", ".join(f'"{name}"' for name in lonely[:5])
    return [f"the test part has no example of {names}: too few; they are kept for training"]
