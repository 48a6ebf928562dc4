"""The project speaks of itself alone: no path of a machine, no host of a registry, no unfinished sentence.

What a check is told to pass over says why.
"""

from __future__ import annotations

import io
import re
import tokenize
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

SUPPRESSING = re.compile(r"type\s*:\s*ignore|(?:pyright|mypy|ruff|flake8|pylint|pragma)\s*:|noqa\b", re.IGNORECASE)
"""How a word to mypy, ruff or coverage begins."""
ALLOWED = re.compile(r"type: ignore\[[a-z-]+(?:, [a-z-]+)*\]|noqa: [A-Z]+\d+(?:, [A-Z]+\d+)*|pragma: no cover")
"""Those that are for one line, and name what they pass over."""


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


def unexplained(comment: str) -> bool:
    """Whether a comment suppresses what it does not name, or gives no reason for it behind a second #."""
    *said, last = (piece.strip() for piece in comment.split("#")[1:])
    words = [piece for piece in (*said, last) if SUPPRESSING.match(piece)]
    return bool(words) and (last in ("", words[-1]) or not all(map(ALLOWED.fullmatch, words)))


def suppressions(text: str) -> list[str]:
    """The comments of a program that suppress something; a string that speaks of it is none."""
    if not SUPPRESSING.search(text):
        return []
    found = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token.string for token in found if token.type == tokenize.COMMENT]
    return [comment for comment in comments if any(map(SUPPRESSING.match, map(str.strip, comment.split("#"))))]


def test_every_suppression_names_what_it_passes_over_and_says_why() -> None:
    programs = [path for path in texts() if path.suffix == ".py"]
    found = [(path.name, comment) for path in programs for comment in suppressions(path.read_text(encoding="utf-8"))]
    assert len(found) > 20, "there are some"
    assert [(name, comment) for name, comment in found if unexplained(comment)] == []


@pytest.mark.parametrize(
    "comment",
    [
        "# type: ignore", "# type: ignore  # why", "# type: ignore[misc]", "# type:ignore[misc]  # why",
        "# type: ignore[misc]  # noqa: S603", "# type: ignore[misc]  #", "# noqa", "# NOQA: S603", "# noqa  # why",
        "# noqa: S603 why", "# noqa: S603 - why", "# pragma: no cover", "# pragma: no cover - why", "# a word  # noqa",
        "# ruff: noqa", "# ruff: noqa: S603  # why", "# mypy: ignore-errors", "# mypy: disable-error-code=misc  # why",
        "# pylint: disable=all  # why",
    ],
)  # fmt: skip
def test_a_suppression_without_a_reason_is_seen(comment: str) -> None:
    assert suppressions(f"x = 1  {comment}\n") == [comment]
    assert unexplained(comment)


@pytest.mark.parametrize(
    "comment",
    [
        "# type: ignore[misc]  # why", "# type: ignore[call-arg, union-attr]  # why", "# noqa: S603  # why",
        "# noqa: S603, B009  # why", "# pragma: no cover  # why", "# type: ignore[misc]  # noqa: S603  # why",
        "# type: ignore[misc]  # see #3",
    ],
)  # fmt: skip
def test_a_suppression_with_its_reason_is_not(comment: str) -> None:
    assert suppressions(f"x = 1  {comment}\n") == [comment]
    assert not unexplained(comment)


@pytest.mark.parametrize("text", ["x = '# noqa'\n", "# without a noqa\n", "#\n", '"""# type: ignore"""\n'])
def test_what_suppresses_nothing_is_not_asked(text: str) -> None:
    assert suppressions(text) == []
