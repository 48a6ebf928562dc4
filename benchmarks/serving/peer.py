"""The same network behind FastAPI and PyTorch, as their documentations write it."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np


def build(path: str) -> Any:
    """The app; the file has the weights, and the mean and scale of the pixels."""
    import torch
    from fastapi import Body, FastAPI

    torch.set_num_threads(1)  # for single pictures quicker than several
    saved = np.load(path)
    first, second = torch.nn.Linear(64, 128), torch.nn.Linear(128, 10)
    with torch.no_grad():
        for layer, name in ((first, "first"), (second, "second")):
            layer.weight.copy_(torch.from_numpy(saved[f"{name}/weight"].T))
            layer.bias.copy_(torch.from_numpy(saved[f"{name}/bias"]))
    network = torch.nn.Sequential(first, torch.nn.ReLU(), second).eval()
    mean, scale = float(saved["mean"]), float(saved["scale"])
    app = FastAPI()

    async def predict(pixels: list[int] = Body(embed=True)) -> dict[str, Any]:  # noqa: B008  # as FastAPI has it
        with torch.inference_mode():
            x = (torch.tensor([pixels], dtype=torch.float32) / 255 - mean) / scale
            shares = torch.softmax(network(x), dim=1)[0]
        return {"digit": str(int(shares.argmax())), "probabilities": shares.tolist()}

    app.post("/predict")(predict)
    return app


def main() -> None:
    """Serve: python -m benchmarks.serving.peer WEIGHTS PORT."""
    import uvicorn

    uvicorn.run(build(sys.argv[1]), port=int(sys.argv[2]), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
