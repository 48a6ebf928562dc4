"""KServe's client, unmodified, against a server: run with its port. Prints what it got."""

from __future__ import annotations

import asyncio
import json
import sys

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig


async def ask(port: str) -> None:
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    base = f"http://127.0.0.1:{port}"
    rows = np.array([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]])
    found = {
        "live": await client.is_server_live(base),
        "ready": await client.is_server_ready(base),
        "model ready": await client.is_model_ready(base, "iris"),
    }
    for binary in (False, True):
        given = InferInput("rows", [2, 4], "FP64")
        given.set_data_from_numpy(rows, binary_data=binary)
        answer = await client.infer(base, InferRequest("iris", [given]), model_name="iris")
        found[f"binary {binary}"] = next(one for one in answer.outputs if one.name == "class").as_numpy().tolist()
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(ask(sys.argv[1]))
