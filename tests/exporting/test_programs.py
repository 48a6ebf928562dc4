"""Models as programs of plain NumPy: every layer, whole models in a Python without JAX, and what they look like."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina.errors import SettingError
from lamina.exporting.library import FOLDER, Library
from lamina.exporting.programs import PREPARING, write_program
from lamina.exporting.source_form import BREAK, SourceForm, wrapped
from lamina.exporting.to_keras import KERAS
from lamina.exporting.to_numpy import NUMPY
from lamina.exporting.to_torch import TORCH
from tests import trained
from tests.contracts.cases import Case
from tests.contracts.test_layers import start
from tests.exporting.functions import as_function
from tests.exporting.judges import assert_near
from tests.exporting.test_layers import CASES, MORE, examples, ours
from tests.exporting.test_models import MODELS, asked, assert_answers

WITHOUT_JAX = """
import importlib.abc, json, sys

class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in ALLOWED and name.split(".")[0] not in sys.stdlib_module_names:
            raise ImportError(f"{name} is not here")

ALLOWED = {"numpy", "exported"}
sys.meta_path.insert(0, Blocked())
sys.path.insert(0, sys.argv[1])
import numpy as np
import exported
with np.load(sys.argv[1] + "/given.npz", allow_pickle=True) as file:
    given = dict(file)
answers = exported.predict(given)
np.savez(sys.argv[1] + "/found.npz", **answers)
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules} - set(sys.stdlib_module_names))))
"""


@pytest.mark.slow
@pytest.mark.parametrize("case", [*CASES, *MORE], ids=lambda case: repr(case.layer).replace(" ", ""))
def test_a_layer_in_plain_numpy(case: Case) -> None:
    params, state = start(case)
    x = examples(case, 7)
    network, arrays = as_function(NUMPY, case.layer, params, state, case.shape)
    with np.errstate(all="ignore"):
        found = network(x, arrays)
    assert_near(found, ours(case, params, state, x))
    if case.layer.parameters(case.shape):
        assert found.dtype == np.float32, "one number of double precision makes all that follows slow"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_in_a_python_with_numpy_alone(name: str, tmp_path: Path) -> None:
    model = MODELS[name]()
    text, weights = write_program(model, NUMPY, "exported", prepare=True)
    (tmp_path / "exported.py").write_text(text, encoding="utf-8")
    (tmp_path / "exported.weights.npz").write_bytes(weights)
    given, encoded = asked(model, 9)
    np.savez(tmp_path / "given.npz", **given)
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-W", "error", "-c", WITHOUT_JAX, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=bare)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) & {"jax", "lamina", "scipy"} == set()
    with np.load(tmp_path / "found.npz", allow_pickle=True) as found:
        assert_answers(dict(found), model, encoded)


def test_a_program_reads_like_the_network() -> None:
    text, _ = write_program(trained.digits(), NUMPY, "digits", prepare=True)
    assert text.startswith("# Made by Lamina ")
    lines = [line.strip() for line in text.splitlines()]
    assert '# 1  Conv2D(filters=4, activation="relu")' in lines
    assert "x3 = reshape(x2, shape=(36,))" in lines
    assert "x4 = dense(x3, w['3/weight'], w['3/bias'])" in lines
    assert max(map(len, text.splitlines())) <= 120
    defined = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    assert {"predict", "prepare", "network", "answers", "conv2d", "windows"} <= defined
    assert "lstm" not in defined, "only what is needed stands there"


@pytest.mark.parametrize("program", [NUMPY, TORCH, KERAS], ids=["numpy", "torch", "keras"])
@pytest.mark.parametrize("name", ["several", "table", "texts"])
def test_a_program_defines_all_that_it_calls(program: object, name: str) -> None:
    text, _ = write_program(MODELS[name](), program, "some", prepare=True)
    tree = ast.parse(text)
    used = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
    known = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    known |= {one.arg for one in ast.walk(tree) if isinstance(one, ast.arg)} | set(dir(__builtins__))
    known |= {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.ClassDef)}
    known |= {(one.asname or one.name).split(".")[0] for one in ast.walk(tree) if isinstance(one, ast.alias)}
    assert used - known - {"__file__", *vars(__import__("builtins"))} == set()


def test_names_from_data_are_never_code(tmp_path: Path) -> None:
    plain: Any = trained.iris().task
    task = replace(plain, target='kind"""\nimport os\n#', classes=("a'\n", '"""', "\\"))
    model = replace(trained.iris(), task=task)
    text, _ = write_program(model, NUMPY, "odd", prepare=True)
    imported = [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Import)]
    assert {alias.name for one in imported for alias in one.names} == {"numpy"}
    exported = lamina.export(model, tmp_path / "odd.py", to="numpy")
    assert exported.off is not None
    assert exported.off < 1e-5


def test_export_writes_the_program_and_its_weights(tmp_path: Path) -> None:
    exported = lamina.export(trained.digits(), tmp_path / "digits.py", to="numpy")
    assert [path.name for path in exported.paths] == ["digits.weights.npz", "digits.py"]
    assert exported.off is not None
    assert exported.off < 1e-4
    with np.load(exported.paths[0], allow_pickle=False) as file:
        np.testing.assert_array_equal(file["3/weight"], trained.digits().params["3"]["weight"])


def test_what_cannot_be_run_here_is_not_said_to_be_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    exported = lamina.export(trained.iris(), tmp_path / "iris.py", to="torch")
    assert exported.off is None
    assert {path.name for path in exported.paths} == {"iris.py", "iris.weights.safetensors"}


def test_weights_open_in_any_reader_of_safetensors(tmp_path: Path) -> None:
    from safetensors.numpy import load

    _, weights = write_program(trained.normalized(), TORCH, "some", prepare=True)
    found = load(weights)
    assert set(found) == {"1/weight", "1/bias", "2/scale", "2/bias", "2/mean", "2/variance", "4/weight", "4/bias"}
    np.testing.assert_array_equal(found["2/mean"], trained.normalized().state["2"]["mean"])


def test_what_is_remembered_is_not_learnt() -> None:
    text, _ = write_program(trained.normalized(), TORCH, "some", prepare=True)
    assert "FIXED = ('2/mean', '2/variance')" in text


def test_the_model_file_is_never_written_over(tmp_path: Path) -> None:
    path = trained.iris().save(tmp_path / "iris.weights.safetensors")
    with pytest.raises(SettingError, match="is the model file itself"):
        lamina.export(lamina.Model.load(path), tmp_path / "iris.py", to="torch")


def test_a_program_needs_a_name_that_python_takes(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"a program needs a name that ends in \.py; got iris\.txt"):
        lamina.export(trained.iris(), tmp_path / "iris.txt", to="numpy")
    assert list(tmp_path.iterdir()) == []


def test_all_libraries_have_the_same_functions() -> None:
    of = {
        name: Library(*program.files).names for name, program in (("numpy", NUMPY), ("torch", TORCH), ("keras", KERAS))
    }
    helpers = {"windows", "channels_first", "channels_last", "real_steps", "of_parent", "Array", "Tensor"}
    assert of["numpy"] - helpers == of["torch"] - helpers == of["keras"] - helpers
    assert {path.stem for path in FOLDER.glob("*.py")} == {*NUMPY.files, *TORCH.files, *KERAS.files, *PREPARING}


def test_a_long_line_is_broken_where_it_may_be() -> None:
    form = SourceForm()
    form.give(form.call("join", *(f"a_rather_long_name_{number}" for number in range(9)), names=("one, two",) * 9))
    assert len(form.lines) > 1
    assert max(map(len, form.lines)) <= 116
    assert all(BREAK not in line for line in form.lines)
    assert ast.unparse(ast.parse("def f():\n " + "\n ".join(form.lines))).count("'one, two'") == 9
    assert wrapped("x = 1") == ["x = 1"]
