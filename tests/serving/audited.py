"""Sends hostile requests to a server in this process, and notes what files and connections Python's audit hook sees."""

from __future__ import annotations

import sys
from typing import Any

from tests.serving.servers import digit, infer, serving, tensor

BAITS = ("/etc/passwd", "/etc/hostname", "http://169.254.169.254/", "../../etc/passwd", "file:///etc/passwd")
EVENTS = (
    "subprocess.Popen",
    "os.exec",
    "os.system",
    "os.posix_spawn",
    "urllib.Request",
    "socket.getaddrinfo",
    "pickle.find_class",
)
seen: list[str] = []
listening = False


def note(event: str, given: tuple[Any, ...]) -> None:
    """Keep what a request must not lead to; the test's own connections go to this machine."""
    if not listening:
        return
    if event in EVENTS and "127.0.0.1" not in str(given):
        seen.append(f"{event} {given!r}")
    if event == "open" and isinstance(given[0], str | bytes) and "/serving/page/" not in str(given[0]):
        seen.append(f"open {given[0]!r}")
    if event == "socket.connect" and given[1][0] != "127.0.0.1":
        seen.append(f"connect {given[1]!r}")


def ask_everything() -> None:
    """Every route with paths and addresses in every place."""
    global listening
    with serving("digits", "iris", "table", "texts") as (server, models):
        works(server)  # what is imported when it is first used is no answer to a bait
        listening = True
        works(server)
        for bait in BAITS:
            for model in models.names:
                for rows in (bait, [bait], [[bait]], [{"Age": bait, "file": bait, "picture": bait}]):
                    server.ask("POST", f"/predict/{model}", {"rows": rows})
                server.ask(
                    "POST",
                    f"/predict/{model}",
                    f"file\n{bait}\n".encode(),
                    {"Content-Type": "text/csv", "File-Name": bait},
                )
                for one in server.ask("GET", f"/v2/models/{model}").json["inputs"]:
                    infer(server, model, tensor(one["name"], "BYTES", [bait]))
            server.ask("GET", f"/{bait}")
            server.ask("GET", f"/predict/{bait}".replace("/", "%2f"))
        listening = False


def works(server: Any) -> None:
    server.ask("POST", "/predict/digits", {"rows": [digit().tolist()]})
    server.ask("POST", "/predict/texts", {"rows": ["good"]})
    server.ask("POST", "/predict/texts", b"good", {"Content-Type": "text/plain"})
    for model in ("iris", "table"):
        server.ask("POST", f"/predict/{model}", {"rows": [{"Age": 1}]})
        server.ask("POST", f"/predict/{model}", b"Age\n1\n", {"Content-Type": "text/csv"})
    server.ask("GET", "/")


if __name__ == "__main__":
    sys.addaudithook(note)
    ask_everything()
    print("\n".join(sorted(set(seen))) or "nothing was opened")
