"""What the documents show works: programs run, commands and options exist, links lead somewhere."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer.main

import lamina
from lamina.cli.app import app
from lamina.networks import NETWORKS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
DOCUMENTS = sorted(
    [path for path in DOCS.rglob("*.md") if "made" not in path.parts]
    + [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "benchmarks" / "README.md"]
)
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands
USAGE_ERROR: Any = typer.BadParameter.__base__
"""Of the click that this typer uses, be it its own."""
KINDS = sorted((DOCS / "kinds").glob("*.md"))


def blocks(path: Path, *languages: str) -> list[str]:
    """The fenced blocks of a document that are in one of these languages; "" where none is said."""
    return [body for language, body in FENCED.findall(path.read_text(encoding="utf-8")) if language in languages]


def programs() -> list[Any]:
    """Python without prompts: doctests are run by tests/test_docstrings.py."""
    return [
        pytest.param(body, id=f"{path.stem}-{number}")
        for path in DOCUMENTS
        for number, body in enumerate(blocks(path, "python", "py"))
        if ">>>" not in body
    ]


def command_lines(text: str) -> list[str]:
    """The calls of the command line in a block, without what a shell does around them."""
    lines = [line.strip() for line in text.replace("\\\n", " ").splitlines()]
    parts = [part.strip() for line in lines for part in re.split(r"&&|\s\|\s|\s>\s", line.removeprefix("$ "))]
    return [part for part in parts if part.startswith("lamina ")]


def complaint(line: str) -> str:
    """What is wrong with a call of the command line, before any file is looked at."""
    words = [word for word in shlex.split(line, comments=True)[1:] if word != "..."]
    if not words or words[0].startswith("-"):
        return ""
    if words[0] not in COMMANDS:
        return f"there is no lamina {words[0]}"
    command = COMMANDS[words[0]]
    context = command.make_context("lamina", [], resilient_parsing=True)
    context.resilient_parsing = False  # it was made without the arguments, which are looked at now
    try:
        command.make_parser(context).parse_args(words[1:])
    except USAGE_ERROR as error:
        return f"{line}: {error.format_message()}"
    return ""


def anchors(path: Path) -> set[str]:
    """What a link may name in a document: its headings, in lower case, with hyphens."""
    text = FENCED.sub("", path.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(path: Path) -> list[str]:
    """Where a document leads to within the project."""
    text = FENCED.sub("", path.read_text(encoding="utf-8"))
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]


class NoNotebook:
    """Stands for a cell of a notebook, in which `lamina.live` draws."""

    def update(self, run: Any) -> None:
        """Draw nothing."""


@pytest.mark.slow
@pytest.mark.parametrize("program", programs())
def test_every_program_in_a_document_runs(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lamina.plots.live._display", lambda run: NoNotebook())
    exec(compile(program, "document", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_in_a_document_exists_with_its_options(path: Path) -> None:
    lines = [line for body in blocks(path, "", "console", "bash", "sh", "text") for line in command_lines(body)]
    assert [told for line in lines if (told := complaint(line))] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in links(path):
        name, _, anchor = link.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(there), f"{link}: there is no such heading"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_stand_in_fences(path: Path) -> None:
    outside = FENCED.sub("", path.read_text(encoding="utf-8"))
    assert not re.search(r"^>>> ", outside, re.MULTILINE), "Markdown takes what begins with > for a quotation"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("lamina train digits --network lstm -o x --no-log   # and so on", ""),
        ("lamina learn digits", "there is no lamina learn"),
        ("lamina train digits --netwerk lstm", "No such option: --netwerk"),
        ("lamina train digits --network", "Option '--network' requires an argument"),
    ],
)
def test_a_wrong_command_is_seen(line: str, told: str) -> None:
    found = complaint(line)
    assert told in found if told else found == ""


def test_calls_are_found_within_what_a_shell_does() -> None:
    text = "pip install . && lamina train digits\n$ lamina show x.safetensors | less\nlamina check \\\n  digits\n"
    assert command_lines(text) == ["lamina train digits", "lamina show x.safetensors", "lamina check    digits"]


def test_every_design_stands_on_a_page_of_its_kind() -> None:
    told = "\n".join(path.read_text(encoding="utf-8") for path in KINDS)
    assert [name for name in NETWORKS if f"`{name}`" not in told] == []


@pytest.mark.parametrize("path", KINDS, ids=lambda path: path.stem)
def test_every_page_of_a_kind_has_an_equation_a_command_and_an_example(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.search(r"\$[^$]+\$", text)
    assert any(command_lines(body) for body in blocks(path, ""))
    assert blocks(path, "pycon")
    assert f"kinds/{path.stem}" in (DOCS / "index.md").read_text(encoding="utf-8")
    assert f"(kinds/{path.name})" in (DOCS / "kinds.md").read_text(encoding="utf-8")
    for picture in re.findall(r"\((\.\./images/[^)]+)\)", text):
        assert 1_000 < (path.parent / picture).stat().st_size < 150_000


@pytest.mark.parametrize(
    "kind", ["A table", "Pictures", "Sounds", "Texts", "Pairs of texts", "A series", "Ratings", "Board games"]
)
def test_the_tour_has_every_kind_of_data(kind: str) -> None:
    sections = dict(
        part.split("\n", 1) for part in re.split(r"^## ", (DOCS / "tour.md").read_text("utf-8"), flags=re.MULTILINE)[1:]
    )
    lines = [line for _, body in FENCED.findall(sections[kind]) for line in command_lines(body)]
    assert any(line.startswith("lamina train") for line in lines)
    assert any(re.match(r"lamina (predict|play|chat)", line) for line in lines)


def test_every_notebook_has_a_page_of_its_own() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    assert [path.stem for path in (ROOT / "examples").glob("*.ipynb") if f"made/{path.stem}\n" not in index] == []


def of_the_site(*wanted: str) -> dict[str, Any]:
    """Functions and constants of docs/conf.py by themselves: Sphinx need not be installed."""
    tree = ast.parse((DOCS / "conf.py").read_text(encoding="utf-8"))
    kept = [
        node for node in tree.body
        if getattr(node, "name", "") in wanted
        or (isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in wanted)
    ]  # fmt: skip
    space: dict[str, Any] = {}
    exec("from __future__ import annotations\nimport inspect, json\nimport lamina", space)
    exec(compile(ast.Module(kept, []), "conf.py", "exec"), space)
    return space


def test_a_long_formula_can_be_moved_on_a_narrow_page() -> None:
    space, page = of_the_site("write_formula"), SimpleNamespace(body=[])
    space["nodes"] = SimpleNamespace(math_block=SimpleNamespace, SkipNode=LookupError)
    space["convert"] = lambda text, display: f"<math>{display} {text}</math>"
    with pytest.raises(LookupError):  # says that nothing else writes it
        space["write_formula"](page, SimpleNamespace(astext=lambda: "x"))
    assert page.body == ['<div class="math-wrapper"><div class="math"><math>block x</math></div></div>']


def test_a_notebook_is_a_page_of_its_cells() -> None:
    page = of_the_site("notebook_page", "MAGIC")["notebook_page"](ROOT / "examples" / "glass_box.ipynb")
    assert page.startswith("# The glass box\n")
    assert "*A notebook to run: examples/glass_box.ipynb.*" in page
    assert "```python\nimport lamina\n" in page
    assert "%matplotlib" not in page


def test_every_public_name_is_on_the_page_of_the_api() -> None:
    page = of_the_site("api_page", "KINDS")["api_page"]()
    assert ".. autoclass:: lamina.Model\n   :members:\n" in page
    assert ".. autoclass:: lamina.Dense\n```" in page
    left_out = [name for name in lamina.__all__ if not re.search(rf":: lamina\.{name}$", page, re.MULTILINE)]
    assert left_out == ["__version__"]
