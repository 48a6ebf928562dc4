"""The rules of the house, kept by reading the source: order of imports, sizes, what a module must not do."""

from __future__ import annotations

import ast
import functools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "lamina"
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
HEAVY = {"jax", "jaxlib", "optax", "sklearn", "scipy", "pandas", "matplotlib", "PIL", "soundfile", "soxr"}
UNNAMED_FOLDERS = {"utils", "util", "helpers", "common", "misc", "_src", "core"}
ENTRANCES = {"__init__", "__main__"}
"""The public names and the program: they stand behind every folder."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@functools.cache
def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path, node: ast.stmt | ast.expr | ast.ExceptHandler) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def imports(name: str, *, when_imported: bool = False) -> Iterator[tuple[str, int]]:
    """The modules of the package that a module imports, with the line.

    All of them count: at the top, in functions, for types; `when_imported` takes those that run at once.
    """
    known = modules()
    nodes = _at_import(parsed(known[name])) if when_imported else ast.walk(parsed(known[name]))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names if alias.name.split(".")[0] == "lamina")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "lamina":
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner if inner in known else str(node.module)), node.lineno


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The statements that run when a module is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            continue
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            yield from (inner for statement in child.orelse for inner in _at_import(statement))
            continue
        yield child
        yield from _at_import(child)


def order() -> list[str]:
    """The parts of the package in the order of the table in docs/architecture.md."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return [row.removesuffix("/").removesuffix(".py") for row in re.findall(r"^\| `([\w./]+)` \|", text, re.MULTILINE)]


def part(module: str) -> str:
    """lamina.layers.dense -> layers."""
    return [*module.split("."), "__init__"][1]


def violations_of_order(found: dict[str, list[tuple[str, int]]], rows: list[str]) -> list[str]:
    """Imports from a part that stands below the importing one, or of the whole package."""
    rank = {name: number for number, name in enumerate(rows)}
    wrong = []
    for module, imported in found.items():
        for target, line in imported:
            if part(module) in ENTRANCES or part(module) == part(target):
                continue
            # The package reaches everything; only the last part, the program, stands behind that.
            last = part(module) == rows[-1]
            if not (last if part(target) in ENTRANCES else rank[part(target)] < rank[part(module)]):
                wrong.append(f"{module}, line {line}, imports {target}")
    return wrong


def find_cycle(graph: dict[str, set[str]]) -> list[str]:
    """A path that comes back to its start, or nothing."""
    done: set[str] = set()

    def walk(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        for following in sorted(graph.get(node, ())):
            if cycle := walk(following, [*path, node]):
                return cycle
        done.add(node)
        return []

    return next((cycle for node in sorted(graph) if (cycle := walk(node, []))), [])


def body_lines(function: Function) -> int:
    """The lines of a function's body; the docstring does not count, and neither do the arguments."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_every_part_is_in_the_table_and_every_row_exists() -> None:
    parts = {part(name) for name in modules()} - ENTRANCES
    assert sorted(order()) == sorted(parts)


def test_imports_go_one_way() -> None:
    found = {name: list(imports(name)) for name in modules()}
    assert violations_of_order(found, order()) == []


def test_the_order_check_sees_what_is_wrong() -> None:
    rows = ["errors", "layers", "model", "cli"]
    good = {"lamina.model.model": [("lamina.layers.dense", 1)], "lamina.cli.app": [("lamina", 2)]}
    bad = {"lamina.layers.dense": [("lamina.model.model", 3)], "lamina.model.model": [("lamina", 4)]}
    assert violations_of_order(good, rows) == []
    assert len(violations_of_order(bad, rows)) == 2


def test_data_and_layers_do_not_know_each_other() -> None:
    both = {"data", "layers"}
    known = [(name, target) for name in modules() for target, _ in imports(name) if part(name) in both]
    assert [pair for pair in known if {part(pair[0]), part(pair[1])} == both] == []


def test_there_are_no_cycles() -> None:
    """Between folders the order refuses them, lazy ones too. In a folder, a method may call what builds on
    its class (Model.save writes the document of a Model), but no two modules need each other to be imported.
    """
    graph = {
        name: {target for target, _ in imports(name, when_imported=True)}
        for name in modules()
        if part(name) not in ENTRANCES
    }
    assert find_cycle(graph) == []


def test_the_cycle_check_sees_one() -> None:
    assert find_cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert find_cycle({"a": {"b", "c"}, "b": {"c"}}) == []


def test_no_relative_imports() -> None:
    found = [
        place(path, node)
        for path in modules().values()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert found == []


def test_no_file_is_too_long() -> None:
    folders = [SOURCE, ROOT / "benchmarks", ROOT / "examples", ROOT / "scripts", ROOT / "tests"]
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for folder in folders
        for path in folder.rglob("*.py")
    }
    assert {name: length for name, length in lengths.items() if length > MAX_FILE_LINES} == {}


def test_no_function_is_too_long() -> None:
    found = {
        f"{place(path, node)} {node.name}": body_lines(node)
        for path in modules().values()
        for node in ast.walk(parsed(path))
        if isinstance(node, Function)
    }
    assert {name: length for name, length in found.items() if length > MAX_FUNCTION_LINES} == {}


def test_the_length_of_a_function_is_that_of_its_body() -> None:
    function = ast.parse(
        'def f(\n    a,\n    b,\n):\n    """One.\n\n    Two.\n    """\n    c = a\n    return c\n'
    ).body[0]
    assert isinstance(function, Function)
    assert body_lines(function) == 2


def test_folders_are_named_by_what_they_hold() -> None:
    folders = [folder for folder in SOURCE.rglob("*") if folder.is_dir()]
    assert [str(folder) for folder in folders if folder.name in UNNAMED_FOLDERS] == []


def test_every_module_says_what_it_is() -> None:
    assert [name for name, path in modules().items() if not ast.get_docstring(parsed(path))] == []


@pytest.mark.parametrize("path", modules().values(), ids=modules().keys())
def test_what_a_module_must_not_do(path: Path) -> None:
    found = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Assert):
            found.append(f"{place(path, node)}: assert; raise an error of lamina.errors")
        elif isinstance(node, ast.ExceptHandler) and _is_broad(node):
            found.append(f"{place(path, node)}: a bare or broad except; name what can go wrong")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "print" and path.parent.name != "cli":
                found.append(f"{place(path, node)}: print; only the command line speaks")
            if node.func.id in ("eval", "exec"):
                found.append(f"{place(path, node)}: {node.func.id}")
    assert found == []


def _is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether a handler takes everything and keeps it; cleaning up and raising again hides nothing."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    last = handler.body[-1]
    raises_again = isinstance(last, ast.Raise) and last.exc is None
    return not raises_again and any(kind is None or ast.unparse(kind) in BROAD for kind in kinds)


BROAD = {"Exception", "BaseException"}


@pytest.mark.parametrize(
    ("handler", "broad"),
    [
        ("except:\n    pass", True),
        ("except Exception:\n    pass", True),
        ("except (OSError, BaseException) as error:\n    raise ValueError from error", True),
        ("except OSError:\n    pass", False),
        ("except BaseException:\n    clean()\n    raise", False),
    ],
)
def test_the_check_of_handlers_tells_broad_from_narrow(handler: str, broad: bool) -> None:
    found = [
        node for node in ast.walk(ast.parse(f"try:\n    run()\n{handler}\n")) if isinstance(node, ast.ExceptHandler)
    ]
    assert [_is_broad(node) for node in found] == [broad]


def loaded_after(statement: str) -> set[str]:
    """The heavy packages that a fresh interpreter has imported after a statement."""
    program = f"""
import json, sys
try:
    {statement}
except SystemExit:
    pass
print("\\n" + json.dumps(sorted({{name.split(".")[0] for name in sys.modules}})))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return HEAVY & set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "statement",
    [
        "import lamina",
        "sys.argv = ['lamina', '--help']; from lamina.cli import main; main()",
        "sys.argv = ['lamina', 'train', '--help']; from lamina.cli import main; main()",
        "import lamina; lamina.Sequential(lamina.Conv2D(4, 3), lamina.Dense(2)).parameters((8, 8, 1))",
    ],
    ids=["import lamina", "lamina --help", "lamina train --help", "a network described"],
)
def test_what_computes_is_imported_when_used(statement: str) -> None:
    assert loaded_after(statement) == set()


def test_reading_a_model_file_needs_numpy_only() -> None:
    assert loaded_after("from lamina.model.document import read_model") == set()


def test_the_import_check_sees_what_was_imported() -> None:
    assert loaded_after("import lamina; lamina.Settings(); import jax") == {"jax", "jaxlib"} | loaded_after(
        "import jax"
    )
