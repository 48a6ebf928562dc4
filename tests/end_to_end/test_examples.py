"""Every example is a complete program of at most 60 lines that runs as it stands and says what it promises."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import TIMEOUT

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SAYS = {
    "first_model.py": r"the first picture is a 0; the model says 0 \(.*digits \(.*\), 359 examples: .*error 0\.0",
    "own_network.py": r"shapes:\n  \(8, 8, 1\)\n  \(8, 8, 16\)\n.*epoch 1  loss .*'error': 0\.0",
    "own_arrays.py": r"value='inside'.*value='outside'.*the model says (1\.[89]|2\.[01]).*80 examples: .*error 0\.0",
    "own_layer.py": r"iris \(the part that the model was tested on\), 30 examples: .*error 0\.0",
    "draw_digits.py": r"vae: 64 new digits, as varied as (0\.[4-9]|1\.).*boltzmann: 64 new digits.*gan: 64 new digits",
    "feedback.py": r"direct  .* connections back, error .*direct \+ lateral \+ indirect .* error 0\.[01]",
    "leaky_neuron.py": r"1\.0 nA     0\.0 Hz     0\.0 Hz.*10\.0 nA",
    "support_vectors.py": r"perceptron .* error 0\.0.*linear_svm.* error 0\.0.*svm .* error 0\.0.*a and b: "
    r"\['no', 'yes'\]",
    "depth.py": r"14 layers with skips: .* test error 0\.[0-2].*14 layers without: "
    r".*original=True: Conv2D Subsample2D TableConv2D",
    "convolutions.py": r"as it is: 61,706 parameters.*error 0\.0[0-4].*a 0, and how strongly.*most alike "
    r".*digit 1: digit",
    "anomalies.py": r"autoencoder, code of 8: a nine is farther in [7-9]\d % .*conv_autoencoder, code "
    r"of 32: .*unlike what",
    "groups.py": r"k-means on pixels: .* 0\.6.*deep_clustering: adjusted Rand index 0\.[67].*map\.png shows",
    "boltzmann.py": r"boltzmann: minus .* \(64, 8, 8, 1\).*general_boltzmann: .*deep_belief: error "
    r"0\.[01].*machines learnt",
    "remember.py": r"always 1: .* 0\.1.*lstm: mean squared error 0\.0.*gru: mean squared error 0\.0",
    "write_on.py": r"lstm: 0\.\d+ nats.*one two buckle my shoe\nthree four.*transformer: 0\.\d+ "
    r"nats.*one two buckle my shoe",
    "alike.py": r"the nearest other picture shows the same digit: (8[5-9]|9\d|100) %.*\(0\.\d+\)",
    "tic_tac_toe.py": r"random moves lose [5-9]\d % from.*xx\./oo\./\.\.\. -> 3 \(.*games against perfect play: 0 won",
    "resume_a_run.py": r"going on after epoch 2  .*epoch 3  .*epoch 6  .*the same weights to the bit: True",
}
"""What each program prints, as a pattern over all of its output."""
READER = "read_model_numpy.py"
"""A reader of model files without Lamina; tests/model/test_numpy_reader.py runs it."""


def test_every_example_is_run() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {*SAYS, READER}


@pytest.mark.parametrize("name", SAYS)
def test_an_example_is_short_and_says_what_it_is(name: str) -> None:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    assert text.startswith('"""')


@pytest.mark.slow
@pytest.mark.parametrize("name", SAYS)
def test_an_example_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XLA_FLAGS", raising=False)  # compiled as for users
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / name], cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert re.search(SAYS[name], done.stdout, re.DOTALL), done.stdout
