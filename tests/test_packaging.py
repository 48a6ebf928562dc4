"""What is shipped and how it is installed: one version, the licence, types, the README's own test command."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import lamina

ROOT = Path(__file__).resolve().parents[1]


def project() -> dict[str, Any]:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = document["project"]
    return found


def readme_command() -> ModuleType:
    spec = importlib.util.spec_from_file_location("readme_command", ROOT / "scripts" / "readme_command.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_version_is_the_same_everywhere() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[?(\d+\.\d+\.\d+)\]?", changelog, re.MULTILINE)
    assert lamina.__version__ == project()["version"] == importlib.metadata.version("lamina")
    assert versions[0] == lamina.__version__


def test_the_core_needs_what_was_agreed_and_nothing_else() -> None:
    names = {re.split(r"[<>=!~ \[]", need)[0] for need in project()["dependencies"]}
    numbers, doors = "jax numpy optax scikit-learn pandas pillow soundfile soxr", "starlette uvicorn websockets"
    assert names == {*numbers.split(), "matplotlib", "typer", "rich", *doors.split()}


def test_every_core_dependency_has_a_lowest_version() -> None:
    assert [need for need in project()["dependencies"] if ">=" not in need] == []


def test_jax_may_be_0_10_or_0_11() -> None:
    (jax,) = [need for need in project()["dependencies"] if need.startswith("jax")]
    assert jax == "jax>=0.10,<0.12"


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert project()["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_ci_runs_on_bash_and_can_be_started() -> None:
    for name in (".ci/run", "scripts/check"):
        path = ROOT / name
        assert os.access(path, os.X_OK), f"{name} must be executable"
        text = path.read_text(encoding="utf-8")
        assert text.startswith("#!/usr/bin/env bash\n")
        assert "set -euo pipefail" in text
        subprocess.run(["bash", "-n", str(path)], check=True)


def test_the_readme_tells_how_to_test() -> None:
    command = readme_command().find_command((ROOT / "README.md").read_text(encoding="utf-8"), "test command")
    assert "pip install" in command
    assert "pytest" in command


def test_a_command_is_the_block_below_its_comment() -> None:
    markdown = "text\n\n<!-- test command -->\n\n```bash\npip install . &&\npytest\n```\n\n```\nother\n```\n"
    assert readme_command().find_command(markdown, "test command") == "pip install . &&\npytest"


@pytest.mark.parametrize(
    ("markdown", "message"),
    [
        ("no comment", "must stand there once, above a fenced block; found it 0 times"),
        ("<!-- test command -->\n```\na\n```\n" * 2, "found it 2 times"),
        ("<!-- test command -->\n\nSome words.\n\n```\na\n```\n", "followed at once by a fenced block"),
        ("<!-- test command -->\n```\n\n```\n", "followed at once by a fenced block"),
    ],
)
def test_a_command_that_is_not_there_is_said(markdown: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        readme_command().find_command(markdown, "test command")


def test_the_program_that_reads_the_command_says_what_is_missing(tmp_path: Path) -> None:
    script = [sys.executable, str(ROOT / "scripts" / "readme_command.py")]
    for text, message in (("nothing", "found it 0 times"), (None, "No such file")):
        path = tmp_path / "README.md"
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text, encoding="utf-8")
        done = subprocess.run([*script, str(path), "test command"], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert str(path) in done.stderr
        assert message in done.stderr
        assert "Traceback" not in done.stderr


def source_distribution(folder: Path) -> Path:
    """A source distribution, made in a copy of the source tree: a build leaves files beside what it builds."""
    copy, tools = folder / "source", folder / "tools"
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__", "*.so"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, copy / name)
    pip("install", "--target", str(tools), "setuptools>=77")
    words = f"from setuptools.build_meta import build_sdist; build_sdist({str(folder)!r})"
    environment = {**os.environ, "PYTHONPATH": str(tools)}
    subprocess.run([sys.executable, "-c", words], cwd=copy, env=environment, capture_output=True, check=True)
    (made,) = folder.glob("*.tar.gz")
    return made


def built_wheel(folder: Path, **environment: str) -> Path:
    """A wheel, as pip builds it from the source distribution."""
    pip("wheel", "--no-deps", "-w", str(folder), str(source_distribution(folder)), **environment)
    (wheel,) = folder.glob("*.whl")
    return wheel


def pip(*words: str, **environment: str) -> None:
    command = [sys.executable, "-m", "pip", words[0], "--quiet", *words[1:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    if done.returncode != 0 and re.search(r"No matching distribution|Could not find a version", done.stderr):
        pytest.skip("building a wheel needs setuptools from a package index, which cannot be reached")
    assert done.returncode == 0, done.stderr


def quick_compilers(folder: Path) -> dict[str, str]:
    """Compilers that optimize nothing, as variables of the environment: a wheel's list of files is the same."""
    chosen = {}
    for variable, name in (("CC", "gcc"), ("CXX", "g++")):
        if compiler := shutil.which(name):
            quick = folder / name
            quick.write_text(f'#!/bin/sh\nexec {compiler} "$@" -O0\n')
            quick.chmod(0o755)
            chosen[variable] = str(quick)
    return chosen


@pytest.mark.slow
def test_a_wheel_holds_every_module_and_no_test(tmp_path: Path) -> None:
    names = set(zipfile.ZipFile(built_wheel(tmp_path, **quick_compilers(tmp_path))).namelist())
    source = ROOT / "src"
    modules = {str(path.relative_to(source)) for path in (source / "lamina").rglob("*.py")}
    pages = {str(path.relative_to(source)) for path in (source / "lamina").glob("*/page/*")}
    shipped = {name for name in names if not name.startswith(f"lamina-{lamina.__version__}.dist-info/")}
    kernels = {name for name in shipped if name.endswith((".so", ".pyd"))}
    assert shipped == modules | pages | kernels | {"lamina/py.typed"}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    if shutil.which("g++") and platform.machine() == "x86_64":
        found = {name.removeprefix("lamina/kernels/native/").split(".")[0] for name in kernels}
        assert found == {"processor", "avx2", "avx512"}


@pytest.mark.slow
def test_without_a_compiler_the_wheel_has_the_pure_forms_alone(tmp_path: Path) -> None:
    wheel = built_wheel(tmp_path, CC="no-compiler", CXX="no-compiler")
    assert not any(name.endswith((".so", ".pyd")) for name in zipfile.ZipFile(wheel).namelist())
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(tmp_path / "installed")
    words = (
        "import lamina; from lamina.kernels import native; list(lamina.train('iris', epochs=1)); "
        "print(repr(native.build()), native.reason())"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.startswith("'' they were not built: install Lamina again where there is a C++ compiler")


def test_the_known_versions_satisfy_what_is_needed_and_have_no_addresses() -> None:
    requirements = pytest.importorskip("packaging.requirements")
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line) for line in lines if not line.startswith("#"))
    extras = project()["optional-dependencies"]
    needs = project()["dependencies"] + [
        need for name in ("tables", "onnx", "tune", "tensorboard", "remote") for need in extras[name]
    ]
    for need in map(requirements.Requirement, needs):
        assert need.specifier.contains(pinned[need.name.lower()]), need


def test_all_is_every_extra_of_users() -> None:
    extras = project()["optional-dependencies"]
    (every,) = extras["all"]
    named = set(every.removeprefix("lamina[").removesuffix("]").split(","))
    assert named == extras.keys() - {"all", "test", "dev", "docs", "browser", "bench"}
