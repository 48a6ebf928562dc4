"""Board games learnt from games against oneself."""

from __future__ import annotations

import time

import lamina
from benchmarks.kinds.section import Section, finished, percent

GAMES = 1_000
OPPONENTS = {"tic_tac_toe": ("perfect", "random"), "connect_four": ("random",)}


def games() -> Section:
    """Both games with their defaults, against each opponent."""
    rows = []
    for game, opponents in OPPONENTS.items():
        for seed in range(3):
            began = time.perf_counter()
            model = finished(game, seed=seed).model
            seconds = time.perf_counter() - began
            for opponent in opponents:
                score = lamina.play(model, against=opponent, games=GAMES)
                shares = (percent(count / GAMES) for count in (score.won, score.drawn, score.lost))
                rows.append((f"`lamina train {game} --seed {seed}`", opponent, *shares, f"{seconds:.0f}"))
                print(rows[-1], flush=True)
    what = (
        f"{GAMES:,} games against each opponent, half of them begun by the network, which takes the likeliest move. "
        "Goals: none lost to perfect play, 95 % won against random play."
    )
    return Section("Playing", what, ("command", "against", "won", "drawn", "lost", "s"), rows)
