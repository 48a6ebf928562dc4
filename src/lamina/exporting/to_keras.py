"""A model as a Keras program for whatever Keras computes with, with its weights beside it in a safetensors file."""

from __future__ import annotations

from lamina.exporting.programs import Program, to_safetensors

BODY = '''
w = load_file(Path(__file__).with_name($weights))
$fixed


class Network(keras.Model):
    """The network; it can go on learning."""

    def __init__(self) -> None:
        super().__init__()
        self.arrays = {}
        for name, array in w.items():
            label = name.replace("/", "_")
            self.arrays[name] = self.add_weight(shape=array.shape, trainable=name not in FIXED, name=label)
            self.arrays[name].assign(array)

    def call(self, x: Any) -> Any:
        w = self.arrays
$network


def predict(inputs: dict[str, Any], network: Network | None = None) -> dict[str, Any]:
    """The answers for arrays by their names; both stand above."""
    seen = prepare({name: np.asarray(one) for name, one in inputs.items()})
    outputs = ops.convert_to_numpy((network or Network())(seen))
    return answers(outputs, seen)


def prepare(inputs: dict[str, Any]) -> Any:
    """What the network sees of the inputs."""
$prepare


def answers(outputs: Any, seen: Any) -> dict[str, Any]:
    """What the outputs mean."""
$answers
'''

KERAS = Program(
    files=("keras_layers", "keras_sequences", "keras_generative", "keras_translation"),
    prefix="in_numpy_",
    ending=".safetensors",
    imports=("import numpy as np", "import keras", "from keras import ops", "from safetensors.numpy import load_file"),
    body=BODY,
    save=to_safetensors,
)
