"""NVIDIA's client, unmodified, against a server: run with its port. Prints what it got."""

from __future__ import annotations

import json
import sys

import numpy as np
import tritonclient.http as http


def main(port: str) -> None:
    client = http.InferenceServerClient(f"127.0.0.1:{port}")
    metadata = client.get_model_metadata("iris")
    found = {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model ready": client.is_model_ready("iris"),
        "version ready": client.is_model_ready("iris", "1"),
        "no model ready": client.is_model_ready("none"),
        "server": client.get_server_metadata()["name"],
        "inputs": [one["name"] for one in metadata["inputs"]],
    }
    for datatype, kind in (("FP64", np.float64), ("FP32", np.float32)):
        for binary in (True, False):
            rows = http.InferInput("rows", [2, 4], datatype)
            rows.set_data_from_numpy(np.array([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]], kind), binary_data=binary)
            wanted = [http.InferRequestedOutput("class", binary_data=binary)]
            for outputs in (wanted, None):
                answer = client.infer("iris", [rows], outputs=outputs, request_id="seven")
                found[f"{datatype} {binary} {outputs is None}"] = [
                    text.decode() if isinstance(text, bytes) else text for text in answer.as_numpy("class").tolist()
                ]
    try:
        client.infer("iris", [http.InferInput("row", [1, 4], "FP64").set_data_from_numpy(np.zeros((1, 4)))])
    except http.InferenceServerException as error:
        found["refused"] = str(error)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
