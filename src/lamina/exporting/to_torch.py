"""A model as a PyTorch program, with its weights beside it in a safetensors file."""

from __future__ import annotations

from lamina.exporting.programs import Program, to_safetensors

BODY = '''
w = load_file(Path(__file__).with_name($weights))
$fixed


class Network(nn.Module):
    """The network; it can go on learning."""

    def __init__(self) -> None:
        super().__init__()
        for name, array in w.items():
            if name in FIXED:
                self.register_buffer(name, torch.tensor(array))
            else:
                self.register_parameter(name, nn.Parameter(torch.tensor(array)))

    def forward(self, x: Any) -> Any:
        w = self.state_dict(keep_vars=True)
$network


def predict(inputs: dict[str, Any], network: Network | None = None) -> dict[str, Any]:
    """The answers for arrays by their names; both stand above."""
    seen = prepare({name: np.asarray(one) for name, one in inputs.items()})
    with torch.no_grad():
        outputs = (network or Network()).eval()(torch.from_numpy(np.ascontiguousarray(seen))).numpy()
    return answers(outputs, seen)


def prepare(inputs: dict[str, Any]) -> Any:
    """What the network sees of the inputs."""
$prepare


def answers(outputs: Any, seen: Any) -> dict[str, Any]:
    """What the outputs mean."""
$answers
'''

TORCH = Program(
    files=("torch_layers", "torch_sequences", "torch_generative", "torch_translation"),
    prefix="in_numpy_",
    ending=".safetensors",
    imports=("import numpy as np", "import torch", "from torch import nn", "from safetensors.numpy import load_file"),
    body=BODY,
    save=to_safetensors,
)
