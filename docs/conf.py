"""The documentation site: `sphinx-build -W docs site` (pip install ".[docs]").

The pages are the Markdown files of this folder; the pages of the API and of the command line are made here, from the
docstrings and from `--help`, each time the site is built.
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import typer.main
from docutils import nodes
from latex2mathml.converter import convert

import lamina
from lamina.cli.app import app as program

HERE = Path(__file__).resolve().parent
MADE = HERE / "made"
"""What is written while building; not kept."""
KINDS = {"class": "autoclass", "function": "autofunction"}
NOTEBOOKS = sorted((HERE.parent / "examples").glob("*.ipynb"))
MAGIC = "%matplotlib inline\n"
"""What a cell says to the notebook alone."""
OUTSIDE = {
    "benchmarks/RESULTS.md": "made/results.md",
    **{f"examples/{path.name}": f"made/{path.stem}.md" for path in NOTEBOOKS},
    "examples/": "made/examples.md",
}
"""What pages link to outside of this folder -> its page on the site; the first that fits."""

project, version = "Lamina", lamina.__version__
copyright = "the authors of Lamina"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_math_renderer = "mathml"
html_title = f"Lamina {version}"
exclude_patterns = ["site", "_build"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "description"
napoleon_custom_sections = ["Shapes", "Source"]
suppress_warnings = ["myst.header"]  # glossaries and tables begin at any level


def api_page() -> str:
    """Every public name, by the module that it is from."""
    lines = ["# Every public name", ""]
    found: dict[str, list[str]] = {}
    for name in sorted(lamina.__all__):
        thing = getattr(lamina, name)
        if callable(thing):
            found.setdefault(getattr(thing, "__module__", "lamina"), []).append(name)
    for module in sorted(found):
        lines += [f"## {module}", ""]
        for name in found[module]:
            thing = getattr(lamina, name)
            kind = KINDS["class" if inspect.isclass(thing) else "function"]
            tells_all = kind == "autoclass" and (thing is lamina.Layer or not issubclass(thing, lamina.Layer))
            members = ["   :members:"] if tells_all else []  # what layers have in common is told once, of Layer
            lines += ["```{eval-rst}", f".. {kind}:: lamina.{name}", *members, "```", ""]
    return "\n".join(lines)


def commands_page() -> str:
    """What each command says of itself."""
    group: Any = typer.main.get_command(program)
    lines = ["# Every command", ""]
    for name, command in group.commands.items():
        context = command.make_context(f"lamina {name}", [], resilient_parsing=True)
        lines += [f"## lamina {name}", "", "```text", command.get_help(context), "```", ""]
    return "\n".join(lines)


def examples_page() -> str:
    """Every example as it stands."""
    lines = ["# Examples", ""]
    for path in sorted((HERE.parent / "examples").glob("*.py")):
        lines += [f"## {path.name}", "", "```python", path.read_text(encoding="utf-8").rstrip(), "```", ""]
    return "\n".join(lines)


def notebook_page(path: Path) -> str:
    """A notebook, cell by cell, as it is kept: without outputs, and without what is said to the notebook."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = [("".join(cell["source"]), cell["cell_type"] == "code") for cell in cells]
    parts = [f"```python\n{text.removeprefix(MAGIC)}\n```" if is_code else text for text, is_code in texts]
    parts.insert(1, f"*A notebook to run: examples/{path.name}.*")
    return "\n\n".join(parts) + "\n"


def escape_formulas(_: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are plain text: their |x| and a * b are no markup; examples stay as they are."""
    in_example = False
    for place, line in enumerate(lines):
        in_example = line.lstrip().startswith(">>>") or (in_example and bool(line.strip()))
        if not in_example:
            lines[place] = re.sub(r"([|*])", r"\\\1", line)


def leave_out(_: Any, what: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    """Methods that scikit-learn makes, whose texts lead to pages of its own; None leaves it to Sphinx."""
    return True if re.fullmatch(r"set_\w+_request", name) else None


def write_formula(page: Any, node: Any) -> None:
    """A formula as MathML, which browsers draw by themselves: no script, nothing fetched."""
    block = isinstance(node, nodes.math_block)
    formula = convert(node.astext(), display="block" if block else "inline")
    page.body.append(f'<div class="math-wrapper"><div class="math">{formula}</div></div>' if block else formula)
    raise nodes.SkipNode


def make_pages(_: Any) -> None:
    """Write the pages that are made."""
    MADE.mkdir(exist_ok=True)
    results = (HERE.parent / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    measuring = (HERE.parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
    pages = {
        "api": api_page(), "commands": commands_page(), "examples": examples_page(),
        "results": results.replace("(README.md)", "(measuring.md)"),
        "measuring": measuring.replace("(RESULTS.md)", "(results.md)"),
        **{path.stem: notebook_page(path) for path in NOTEBOOKS},
    }  # fmt: skip
    for name, text in pages.items():
        (MADE / f"{name}.md").write_text(text, encoding="utf-8")


def turn_links(_: Any, page: str, source: list[str]) -> None:
    """Point links that lead out of this folder to their pages on the site."""
    up = "../" * page.count("/")
    for outside, own in OUTSIDE.items():
        source[0] = re.sub(rf"\]\((?:\.\./)+{re.escape(outside)}[^)]*\)", f"]({up}{own})", source[0])
    source[0] = source[0].replace("](../docs/", f"]({up}")


def setup(site: Any) -> None:
    """Called by Sphinx."""
    site.add_html_math_renderer("mathml", (write_formula, None), (write_formula, None))
    site.connect("builder-inited", make_pages)
    site.connect("source-read", turn_links)
    site.connect("autodoc-skip-member", leave_out)
    site.connect("autodoc-process-docstring", escape_formulas, priority=900)
