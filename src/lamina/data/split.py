"""Three parts: what a network learns from, what it is watched on, and what it never sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset, fields_of
from lamina.errors import DataError, SettingError

OWN_PARTS = "its own parts"
IN_TIME = "divided in time"
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

    Equal inputs are drawn together, so that no example of a drawn part is also in training; where the Dataset has
    groups, whole groups are drawn; of several targets the first one with classes is stratified by. The draw is a pure
    function of the data's order and the seed: places are sorted by the raw output of a Philox generator.

    Args:
        dataset: what is split.
        seed: of the draw, 0 or more.
        test_share: draws the test part anew, whatever parts the source has.

    Raises:
        DataError: nothing left to train on.
        SettingError: a share or seed that is not possible.

    Example:
        >>> import lamina
        >>> from lamina.data.split import split
        >>> parts = split(lamina.read("iris"), seed=0)
        >>> len(parts.train), len(parts.validation), len(parts.test)
        (108, 12, 30)
    """
    if test_share is not None and not 0 < test_share < 1:
        raise SettingError(f"the test part needs a share between 0 and 1; got {test_share}")
    if not 0 <= seed < 2**64:
        raise SettingError(f"a seed needs to be 0 or more and below 2^64; got {seed}")
    if dataset.inputs.in_time:
        return split_in_time(dataset, test_share)
    chance = _chance(seed)
    groups = _groups(dataset)
    own = dataset.parts if test_share is None else None
    draw = _draw if dataset.groups is None else _draw_groups
    share = TEST_SHARE if test_share is None else test_share
    everything = np.arange(len(dataset))
    part = {name: everything[own == name] if own is not None else everything[:0] for name in ("test", "validation")}
    train = np.setdiff1d(everything, np.concatenate([part["test"], part["validation"]]))
    if not len(part["test"]):
        part["test"], train = draw(dataset, train, groups, share, chance)
    if not len(part["validation"]):
        part["validation"], train = draw(dataset, train, groups, VALIDATION_SHARE, chance)
    if not len(train):
        raise DataError(f"{dataset.name} has {len(dataset)} examples: too few to train on after the split")
    how = "shuffled, stratified" if dataset.groups is None else f"by {dataset.group}"
    drawn = f"{how} {round(100 * (1 - share))}/{round(100 * share)}, seed {seed}"
    description = drawn if own is None or not (own == "test").any() else OWN_PARTS
    notes = (
        *_groups_notes(dataset, part),
        *_copies_notes(dataset, _copies(dataset), own),
        *_rare_notes(dataset, train, part["test"]),
    )
    return Split(train, part["validation"], part["test"], description, notes)


def split_without_test(dataset: Dataset, seed: int, validation_share: float) -> Split:
    """A validation part of this share, and the rest for training: whoever trains keeps a test part of their own.

    Drawn as in `split`: stratified, with equal inputs on one side.

    Raises:
        SettingError: a share that is not possible.

    Example:
        >>> import lamina
        >>> parts = split_without_test(lamina.read("iris"), seed=0, validation_share=0.1)
        >>> len(parts.train), len(parts.validation), len(parts.test)
        (135, 15, 0)
    """
    if not isinstance(validation_share, int | float) or not 0 <= validation_share < 1:
        raise SettingError(f"validation_share needs a share from 0 to below 1; got {validation_share!r}")
    everything = np.arange(len(dataset))
    drawn, train = everything[:0], everything
    if validation_share:
        drawn, train = _draw(dataset, everything, _groups(dataset), validation_share, _chance(seed))
    description = f"{round(100 * validation_share)} % for validation, seed {seed}" if len(drawn) else "all for training"
    return Split(train, drawn, everything[:0], description, tuple(_copies_notes(dataset, _copies(dataset), None)))


def split_in_time(dataset: Dataset, test_share: float | None = None) -> Split:
    """The parts that a series was divided into, never shuffled; examples of time have no copies.

    Raises:
        SettingError: a share that asks for a draw.
        DataError: nothing to train on.
    """
    if test_share is not None:
        raise SettingError("a series is divided in time and not drawn; --test-steps says how many steps are the test")
    own = dataset.parts if dataset.parts is not None else np.full(len(dataset), "train")
    train, validation, test = (np.flatnonzero(own == name) for name in ("train", "validation", "test"))
    if not len(train):
        raise DataError(f"{dataset.name} has {len(dataset)} windows and none of them to train on")
    return Split(train, validation, test, IN_TIME, ())


def _chance(seed: int) -> np.random.Philox:
    """What the parts are drawn with."""
    return np.random.Philox(key=np.array([seed, 0x5917], np.uint64))


def _draw(dataset: Dataset, rows: Numpy, groups: Numpy, share: float, chance: np.random.Philox) -> tuple[Numpy, Numpy]:
    """Draw a share of the rows, of each class alike, whole groups at a time; (drawn, the rest)."""
    strata = next(iter(dataset.class_targets.values()), np.zeros(len(dataset)))[rows]
    drawn = []
    for stratum in np.unique(strata):
        members = rows[strata == stratum]
        members = members[np.argsort(chance.random_raw(len(members)), kind="stable")]
        wanted = min(round(share * len(members)), len(members) - 1)
        if wanted == 0 and len(members) >= 5:
            wanted = 1
        drawn.append(_whole_groups(members, groups, wanted))
    chosen = np.sort(np.concatenate(drawn)) if drawn else np.zeros(0, np.int64)
    rest = np.setdiff1d(rows, chosen)
    chosen = chosen[~np.isin(groups[chosen], groups[rest])]  # copies in another class: all stay for training
    return chosen, np.setdiff1d(rows, chosen)


def _whole_groups(members: Numpy, groups: Numpy, wanted: int) -> Numpy:
    """The first groups of `members` with at most `wanted` rows together."""
    _, first, inverse, sizes = np.unique(groups[members], return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(first)
    taken = order[np.cumsum(sizes[order]) <= wanted]
    return members[np.isin(inverse, taken)]


def _draw_groups(
    dataset: Dataset, rows: Numpy, groups: Numpy, share: float, chance: np.random.Philox
) -> tuple[Numpy, Numpy]:
    """Draw whole groups, near a share of the rows and at least one where there are two; (drawn, the rest)."""
    numbers, sizes = np.unique(groups[rows], return_counts=True)
    order = np.argsort(chance.random_raw(len(numbers)), kind="stable") if len(numbers) > 1 else np.zeros(0, np.int64)
    drawn: list[int] = []
    count, wanted = 0, share * len(rows)
    for place in order.tolist():
        if abs(count + sizes[place] - wanted) < abs(count - wanted) and len(drawn) < len(numbers) - 1:
            drawn.append(place)
            count += int(sizes[place])
    if not drawn:
        drawn = order[np.argsort(sizes[order], kind="stable")][:1].tolist()
    inside = np.isin(groups[rows], numbers[drawn])
    return rows[inside], rows[~inside]


def _groups_notes(dataset: Dataset, part: dict[str, Numpy]) -> list[str]:
    """Which groups are in which part, and whether they were too few."""
    if dataset.groups is None:
        return []
    held = {name: sorted(set(dataset.groups[rows].tolist())) for name, rows in part.items() if len(rows)}
    told = "; ".join(f"{name} {', '.join(one[:5])}{', ...' if one[5:] else ''}" for name, one in held.items())
    notes = [f"each {dataset.group} is on one side: {told}"] if told else []
    if not len(part["test"]) or not len(part["validation"]):
        notes.append(f"there are too few of {dataset.group} for a part of its own; none is drawn for it")
    return notes


def _groups(dataset: Dataset) -> Numpy:
    """A number for each row, the same for equal inputs and for the examples of one group."""
    copies = _copies(dataset)
    if dataset.groups is None:
        return copies
    found = np.asarray(np.unique(dataset.groups, return_inverse=True)[1])
    while True:  # groups that share an input become one
        lowest = np.full(copies.max() + 1, len(found))
        np.minimum.at(lowest, copies, found)
        joined = np.full(found.max() + 1, len(found))
        np.minimum.at(joined, found, lowest[copies])
        if (joined[found] == found).all():
            return found
        found = joined[found]


def _copies(dataset: Dataset) -> Numpy:
    """A number for each row, the same for equal inputs."""
    together = dataset.inputs.kept_together()
    return _numbered(dataset.hashes if together is None else np.array(together, "S32"))


def _numbered(marks: Numpy) -> Numpy:
    """Marks as whole numbers, the same for the same mark."""
    return np.asarray(np.unique(marks, return_inverse=True)[1])


def _copies_notes(dataset: Dataset, groups: Numpy, own: Numpy | None) -> list[str]:
    """What is said of equal inputs."""
    notes = []
    copies = len(groups) - len(np.unique(groups))
    held_out = np.zeros(len(groups), bool) if own is None else own != "train"
    shared = int(np.isin(groups[~held_out], groups[held_out]).sum())
    if shared:
        notes.append(
            f"{shared:,} training examples are also in the source's own test or validation part, which flatters "
            f"the result; --split 80/20 draws parts that share nothing"
        )
    elif copies and own is None:
        told = "1 example is a copy of another" if copies == 1 else f"{copies:,} examples are copies of others"
        notes.append(f"{told}; copies are kept on one side of the split")
    clashes = _clashing(dataset, _numbered(dataset.hashes))
    if clashes:
        notes.append(f"{clashes:,} inputs come with more than one {dataset.target}: no network can get those all right")
    return notes


def _clashing(dataset: Dataset, groups: Numpy) -> int:
    """How many equal inputs have different answers."""
    targets = fields_of(dataset.targets).values()
    places = [np.unique(values, return_inverse=True, equal_nan=True)[1].reshape(len(dataset)) for values in targets]
    answers = np.unique(np.stack(places), axis=1, return_inverse=True)[1].reshape(-1)
    pairs = np.unique(np.stack([groups, answers], axis=1), axis=0)
    return int((np.unique(pairs[:, 0], return_counts=True)[1] > 1).sum())


def _rare_notes(dataset: Dataset, train: Numpy, test: Numpy) -> list[str]:
    lonely = sorted({
        name for classes in dataset.class_targets.values()
        for name in set(classes[train].tolist()) - set(classes[test].tolist()) if name
    })  # fmt: skip
    if not lonely or not len(test):
        return []
    told = ", ".join(f'"{name}"' for name in lonely[:5])
    return [f"the test part has no example of {told}: too few; they are kept for training"]
