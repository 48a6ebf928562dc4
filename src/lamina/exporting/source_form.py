"""A network as the lines of a Python function."""

from __future__ import annotations

from typing import Any

from lamina.exporting.forms import Form, Function, Input, Value, Weight
from lamina.visible import printable

WIDTH = 116
BREAK = "\0"
"""Where a line may be broken; the text of a value never holds it."""


class SourceForm(Form):
    """Calls become expressions; what is kept becomes a variable.

    Args:
        prefix: before the names of the functions.
        name: of the variables.
    """

    def __init__(self, prefix: str = "", name: str = "x") -> None:
        self.lines: list[str] = []
        self.used: set[str] = set()
        self.weights: dict[str, Weight] = {}
        self.inputs: list[Input] = []
        self._prefix, self._name, self._count = prefix, name, 0

    def call(self, function: str, *given: Any, **settings: Any) -> Value:
        """The expression of a call."""
        values = [one if isinstance(one, str) else self.literal(one) for one in given]
        named = [f"{name}={self.literal(value)}" for name, value in settings.items()]
        return f"{self._function(function)}({f',{BREAK}'.join([*values, *named])})"

    def input(self, given: Input) -> Value:
        """One of the arrays that a person gives."""
        self.inputs.append(given)
        return f"inputs[{given.name!r}]"

    def keep(self, value: Value) -> Value:
        """A variable for an expression; a variable stays what it is."""
        if value.isidentifier():
            return value
        self._count += 1
        name = f"{self._name}{self._count}"
        self.lines += wrapped(f"{name} = {value}")
        return name

    def say(self, text: str) -> None:
        """A comment."""
        text = printable(text)
        self.lines.append(f"# {text if len(text) <= WIDTH - 4 else text[: WIDTH - 7] + '...'}")

    def give(self, value: Value) -> None:
        """The last line: what the function gives."""
        self.lines += wrapped(f"return {value}")

    def _function(self, name: str) -> str:
        self.used.add(name)
        return self._prefix + name

    def literal(self, value: Any) -> str:
        """A setting as one would write it."""
        if isinstance(value, Weight):
            self.weights.setdefault(value.name, value)
            return f"w[{value.name!r}]"
        if isinstance(value, Function):
            return self._function(value.name)
        if isinstance(value, tuple | list):
            inside = f",{BREAK}".join(map(self.literal, value))
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        return repr(value)


def wrapped(line: str) -> list[str]:
    """A line, broken where it may be if it is too long.

    Example:
        >>> wrapped(f"f(1,{BREAK}2)")
        ['f(1, 2)']
    """
    whole = line.replace(BREAK, " ")
    if len(whole) <= WIDTH:
        return [whole]
    lines, rest = [""], line.split(BREAK)
    for piece in rest:
        longer = f"{lines[-1]} {piece}" if lines[-1].strip() else f"{lines[-1]}{piece}"
        if len(longer) > WIDTH and lines[-1].strip():
            lines.append(f"    {piece}")
        else:
            lines[-1] = longer
    return lines
