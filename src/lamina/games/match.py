"""Games played out inside a compiled program: many at a time, every move drawn from what a player gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from lamina.arrays import Array, Key, jax, jnp
from lamina.games.base import Game
from lamina.games.perfect import best_moves, can_be_solved, code_of

Player: TypeAlias = Callable[[Array], Array]
"""Boards (games, rows, columns) -> the chance of each move (games, moves), 0 where it is not free."""


class Played(NamedTuple):
    """Games that were played to their end; a turn that comes after it is no part of the game.

    Args:
        boards: (games, turns, rows, columns), as the player to move saw them.
        moves: (games, turns).
        playing: (games, turns), whether the game was still under way.
        results: (games,), 1 where the player who moved first has won, -1 where the other has, 0 for a draw.
    """

    boards: Array
    moves: Array
    playing: Array
    results: Array


def play_out(game: Game, boards: Array, first: Player, second: Player, keys: Key) -> Played:
    """Play from each board to the end; `keys` (games,) give each game its own chance."""

    rounds = -(-game.fields // 2)
    noise = jax.vmap(lambda key: jax.random.gumbel(key, (rounds, 2, game.moves), boards.dtype))(keys)

    def round_of_both(now: tuple[Array, Array, Array], noise: Array) -> tuple[tuple[Array, Array, Array], Played]:
        turns = []
        for place, player in enumerate((first, second)):
            boards, playing, results = now
            # The largest log p + Gumbel noise has the chance p.
            moves = jnp.argmax(jnp.log(player(boards)) + noise[:, place], axis=1)
            after = game.play(boards, moves)
            ended = results + (1 - 2 * place) * (playing & game.won(after))
            turns.append(Played(boards, moves, playing, ended))
            now = (jnp.where(playing[:, None, None], after, boards), playing & ~game.over(after), ended)
        return now, jax.tree.map(lambda one, other: jnp.stack([one, other]), *turns)

    start = (boards, ~game.over(boards), jnp.zeros(len(boards), boards.dtype))
    (_, _, results), seen = jax.lax.scan(round_of_both, start, jnp.moveaxis(noise, 1, 0))
    told, moves, playing = (jnp.moveaxis(of.reshape(2 * rounds, *of.shape[2:]), 0, 1) for of in seen[:3])
    return Played(told, moves, playing, results)


def random_player(game: Game) -> Player:
    """Every free move with the same chance."""

    def chances(boards: Array) -> Array:
        free: Array = game.legal(boards).astype(boards.dtype)
        return free / jnp.maximum(free.sum(axis=1, keepdims=True), 1)

    return chances


def perfect_player(game: Game) -> Player:
    """Every best move with the same chance.

    Raises:
        SettingError: a game whose perfect play is not known.
    """
    best = best_moves(game.name)

    def chances(boards: Array) -> Array:
        found = jnp.asarray(best)[code_of(boards)]
        return found / jnp.maximum(found.sum(axis=1, keepdims=True), 1)

    return chances


def strongest_player(game: Game) -> Player:
    """Perfect play where it is known, random moves elsewhere."""
    return perfect_player(game) if can_be_solved(game.name) else random_player(game)


OPPONENTS: dict[str, Callable[[Game], Player]] = {"random": random_player, "perfect": perfect_player}
"""Who can be played against, by name."""


def keys_of_boards(key: Key, boards: Array) -> Key:
    """A key for each board that its fields alone decide, so that its game is the same whatever is beside it."""
    _, rows, columns = boards.shape
    powers = np.array([pow(3, place, 2**32) for place in range(rows * columns)], np.uint32).reshape(rows, columns)
    marks = ((boards + 1).astype(jnp.uint32) * powers).sum(axis=(1, 2), dtype=jnp.uint32)
    return jax.vmap(lambda mark: jax.random.fold_in(key, mark))(marks)


def keys_of_rows(key: Key, boards: Array) -> Key:
    """A key for each board by its place."""
    return jax.vmap(lambda place: jax.random.fold_in(key, place))(jnp.arange(len(boards)))
