"""lamina serve: predictions of models over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from lamina.cli.console import remark, say

NEW = "new"
"""As a token: one is made up."""


def serve(
    models: Annotated[
        list[str], typer.Argument(help="Model files, or NAME=FILE where the file's name shall not be the model's.")
    ],
    host: Annotated[
        str, typer.Option(help="The address to listen at; another than 127.0.0.1 needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")] = 8_000,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="LAMINA_TOKEN",
            show_envvar=False,
            help='What every request must show; "new" makes one up. Better in the '
            "environment, as LAMINA_TOKEN, where other users do not see it.",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="A host name by which the server is asked; may come several times.")
    ] = None,
    allow_unproven: Annotated[bool, typer.Option(help="Go on where a model's proof does not hold.")] = False,
) -> None:
    """Answer over HTTP with trained models: a page to try them, plain routes, the Open Inference Protocol.

    \b
    lamina serve digits.safetensors
    curl -F file=@photo.png http://127.0.0.1:8000/predict
    lamina serve iris.safetensors digits.safetensors --port 9000
    lamina serve new=digits-2.safetensors old=digits.safetensors
    LAMINA_TOKEN=... lamina serve digits.safetensors --host 0.0.0.0 --allow-host models.example.org

    A file that is replaced is taken over as soon as it is whole. Ctrl-C or SIGTERM answers what was asked, and ends.
    """  # fmt: skip
    from lamina.serving.app import OPEN_PATHS, run_server
    from lamina.serving.models import Models, files_by_name
    from lamina.web.access import Access, hosts_for, new_token
    from lamina.web.limits import Limits
    from lamina.web.running import address_of, listen, require_token

    made = new_token() if token == NEW else None
    require_token(host, made or token)
    access = Access(hosts_for(host, allow_host or ()), made or token, OPEN_PATHS)
    loaded = Models(files_by_name(models), Limits(), remark, allow_unproven)
    opened = listen(host, port)
    if made is not None:
        say(f"token  {made}")
    ready = f"ready  {address_of(opened)}   {', '.join(loaded.names)}"
    run_server(loaded, access, opened, lambda: say(ready))
    remark("stopped: everything that was accepted has been answered")
