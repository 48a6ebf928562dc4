"""What is wrong with a table although every value can be read: columns that give the target away, hidden groups."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from lamina.arrays import Numpy
from lamina.data.table import Table, is_numeric, missing, texts_of

USED = ("number", "category")
LEAST_ROWS = 30
EXACT = 0.9999
"""A correlation above this is a copy of the target in another unit."""
GROUPS = re.compile(
    r"(?<![a-z])(individual|patient|speaker|subject|person|user|customer|client|household|family)"
    r"(?=$|[^a-z]|(id|no|nr|name|key|code|number)($|[^a-z]))",
    re.I,
)


def leak_notes(inputs: Table, targets: Numpy, target: str) -> list[str]:
    """A sentence for each column that tells the target alone, and for each that names a group of rows."""
    notes = [
        f"{name} alone tells the {target} in every row. If it is not known when you predict, leave it out: --kinds "
        f'"{name}=drop"'
        for name in giving_away(inputs, targets)
    ]
    for name in hidden_groups(inputs):
        notes.append(
            f"several rows share their {name}: rows of one may be on both sides of the split, which flatters the "
            f'result; --group "{name}" keeps them together'
        )
    return notes


def giving_away(inputs: Table, targets: Numpy) -> Iterator[str]:
    """The columns from which the target follows without any learning."""
    if len(targets) < LEAST_ROWS:
        return
    classes = np.unique(targets, return_inverse=True)[1] if targets.dtype.kind in "US" else None
    for name, values in inputs.columns.items():
        if name in inputs.kinds and inputs.kinds[name].kind not in USED:
            continue
        if classes is None:
            found = _is_copy(values, targets)
        else:
            found = _separates(values, classes) if is_numeric(values) else _names(values, classes)
        if found:
            yield name


def hidden_groups(inputs: Table) -> Iterator[str]:
    """Columns that name persons or the like, several rows each."""
    for name, values in inputs.columns.items():
        if name in inputs.kinds and inputs.kinds[name].kind == "group":
            continue
        if not GROUPS.search(name) or (is_numeric(values) and len(np.unique(values)) < LEAST_ROWS):
            continue
        texts = [text for text in texts_of(values) if text]
        distinct = len(set(texts))
        if 2 <= distinct < 0.9 * len(texts) and distinct > len(texts) // 50:
            yield name


def _is_copy(values: Numpy, targets: Numpy) -> bool:
    """Whether a number is the target in another unit."""
    if not is_numeric(values):
        return False
    there = ~missing(values)
    a, b = values[there], targets[there].astype(np.float64)
    if len(a) < 0.5 * len(values) or len(a) < LEAST_ROWS or a.std() == 0 or b.std() == 0:
        return False
    return abs(float(np.corrcoef(a, b)[0, 1])) > EXACT


def _separates(values: Numpy, classes: Numpy) -> bool:
    """Whether each class has a range of the number to itself, with room for chance: values that come again."""
    there = ~missing(values)
    values, classes = values[there], classes[there]
    count = len(np.unique(classes))
    if count < 2 or len(values) < LEAST_ROWS:
        return False
    places = np.unique(values, return_inverse=True)[1]
    if np.unique(np.stack([places, classes]), axis=1).shape[1] > places.max() + 1:
        return False  # a value that comes with several classes
    order = np.lexsort((classes, values))
    runs = 1 + int((np.diff(classes[order]) != 0).sum())
    return runs == count and (len(np.unique(values)) <= count + 2 or count > 2)


def _names(values: Numpy, classes: Numpy) -> bool:
    """Whether each text goes with one class only, as a second name of it."""
    texts, places = np.unique(np.array(texts_of(values)), return_inverse=True)
    pairs = np.unique(np.stack([places, classes]), axis=1).shape[1]
    counts = np.bincount(places)
    return pairs == len(texts) and len(texts) <= len(values) // 5 and float(np.median(counts)) >= 3
