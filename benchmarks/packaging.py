"""What an installation takes: its size, and how long its import and its help take, beside other libraries.

python -m benchmarks.packaging --folder FOLDER
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commands import run
from benchmarks.report import table, tell, wait_until_quiet

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("src", "setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")
"""What Lamina is built of; they are copied first, so that building leaves nothing in the source tree."""
HEADINGS = (
    "library",
    "version",
    "itself MiB",
    "with all it needs MiB",
    "of it for GPUs",
    "packages",
    "import s",
    "--help s",
)
BROUGHT = ("pip", "setuptools")
"""What a new environment may hold before anything is installed."""
FOR_GPUS = ("nvidia", "cuda", "triton")
"""What the names of packages begin with that only serve graphics processors."""
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Library:
    """Something to install.

    Args:
        name: of its distribution; those whose names go on with a point belong to it.
        needs: what pip is asked for.
        imports: the statement that a user begins with.
        command: its command line, where it has one.
        environment: what its import needs.
    """

    name: str
    needs: tuple[str, ...]
    imports: str
    command: str = ""
    environment: tuple[tuple[str, str], ...] = ()


LIBRARIES: dict[str, Library] = {
    "Lamina": Library("lamina", (), "import lamina", "lamina"),
    "Lamina, ready to train": Library("lamina", (), "import lamina; lamina.fit"),
    "Keras on JAX": Library("keras", ("keras", "jax"), "import keras", environment=(("KERAS_BACKEND", "jax"),)),
    "PyTorch": Library("torch", ("torch",), "import torch"),
    "Ludwig": Library("ludwig", ("ludwig",), "from ludwig.api import LudwigModel", "ludwig"),
    "AutoGluon": Library("autogluon", ("autogluon",), "from autogluon.tabular import TabularPredictor"),
}


@dataclass(frozen=True)
class Installed:
    """What pip put into an environment: bytes of the library itself, of everything, and of what is for graphics
    processors alone; and how many packages."""

    version: str
    itself: int
    everything: int
    graphics: int
    packages: int


def main() -> None:
    """Install each library by itself, measure, and tell."""
    options = _options()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(options.folder or made).resolve()
        chosen = options.only or list(LIBRARIES)
        failed = {title: install(LIBRARIES[title], folder / LIBRARIES[title].name) for title in chosen}
        if options.install_only:
            print("\n".join(f"{title}: {reason or 'installed'}" for title, reason in failed.items()))
            return
        wait_until_quiet(options.write)
        rows = [_row(title, folder, options.repeats) for title in chosen if not failed[title]]
        told = [sentence for title in chosen if (sentence := _told_of(title, folder))]
    tell("Installed", "\n\n".join([_what(options.repeats), table(HEADINGS, rows), *told]), options.write)


def install(library: Library, folder: Path) -> str:
    """Put a library into an environment of its own, unless it is there; why that failed, or nothing.

    A note in the environment keeps what came of it. Lamina is installed each time, since its source may have changed.
    """
    note = folder / "installed.json"
    if note.exists() and library.needs:
        return str(json.loads(note.read_text(encoding="utf-8"))["failed"])
    if not note.exists():
        shutil.rmtree(folder, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(folder)])
    print(f"installing {library.name}", flush=True)
    with tempfile.TemporaryDirectory() as copied:
        needs = library.needs or (str(_source_tree(Path(copied))),)
        words = [str(_program(folder, "python")), "-m", "pip", "install", "--quiet", *needs]
        finished = subprocess.run(words, capture_output=True, text=True, check=False, env=_own(os.environ))
    failed = reason(finished.stderr) if finished.returncode else _import_fails(library, folder)
    note.write_text(json.dumps({"failed": failed, "constraints": _constraints()}), encoding="utf-8")
    return failed


def _constraints() -> str:
    """What pip was told of versions besides."""
    file = os.environ.get("PIP_CONSTRAINT")
    return ", ".join(Path(file).read_text(encoding="utf-8").split()) if file else ""


def _told_of(title: str, folder: Path) -> str:
    """A sentence where a library could not be measured, or was installed with constraints."""
    note = json.loads((folder / LIBRARIES[title].name / "installed.json").read_text(encoding="utf-8"))
    constraints = f" with {note['constraints']}" if note["constraints"] else ""
    if note["failed"]:
        return f"{title}{constraints} could not be measured here: {note['failed']}."
    return f"{title} was installed{constraints}." if constraints else ""


def _import_fails(library: Library, folder: Path) -> str:
    """Why what was installed cannot be imported, or nothing."""
    words = [str(_program(folder, "python")), "-P", "-c", library.imports]
    environment = {**_own(os.environ), **dict(library.environment)}
    finished = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    return f"its import fails, {reason(finished.stderr)}" if finished.returncode else ""


def reason(errors: str) -> str:
    """The first error that pip names, in a line; what it says of addresses is left out.

    Example:
        >>> reason("WARNING: x\\nERROR: No matching distribution found for y\\nERROR: z")
        'No matching distribution found for y'
    """
    found = re.findall(r"^\s*(?:ERROR|error): (.+)$", errors, re.MULTILINE) or [errors.strip().split("\n")[-1]]
    return re.sub(r"\s*\(?(?:https?|file)://\S+", "", found[0]).strip().rstrip(".")


def measure(name: str, packages: Path) -> Installed:
    """The bytes of the files that pip has listed in a folder of packages.

    Raises:
        StopIteration: the library is not there.
    """
    found = {
        one.metadata["Name"].lower(): one
        for one in importlib.metadata.distributions(path=[str(packages)])
        if one.metadata["Name"].lower() not in BROUGHT
    }
    sizes = {own: _bytes(one) for own, one in found.items()}
    itself = sum(size for own, size in sizes.items() if own == name or own.startswith(f"{name}."))
    version = next(one.version for own, one in found.items() if own == name)
    graphics = sum(size for own, size in sizes.items() if own.startswith(FOR_GPUS))
    return Installed(version, itself, sum(sizes.values()), graphics, len(sizes))


def seconds(command: Sequence[str], environment: dict[str, str], repeats: int) -> float:
    """The median of several processes, after one that reads files which the others find in memory."""
    run(command, environment)
    return statistics.median(run(command, environment).seconds for _ in range(repeats))


def _row(title: str, folder: Path, repeats: int) -> Sequence[object]:
    """The line of the table for what is installed."""
    library = LIBRARIES[title]
    place = folder / library.name
    found = measure(library.name, Path(sysconfig.get_path("purelib", "venv", {"base": str(place)})))
    environment = {**dict(library.environment), "PYTHONPATH": ""}
    wait = seconds([str(_program(place, "python")), "-P", "-c", library.imports], environment, repeats)
    asked = [str(_program(place, library.command)), "--help"] if library.command else None
    shown = f"{seconds(asked, environment, repeats):.2f}" if asked else ""
    sizes = (f"{size / MEBIBYTE:,.1f}" for size in (found.itself, found.everything, found.graphics))
    return title, found.version, *sizes, found.packages, f"{wait:.2f}", shown


def _bytes(one: importlib.metadata.Distribution) -> int:
    places = (Path(str(one.locate_file(file))) for file in one.files or ())
    return sum(place.stat().st_size for place in places if place.is_file())


def _source_tree(folder: Path) -> Path:
    """A copy of what Lamina is built of."""
    unwanted: Callable[..., set[str]] = shutil.ignore_patterns("*.egg-info", "__pycache__", "build")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=unwanted)
        else:
            shutil.copy2(source, folder / name)
    return folder


def _program(folder: Path, name: str) -> Path:
    scripts = Path(sysconfig.get_path("scripts", "venv", {"base": str(folder)}))
    return scripts / (f"{name}.exe" if sys.platform == "win32" else name)


def _own(environment: os._Environ[str]) -> dict[str, str]:
    """The environment without what leads into another one."""
    return {name: value for name, value in environment.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


def _what(repeats: int) -> str:
    return (
        f"Each library by itself in a fresh environment, `pip install .` or `pip install` with its name; the bytes are "
        f"those of the files that pip put there, its own left out. Wall seconds from the start of a process to its "
        f"end, the median of {repeats} after one that is not counted: of the statement that a program begins with "
        f"({', '.join(f'`{one.imports}`' for one in LIBRARIES.values())}), and of the command line's help, where there "
        f"is one. `import lamina` loads what is used when it is used; its second line has JAX loaded too. Keras needs "
        f"a backend to be imported: JAX. Of packages for GPUs those are counted whose names say so."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.packaging", description=__doc__.splitlines()[0])
    parser.add_argument("--folder", help="of the environments; what is installed there already is measured as it is")
    parser.add_argument("--only", action="append", choices=list(LIBRARIES), help="this library; may be said again")
    parser.add_argument("--install-only", action="store_true", help="install into the folder, and measure nothing")
    parser.add_argument("--repeats", type=int, default=5, help="how many processes of each are timed")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    options = parser.parse_args()
    if options.install_only and not options.folder:
        parser.error("--install-only needs --folder, which keeps what it installs")
    return options


if __name__ == "__main__":
    main()
