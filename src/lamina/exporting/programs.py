"""A model as a readable Python program: what it does at the top, the functions that this takes below."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from string import Template

from lamina.exporting.answers import write_answers
from lamina.exporting.every_layer import write_network
from lamina.exporting.forms import Input, Output, Weight
from lamina.exporting.library import Library
from lamina.exporting.preparation import left_outside, write_preparation, write_without_preparation
from lamina.exporting.source_form import SourceForm, wrapped
from lamina.model.container import to_bytes
from lamina.model.model import Model
from lamina.visible import printable

PREPARING = ("numpy_layers", "numpy_preparation")
"""The files of functions/ for preparation and answers, which are NumPy's in every program."""
ALWAYS = ("from __future__ import annotations", "from pathlib import Path", "from typing import Any")


@dataclass(frozen=True)
class Program:
    """What a program for one library of arrays looks like.

    Args:
        files: of functions/ for the layers.
        prefix: before the names of NumPy's functions, where the layers' are of another library.
        ending: of the file of weights.
        imports: lines that the body needs.
        body: with the places $network, $prepare, $answers, $weights and $fixed.
        save: weights as the bytes of a file.
    """

    files: tuple[str, ...]
    prefix: str
    ending: str
    imports: tuple[str, ...]
    body: str
    save: Callable[[Mapping[str, Weight]], bytes]


@dataclass(frozen=True)
class Parts:
    """The three functions of a program, and what is given and got."""

    prepare: SourceForm
    network: SourceForm
    answers: SourceForm
    outputs: tuple[Output, ...]


def write_program(model: Model, program: Program, name: str, prepare: bool) -> tuple[str, bytes]:
    """The text of a program, and the file of its weights.

    Args:
        model: a trained model.
        program: for which library.
        name: of the program's file, without its ending.
        prepare: whether it takes raw inputs and gives answers.

    Raises:
        ExportError: a layer or a preparation that cannot be written.
    """
    parts = _parts(model, program, prepare)
    weights = {**parts.network.weights, **parts.prepare.weights}
    fixed = sorted(one for one, weight in weights.items() if not weight.learnt)
    body = Template(program.body).substitute(
        prepare=_indented(parts.prepare, 4),
        network=_indented(parts.network, 4 if not program.prefix else 8),
        answers=_indented(parts.answers, 4),
        weights=repr(f"{name}.weights{program.ending}"),
        fixed="\n".join(wrapped(f"FIXED = {SourceForm().literal(tuple(fixed))}")),
    )
    functions, imports = _functions(parts, program)
    head = "\n".join([*_told(model, parts, prepare), "", *_merged({*ALWAYS, *program.imports, *imports})])
    return "\n\n\n".join([head, body.strip(), *functions]) + "\n", program.save(weights)


def _parts(model: Model, program: Program, prepare: bool) -> Parts:
    first, network, last = SourceForm(program.prefix, "seen"), SourceForm(), SourceForm(program.prefix, "y")
    first.give((write_preparation if prepare else write_without_preparation)(first, model.encoder))
    shape = model.encoder.input_shape
    network.give(write_network(network, model.network, model.params, model.state, shape, "x"))
    plain = {Output("outputs", "float32", model.task.output_shape, "what the network gives"): "outputs"}
    answers = write_answers(last, model.task, "outputs", "seen") if prepare else plain
    values = [f"    {out.name!r}: {last.keep(value)}," for out, value in answers.items()]
    last.lines += ["return {", *values, "}"]
    return Parts(first, network, last, tuple(answers))


def _functions(parts: Parts, program: Program) -> tuple[list[str], set[str]]:
    """The text of all functions, and the imports that they need."""
    around = parts.prepare.used | parts.answers.used
    if not program.prefix:
        library, used = Library(*program.files, PREPARING[1]), parts.network.used | around
        return [library.source(used)] if used else [], library.imports(used)
    both = ((Library(*program.files), parts.network.used, ""), (Library(*PREPARING), around, program.prefix))
    texts = [library.source(used, prefix) for library, used, prefix in both]
    return [text for text in texts if text], set().union(*(library.imports(used) for library, used, _ in both))


def _told(model: Model, parts: Parts, prepare: bool) -> list[str]:
    """What the program is, as comments: names from data cannot end one."""
    version = importlib.metadata.version("lamina")
    lines = [f"Made by Lamina {version}. Predicts {model.task.describe()}.", "", "Inputs:"]
    lines += [_described(one) for one in parts.prepare.inputs]
    lines += ["", "Answers:", *map(_described, parts.outputs)]
    before = left_outside(model.encoder) if prepare else []
    return [f"# {printable(line)}".rstrip() for line in [*lines, *([""] if before else []), *before]]


def _described(one: Input | Output) -> str:
    shape = ", ".join(["examples", *map(str, one.shape)])
    return f"    {one.name}: {one.kind} ({shape}), {one.told}"


def _indented(form: SourceForm, columns: int) -> str:
    return "\n".join(" " * columns + line for line in form.lines)


def _merged(lines: Iterable[str]) -> list[str]:
    """Import lines in groups: what comes first, Python's own, others; names of one module in one line."""
    modules: dict[str, list[str]] = {}
    for line in sorted(lines):
        first, _, name = line.partition(" import ")
        modules.setdefault(first, []).extend([name] if name else [])
    groups: list[list[str]] = [[], [], []]
    for first, names in sorted(modules.items(), key=lambda one: one[0].split()[1].lower()):
        module = first.split()[1].split(".")[0]
        place = 0 if module == "__future__" else 1 if module in sys.stdlib_module_names else 2
        groups[place].append(f"{first} import {', '.join(names)}" if names else first)
    return "\n\n".join("\n".join(group) for group in groups if group).split("\n")


def to_safetensors(weights: Mapping[str, Weight]) -> bytes:
    """Weights as the bytes of a file that any reader of safetensors opens."""
    return to_bytes({"kind": "weights"}, {name: weight.array for name, weight in weights.items()})
