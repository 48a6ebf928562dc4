"""lamina play: the playground in a browser; of a model that has learnt a game, the game."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lamina.cli.console import json_lines, remark, say
from lamina.cli.fetching import fetch_named
from lamina.cli.game import play_with_person
from lamina.cli.progress import reading_bar
from lamina.errors import SettingError

if TYPE_CHECKING:
    import socket

    from lamina.model.model import Model

MODEL_SUFFIX = ".safetensors"
HOST, PORT = "127.0.0.1", 8471


def play(
    source: Annotated[str | None, typer.Argument(
        metavar="[SOURCE | MODEL]", help="Data, or a model file; without it, points of a plane.")] = None,
    port: Annotated[int | None, typer.Option(
        min=0, max=65535, help="Of the page; 8471 without it, or a free one.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    against: Annotated[str | None, typer.Option(help="Of a game: let the model play by itself, against random or "
                                                     "perfect.")] = None,
    games: Annotated[int | None, typer.Option(help="With --against: how many games; 1,000 without it.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="With --against: of the opponent's draws.")] = 0,
    second: Annotated[bool, typer.Option("--second", help="Of a game: the model begins, you move second.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --against: print JSON.")] = False,
    allow_unproven: Annotated[bool, typer.Option(help="Go on where the model's proof does not hold.")] = False,
) -> None:  # fmt: skip
    """Build, train and look into a network on a local page: the playground.

    The data is points of a plane, a data set by its name, or your own file or folder; a model file is opened with the
    data that it was trained on. The page is served on this machine alone, to whoever has the address that is printed.

    A model that has learnt a board game plays against you here instead: type the number of your move, quit to leave.

    \b
    lamina play
    lamina play penguins.csv
    lamina play digits.safetensors
    lamina play tic_tac_toe.safetensors
    lamina play tic_tac_toe.safetensors --against perfect --games 1000
    """
    if against is None and (games is not None or as_json):
        raise SettingError("--games and --json are for games that the model plays by itself: give --against too")
    if against is not None and second:
        raise SettingError("--second is for a game against a person: leave it or --against out")
    model = _model(source, allow_unproven)
    if against is not None or second or (model is not None and _has_learnt_a_game(model)):
        _play_game(model, against, games, seed, second, as_json)
        return
    _open_page(source, model, port, browser)


def _model(source: str | None, allow_unproven: bool) -> Model | None:
    """The model of a file that is called like one."""
    from lamina.model.model import Model

    if source is None or not source.lower().endswith(MODEL_SUFFIX):
        return None
    return Model.load(source, allow_unproven=allow_unproven)


def _has_learnt_a_game(model: Model) -> bool:
    from lamina.tasks.playing import Playing

    return isinstance(model.task, Playing)


def _play_game(
    model: Model | None, against: str | None, games: int | None, seed: int, second: bool, as_json: bool
) -> None:
    from lamina.model.playing import GAMES_OF_A_TEST, require_player
    from lamina.model.playing import play as play_games

    if model is None:
        raise SettingError("--against and --second are for a model that has learnt a game: give its file")
    task, _ = require_player(model)
    if against is None:
        play_with_person(model, task.rules, second)
        return
    score = play_games(model, against, GAMES_OF_A_TEST if games is None else games, seed)
    facts = {"against": against, "games": score.games, "won": score.won, "drawn": score.drawn, "lost": score.lost}
    say(*(json_lines(facts) if as_json else [str(score)]))


def _open_page(source: str | None, model: Model | None, port: int | None, browser: bool) -> None:
    """Serve the page until Ctrl-C."""
    from lamina.data.remote import is_address, local_path
    from lamina.playground.starting import UPLOADS, prepared_playground
    from lamina.web.access import new_token
    from lamina.web.running import Server, address_of

    if source is not None:
        fetch_named(source)
        with reading_bar():
            source = str(local_path(source)) if is_address(source) else source
    with prepared_playground(source, model, Path.cwd()) as playground:
        opened, token = _listen(port), new_token()
        address = f"{address_of(opened)}/#token={token}"
        say(f"the playground is at {address}")
        remark("whoever has this address may use it; Ctrl-C ends it")
        if browser:
            _show(address)
        Server(playground.app(token), UPLOADS, websockets="websockets-sansio").run(sockets=[opened])


def _listen(port: int | None) -> socket.socket:
    """The port that was asked for; without one the usual port, or a free one where that is taken."""
    from lamina.web.running import listen

    if port is not None:
        return listen(HOST, port)
    try:
        return listen(HOST, PORT)
    except SettingError:
        return listen(HOST, 0)


def _show(address: str) -> None:
    """Open a browser without waiting for it; where there is none, the address is enough."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
