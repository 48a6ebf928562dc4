"""The project speaks of itself alone: no path of a machine, no host of a registry, no unfinished sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("src", "tests", "docs", "examples", "benchmarks", "scripts", ".ci")
NOT_OURS = (".egg-info", "_cache", "node_modules")
SUFFIXES = {".py", ".md", ".toml", ".json", ".txt", ".cfg", ".yml", ".yaml", ".html", ".css", ".js", ""}

FORBIDDEN = {
    r"(?<![\w.~/-])/(?:root|work|opt|home|Users)/\w": "a path of one machine",
    r"\b[A-Z]:\\Users\\\w": "a path of one machine",
    r"pythonhosted\.org|pypi\.org/simple|index[-_]url|trusted[-_]host": "a registry of packages",
    r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b": "something unfinished",
    r"<<<<" r"<<< |>>>>" r">>> ": "a merge that was not finished",
}


def texts() -> list[Path]:
    """Every text file of the project: what stands in its folders and beside them."""
    inside = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    beside = [path for path in ROOT.iterdir() if not path.name.startswith(".") or path.name == ".gitignore"]
    return sorted(
        path
        for path in [*inside, *beside]
        if path.is_file() and path.suffix in SUFFIXES and not any(name in str(path) for name in NOT_OURS)
    )


def wrong(text: str) -> list[str]:
    """What a text must not say, with the reason."""
    return [f"{found[0]!r}: {why}" for pattern, why in FORBIDDEN.items() for found in re.finditer(pattern, text)]


@pytest.mark.parametrize("path", texts(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_project_speaks_of_itself_alone(path: Path) -> None:
    if path == Path(__file__).resolve():
        return
    text = path.read_bytes().decode("utf-8")
    assert wrong(text) == []
    assert "\r" not in text, "lines end with a line feed alone"
    assert text == "" or text.endswith("\n"), "a text file ends with a line feed"


@pytest.mark.parametrize(
    "text",
    [
        "see /ro" + "ot/notes",
        "data = '/home/me/mnist'",
        "pip install --index-" + "url https://mirror",
        "# TO" + "DO: later",
    ],
)
def test_what_must_not_be_said_is_seen(text: str) -> None:
    assert len(wrong(text)) == 1


@pytest.mark.parametrize(
    "text", ["docs/home/page.md", "https://example.org/home/x", "~/wo" + "rk/it", "/etc/passwd", "XXX1"]
)
def test_what_may_be_said_is_not(text: str) -> None:
    assert wrong(text) == []
