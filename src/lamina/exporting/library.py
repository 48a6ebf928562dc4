"""Functions as text: what a program needs of the files in functions/, with everything that this needs in turn.

The files are read, never imported: PyTorch or Keras need not be installed to write a program for them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).with_name("functions")
OURS = "lamina.exporting.functions"

Definition = ast.FunctionDef | ast.AnnAssign | ast.Assign


class Library:
    """Files of functions/ as one collection of definitions by their names."""

    def __init__(self, *files: str) -> None:
        self._texts: dict[str, str] = {}
        self._needs: dict[str, set[str]] = {}
        self._imports: dict[str, str] = {}
        for file in files:
            self._read((FOLDER / f"{file}.py").read_text(encoding="utf-8"))

    @property
    def names(self) -> set[str]:
        """Of all definitions."""
        return set(self._texts)

    def needed(self, functions: Iterable[str]) -> list[str]:
        """These functions and all that they need, in the order of the files."""
        found, left = set[str](), list(functions)
        while left:
            name = left.pop()
            if name in self._texts and name not in found:
                found.add(name)
                left += self._needs[name]
        return [name for name in self._texts if name in found]

    def source(self, functions: Iterable[str], prefix: str = "") -> str:
        """Their text; a prefix goes before each of their names."""
        names = self.needed(functions)
        text = "\n\n\n".join(self._texts[name] for name in names)
        return re.sub(rf"(?<![\w.\"'])({'|'.join(names)})\b", rf"{prefix}\1", text) if prefix and names else text

    def imports(self, functions: Iterable[str]) -> set[str]:
        """The import lines of what they need."""
        used = {need for name in self.needed(functions) for need in self._needs[name]}
        return {line for name, line in self._imports.items() if name in used}

    def _read(self, text: str) -> None:
        body = ast.parse(text).body
        for node, following in zip(body, [*body[1:], None], strict=True):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._keep_import(node)
            elif isinstance(node, Definition):
                told = following if isinstance(following, ast.Expr) and not isinstance(node, ast.FunctionDef) else node
                lines = text.splitlines()[node.lineno - 1 : told.end_lineno]
                self._texts[_name(node)], self._needs[_name(node)] = "\n".join(lines), _free_names(node)

    def _keep_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """A line for each name that is imported; the files' own imports of each other are left out."""
        module = node.module if isinstance(node, ast.ImportFrom) else None
        if module == OURS or (module or "").startswith((f"{OURS}.", "__future__")):
            return
        for alias in node.names:
            line = ast.unparse(ast.ImportFrom(module, [alias], 0) if module else ast.Import([alias]))
            self._imports[alias.asname or alias.name.split(".")[0]] = line


def _name(node: Definition) -> str:
    if isinstance(node, ast.FunctionDef):
        return node.name
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    return ast.unparse(target)


def _free_names(node: ast.AST) -> set[str]:
    """The names that a definition takes from outside: not its arguments, nor what it assigns."""
    names = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
    own = {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
    own |= {one.id for one in names if isinstance(one.ctx, ast.Store)}
    return {one.id for one in names if isinstance(one.ctx, ast.Load)} - own
