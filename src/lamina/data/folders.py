"""Class folders: `birds/crow/1.jpg` is an example of the class crow; `train/` and `test/` above them are parts."""

from __future__ import annotations

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset, settle_parts
from lamina.data.file_kinds import KNOWN_KINDS, choose_kind
from lamina.data.members import Members
from lamina.data.names import EXAMPLE, Naming, guess_classes
from lamina.errors import DataError

NO_NAMES = Naming()
PARTS = {
    "train": "train", "training": "train", "test": "test", "testing": "test", "t10k": "test",
    "val": "validation", "valid": "validation", "validation": "validation",
}  # fmt: skip


def read_class_folders(name: str, members: Members, naming: Naming = NO_NAMES, unlabelled: bool = False) -> Dataset:
    """A Dataset of files of one kind whose class is the folder they are in, or is told by their names.

    Args:
        name: of the Dataset.
        members: the files.
        naming: what their names tell; a field named class goes before the folders.
        unlabelled: whether files may be in no class folder, since what is learnt needs no classes.

    Raises:
        DataError: no files of a known kind, files that are in no class folder, or in no part where others are.
    """
    kind, rows, others = choose_kind(members)
    if not rows:
        raise DataError(
            f"{members.source} holds no {KNOWN_KINDS}{named(others)}. It needs a folder for each class with them "
            f"in it, such as {name}/cat/1.png"
        )
    paths = [members.names[row] for row in rows]
    fields = naming.read(paths, members.source)
    steps = _without_common_top([path.split("/") for path in paths])
    parts = _parts(steps, members.source, kind.plural)
    told: list[str] = []
    if parts is not None:
        steps = [one[1:] for one in steps]
        parts, told = settle_parts(parts)
    if naming.asked:
        parts, told = naming.settle_parts(parts, told, fields)
    if "class" in fields:
        classes = fields["class"]
    else:
        classes, assumed = _classes(steps, paths, members.source, kind.plural, unlabelled)
        told = [*assumed, *told]
    inputs = kind.inputs(members.load, np.array(rows), tuple(paths))
    notes = [f"{len(others):,} files are no examples and are left out{named(others)}"] if others else []
    group = naming.group or ""
    return Dataset(name, inputs, classes, "class", parts, (*notes, *told), groups=fields.get(group), group=group)


def _classes(
    steps: list[list[str]], paths: list[str], source: str, files: str, unlabelled: bool
) -> tuple[Numpy, list[str]]:
    """The class of each file by its folder; by its name where there is one folder or none, and that is said."""
    loose = [path for path, one in zip(paths, steps, strict=True) if len(one) < 2]
    if len(loose) == len(paths) or len({one[0] for one in steps}) == 1:
        guess = guess_classes(paths)
        if guess is not None:
            return guess[0], [guess[1]]
    if loose and unlabelled:
        return np.full(len(paths), ""), []
    if loose:
        raise DataError(
            f"{source}: {len(loose):,} {files} are in no class folder{named(loose)}. Put each into a folder named "
            f'after its class, or tell where their names have it: --names "{EXAMPLE}"'
        )
    return np.array([one[0] for one in steps]), []


def named(names: list[str]) -> str:
    """A few of the names, in brackets."""
    return f" ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})" if names else ""


def _parts(steps: list[list[str]], source: str, files: str) -> Numpy | None:
    """The part of each file by its outermost folder; None where no folder is named so.

    A class may be called "test"; it is one where no other part is there and files lie directly in it.
    """
    found = [PARTS.get(one[0].lower()) if len(one) > 1 else None for one in steps]
    if "train" not in found or len(set(found)) == 1:
        return None
    outside = ["/".join(one) for one, part in zip(steps, found, strict=True) if part is None]
    if outside:
        raise DataError(
            f"{source} has the folder train, and {files} that are in no part{named(outside)}. Put all of them "
            f"below train, validation or test, or none"
        )
    return np.array(found)


def _without_common_top(steps: list[list[str]]) -> list[list[str]]:
    """Drop the folders above the class folders that all files share."""
    while all(len(one) > 2 for one in steps) and len({one[0] for one in steps}) == 1:
        steps = [one[1:] for one in steps]
    return steps
