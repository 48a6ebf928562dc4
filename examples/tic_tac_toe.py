"""A network learns tic-tac-toe from games against itself, then plays against random moves and against perfect play."""

from __future__ import annotations

import lamina
from lamina import Dense, Flatten, SelfPlay, Sequential

# The layers see a board as two planes, own stones and the other's; they give a number for each of the nine fields and
# one for the result that is expected.
policy = Sequential(Flatten(), Dense(128, "relu"), Dense(128, "relu"), Dense(10))

run = lamina.train("tic_tac_toe", SelfPlay(policy, "tic_tac_toe"), epochs=30, seed=1)
for epoch in run:
    if epoch.number % 10 == 0:
        lost = 100 * epoch["validation loss"]
        print(f"epoch {epoch.number}: {lost:.0f} % of the points are lost to perfect play")
model = run.model

print(f"random moves lose {100 * (model.record.guess or 0):.0f} % from the same positions")
for board in (".../.../...", "xx./oo./...", "x../.o./..x"):
    print(board, "->", model.predict(board)[0])
for opponent in ("random", "perfect"):
    print(lamina.play(model, against=opponent, games=1_000))
