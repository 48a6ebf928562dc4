"""What every test finds: a cache of its own, data sets by LAMINA_DATA, properties without a clock."""

from __future__ import annotations

import gc
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from tests.compiling import FLAGS

# A shared machine may take long for an example that compiles; how long says nothing about right or wrong.
settings.register_profile("lamina", deadline=None, max_examples=50, print_blob=True)
settings.load_profile("lamina")

# The tests neither read nor fill the user's cache; the workers and the commands that they start share this one, so
# that a program is compiled once. Set before Lamina is imported.
_cache = None if "PYTEST_XDIST_WORKER" in os.environ else tempfile.TemporaryDirectory(prefix="lamina-tests-")
if _cache is not None:
    os.environ["LAMINA_CACHE"] = _cache.name
os.environ.setdefault("MPLBACKEND", "agg")


def pytest_configure(config: pytest.Config) -> None:
    """Tests mostly compile: let XLA take less trouble; examples, notebooks and the full run use what users use."""
    if config.getoption("markexpr") != "full":
        os.environ.setdefault("XLA_FLAGS", FLAGS)


def pytest_collection_finish() -> None:
    """What was collected stays: let the garbage collector pass over it, a twentieth of the time otherwise."""
    gc.freeze()


def pytest_unconfigure() -> None:
    """Remove the cache when all workers have ended."""
    if _cache is not None:
        _cache.cleanup()


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of data sets; a test that asks for it is skipped where LAMINA_DATA is not set."""
    named = os.environ.get("LAMINA_DATA")
    if not named:
        pytest.skip("LAMINA_DATA is not set: it names the folder of data sets, such as mnist/ and cars/")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"LAMINA_DATA names {folder}, which is no folder")
    return folder


@pytest.fixture(scope="session")
def mnist_folder(data_folder: Path) -> Path:
    """The folder of MNIST's four idx.gz files."""
    folder = data_folder / "mnist"
    if not (folder / "train-images-idx3-ubyte.gz").is_file():
        pytest.skip(f"{folder} does not hold MNIST's idx.gz files")
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return Path(__file__).resolve().parents[1]
