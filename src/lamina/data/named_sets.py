"""Well-known data sets by name: where they are, what they hold, how they are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset, settle_parts
from lamina.data.fetching import RemoteFile, Tell, fetch
from lamina.data.folders import read_class_folders
from lamina.data.idx import read_idx_files
from lamina.data.members import Members, archive_members
from lamina.data.pictures import pictures_from_array
from lamina.errors import DataError
from lamina.user_folders import data_sets_folder

CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
CIFAR_SIDE, CIFAR_CHANNELS = 32, 3
CIFAR_RECORD = 1 + CIFAR_CHANNELS * CIFAR_SIDE**2
"""A byte for the class, then the red, the green and the blue pixels, row by row."""


@dataclass(frozen=True)
class NamedSet:
    """A data set that is fetched when it is first asked for.

    Args:
        kind: what its examples are.
        examples: how many.
        licence: as its authors give it.
        files: all that it consists of.
        read: from the files' paths, in their order, to a Dataset.
    """

    kind: str
    examples: int
    licence: str
    files: tuple[RemoteFile, ...]
    read: Callable[[list[Path]], Dataset]

    @property
    def size(self) -> int:
        """All files together, in bytes."""
        return sum(file.size for file in self.files)

    def is_here(self, folder: Path) -> bool:
        """Whether all files lie in a folder, by their sizes alone."""
        paths = [folder / file.name for file in self.files]
        return all(
            path.is_file() and path.stat().st_size == file.size for path, file in zip(paths, self.files, strict=True)
        )


def folder_of(name: str) -> Path:
    """Where the files of a named set are kept."""
    return data_sets_folder() / name


def fetch_set(name: str, found: NamedSet, tell: Tell = lambda name, done, size: None) -> list[Path]:
    """The paths of the files of a set; those that are not here yet are fetched.

    Raises:
        FetchError: a file that is not here and cannot be fetched.
    """
    return [fetch(file, folder_of(name), tell) for file in found.files]


def read_named(name: str, sets: Mapping[str, NamedSet]) -> Dataset:
    """The data set of this name."""
    found = sets[name]
    return replace(found.read(fetch_set(name, found)), name=name)


def _digits(paths: list[Path]) -> Dataset:
    return read_idx_files("mnist", paths)


def _clothes(paths: list[Path]) -> Dataset:
    found = read_idx_files("fashion_mnist", paths)
    return replace(found, targets=np.array(CLOTHES)[found.targets.astype(int)])


def _things(paths: list[Path]) -> Dataset:
    """CIFAR-10's binary form: records of a fixed size in an archive."""
    archive = archive_members(paths[0])
    train, train_classes = _records(archive, r"data_batch_\d\.bin")
    test, test_classes = _records(archive, r"test_batch\.bin")
    parts, notes = settle_parts(np.repeat(["train", "test"], [len(train), len(test)]))
    names = [f"{part} {place + 1}" for part, count in (("train", len(train)), ("test", len(test)))
             for place in range(count)]  # fmt: skip
    classes = np.array(THINGS)[np.concatenate([train_classes, test_classes])]
    pictures = pictures_from_array(np.concatenate([train, test]), tuple(names))
    return Dataset("cifar10", pictures, classes, "class", parts, tuple(notes))


def _records(archive: Members, pattern: str) -> tuple[Numpy, Numpy]:
    """Pictures (examples, height, width, channels) and class codes of the members of such a name."""
    rows = [row for row, name in enumerate(archive.names) if re.fullmatch(pattern, name.rpartition("/")[2])]
    data = b"".join(archive.load(row) for row in rows)
    if not data or len(data) % CIFAR_RECORD:
        raise DataError(f"{archive.source}: {len(data):,} bytes are no whole number of records of {CIFAR_RECORD:,}")
    records = np.frombuffer(data, np.uint8).reshape(-1, CIFAR_RECORD)
    if records[:, 0].max() >= len(THINGS):
        raise DataError(
            f"{archive.source}: there is no class {records[:, 0].max()}; classes are 0 to {len(THINGS) - 1}"
        )
    planes = records[:, 1:].reshape(-1, CIFAR_CHANNELS, CIFAR_SIDE, CIFAR_SIDE)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), records[:, 0]


def _reviews(paths: list[Path]) -> Dataset:
    """IMDB's labelled reviews; those without a label and the lists of words beside them are left aside."""
    archive = archive_members(paths[0])
    rows = [row for row, name in enumerate(archive.names) if re.search(r"(^|/)(train|test)/(pos|neg)/[^/]+$", name)]
    labelled = Members(
        archive.source, tuple(archive.names[row] for row in rows), lambda row: archive.load(rows[row]),
        lambda row: archive.begin(rows[row]),
    )  # fmt: skip
    return read_class_folders("imdb", labelled)


def _files(folder: str, *known: tuple[str, int, str]) -> tuple[RemoteFile, ...]:
    return tuple(RemoteFile(name, (folder + name,), size, sha256) for name, size, sha256 in known)


NAMED_SETS: dict[str, NamedSet] = {
    "mnist": NamedSet("pictures of digits", 70_000, "CC BY-SA 3.0", _files(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ("train-images-idx3-ubyte.gz", 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        ("train-labels-idx1-ubyte.gz", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        ("t10k-images-idx3-ubyte.gz", 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        ("t10k-labels-idx1-ubyte.gz", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ), _digits),
    "fashion_mnist": NamedSet("pictures of clothes", 70_000, "MIT", _files(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ("train-images-idx3-ubyte.gz", 26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        ("train-labels-idx1-ubyte.gz", 29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        ("t10k-images-idx3-ubyte.gz", 4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        ("t10k-labels-idx1-ubyte.gz", 5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    ), _clothes),
    "cifar10": NamedSet("color photos", 60_000, "none stated; Krizhevsky (2009)", _files(
        "https://www.cs.toronto.edu/~kriz/",
        ("cifar-10-binary.tar.gz", 170_052_171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
    ), _things),
    "imdb": NamedSet("texts: reviews of films", 50_000, "none stated; Maas et al. (2011)", _files(
        "https://ai.stanford.edu/~amaas/data/sentiment/",
        ("aclImdb_v1.tar.gz", 84_125_825, "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe"),
    ), _reviews),
}  # fmt: skip
"""Name -> what is fetched."""
