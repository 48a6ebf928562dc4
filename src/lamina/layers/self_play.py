"""Self-play: a policy network that learns a board game from games against itself."""

from __future__ import annotations

import math

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError, ShapeError
from lamina.games.base import Game
from lamina.games.known import game_by_name
from lamina.games.match import Played, Player, keys_of_boards, keys_of_rows, play_out, strongest_player
from lamina.layers.attention import FAR_BELOW
from lamina.layers.base import Layer, Variables, require_key
from lamina.recipes import recipe

PLANES = 2
"""What the policy sees of a board: the fields with own stones, and those with the other's."""


@recipe
class SelfPlay(Layer):
    """Plays from each board to the end, both sides by one policy, and makes the moves of the winner likelier.

    The policy gives z_m for each move m and u; p(m) = exp z_m / sum exp z over the free moves, v = tanh u is the
    expected result. While training a game is drawn from p; its result is 1, 0 or -1 for the player of each turn t, and
    G_t is that times discount^(turns left). The slope of an example is that of

        sum_t -(G_t - v_t) log p(m_t) + value (G_t - v_t)^2 - entropy H(p_t),   H(p) = -sum_m p(m) log p(m)

    with G_t - v_t held fixed in the first term: REINFORCE with a learnt baseline. The number that is told says more:
    the points lost (0, 1/2 or 1) in a game from that board against perfect play where that is known and random moves
    elsewhere, with the likeliest move at each own turn.

    Shapes:
        x: (batch, rows, columns), own stones 1, the other's -1, free fields 0, for the player to move; the policy sees
        (batch, rows, columns, 2). Output: (batch, moves + 3): p, v, points lost, H(p), which
        is the mean over the turns of the game while training.

    Args:
        policy: gives a number for each move and one for the expected result.
        game: by name.
        value: weight of the error of v.
        entropy: weight of H, which keeps the policy from deciding too early.
        discount: below 1, a result counts less the more turns it is away.

    Raises:
        SettingError: an unknown game, a negative weight; training without a key.
        ShapeError: no boards of the game, a policy that gives other numbers.

    Source:
        Williams, Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning (1992),
        sections 5 and 6; Sutton and Barto, Reinforcement Learning (2018), section 13.4; the entropy: Mnih et al.,
        Asynchronous Methods for Deep Reinforcement Learning (2016), section 4.

    Example:
        >>> from lamina import Dense, Flatten, SelfPlay, Sequential
        >>> SelfPlay(Sequential(Flatten(), Dense(10)), "tic_tac_toe").output_shape((3, 3))
        (12,)
    """

    policy: Layer
    game: str
    value: float = 0.5
    entropy: float = 0.1
    discount: float = 0.95

    def __post_init__(self) -> None:
        game_by_name(self.game)
        if not isinstance(self.policy, Layer):
            raise SettingError("SelfPlay needs a layer as its policy")
        for name in ("value", "entropy"):
            weight = getattr(self, name)
            if type(weight) not in (int, float) or not (math.isfinite(weight) and weight >= 0):
                raise SettingError(f"SelfPlay needs {name} from 0; got {weight!r}")
        if type(self.discount) not in (int, float) or not 0 < self.discount <= 1:
            raise SettingError(f"SelfPlay needs a discount above 0 and at most 1; got {self.discount!r}")

    @property
    def rules(self) -> Game:
        """Of the game."""
        return game_by_name(self.game)

    @property
    def planes(self) -> Shape:
        """The shape of what the policy sees of a board."""
        return (*self.rules.shape, PLANES)

    def output_shape(self, shape: Shape) -> Shape:
        """(moves + 3,)."""
        if tuple(shape) != self.rules.shape:
            raise ShapeError(repr(self), f"boards of shape {('batch', *self.rules.shape)}", shape)
        given, moves = self.policy.output_shape(self.planes), self.rules.moves
        if given != (moves + 1,):
            raise ShapeError(
                repr(self), f"a policy that gives {moves} + 1 numbers, for the moves and the result", given
            )
        return (moves + 3,)

    def parameters(self, shape: Shape) -> Variables:
        """Those of `policy`."""
        return {"policy": self.policy.parameters(self.planes)}

    def memory(self, shape: Shape) -> Variables:
        """What the policy remembers."""
        found = self.policy.memory(self.planes)
        return {"policy": found} if found else {}

    def apply(
        self,
        params: Params,
        state: State,
        x: Array,
        *,
        key: Key | None = None,
        training: bool = False,
        mask: Array | None = None,
    ) -> tuple[Array, State]:
        """The chances of the moves, the expected result, the points lost, the entropy."""
        self.output_shape(x.shape[1:])
        if training:
            require_key(self, key)
        boards = _whole(x)
        logarithms, value, _ = self.judge(params, state, boards)
        entropy, after = _entropy(logarithms), state
        if key is None or not training:
            lost = self.lost_to_strongest(params, state, boards, keys_of_boards(jax.random.key(0), boards))
        else:
            other_key, play_key, own_key = jax.random.split(key, 3)
            lost = self.lost_to_strongest(params, state, boards, keys_of_rows(other_key, boards))
            sloped, entropy, after = self.learn(params, state, boards, keys_of_rows(play_key, boards), own_key, mask)
            lost = lost + sloped - jax.lax.stop_gradient(sloped)
        chances = _chances(logarithms)
        told = (value, lost, entropy)
        return jnp.concatenate([chances, *(number[:, None] for number in told)], axis=1), after

    def judge(
        self,
        params: Params,
        state: State,
        boards: Array,
        *,
        key: Key | None = None,
        training: bool = False,
        mask: Array | None = None,
    ) -> tuple[Array, Array, State]:
        """log p of each move, far below 0 where it is not free; the expected result; the policy's state."""
        seen = jnp.stack([boards == 1, boards == -1], axis=-1).astype(boards.dtype)
        found, after = self.policy.apply(
            params["policy"], state.get("policy", {}), seen, key=key, training=training, mask=mask
        )
        free = self.rules.legal(boards)
        logits = jnp.where(free, found[:, :-1], FAR_BELOW)
        logarithms = jnp.where(free, jax.nn.log_softmax(logits), FAR_BELOW)
        return logarithms, jnp.tanh(found[:, -1]), after

    def player(self, params: Params, state: State, greedy: bool = True) -> Player:
        """The policy as a player: by its chances, or always the likeliest move."""

        def chances(boards: Array) -> Array:
            logarithms, _, _ = self.judge(params, state, boards)
            if greedy:
                return jax.nn.one_hot(jnp.argmax(logarithms, axis=1), self.rules.moves, dtype=boards.dtype)
            return _chances(logarithms)

        return chances

    def lost_to_strongest(self, params: Params, state: State, boards: Array, keys: Key) -> Array:
        """The points lost from each board to the strongest player, (batch,); no slope goes through it."""
        greedy = self.player(*jax.lax.stop_gradient((params, state)))
        played = play_out(self.rules, boards, greedy, strongest_player(self.rules), keys)
        return (1 - played.results) / 2

    def returns(self, played: Played) -> Array:
        """G of each turn, for the player who moved, (games, turns)."""
        turn = jnp.arange(played.moves.shape[1])
        left = played.playing.sum(axis=1, keepdims=True) - 1 - turn
        found: Array = played.results[:, None] * (1 - 2 * (turn % 2)) * self.discount ** jnp.maximum(left, 0)
        return found

    def learn(
        self, params: Params, state: State, boards: Array, keys: Key, own_key: Key, mask: Array | None
    ) -> tuple[Array, Array, State]:
        """What an example's slope is that of, (batch,); the mean entropy of its turns; the policy's state."""
        held = self.player(*jax.lax.stop_gradient((params, state)), greedy=False)
        played = play_out(self.rules, boards, held, held, keys)
        games, turns = played.moves.shape
        counted = played.playing if mask is None else played.playing & (mask > 0)[:, None]
        logarithms, values, after = self.judge(
            params, state, played.boards.reshape(games * turns, *self.rules.shape), key=own_key, training=True,
            mask=counted.reshape(-1).astype(boards.dtype),
        )  # fmt: skip
        chosen = jnp.take_along_axis(logarithms, played.moves.reshape(-1, 1), axis=1)[:, 0]
        error = self.returns(played).reshape(-1) - values
        each = -jax.lax.stop_gradient(error) * chosen + self.value * jnp.square(error)
        entropy = _entropy(logarithms).reshape(games, turns)
        each = each.reshape(games, turns) - self.entropy * entropy
        total, undecided = (jnp.where(counted, of, 0).sum(axis=1) for of in (each, entropy))
        return total, undecided / jnp.maximum(counted.sum(axis=1), 1), {"policy": after} if after else {}


def _whole(x: Array) -> Array:
    """Fields as 1, 0 and -1; what is no number, as in rows that fill up a batch, is a free field."""
    return jnp.where(x > 0.5, 1, jnp.where(x < -0.5, -1, 0)).astype(x.dtype)


def _chances(logarithms: Array) -> Array:
    """p of each move, 0 where it is not free."""
    return jnp.where(logarithms > FAR_BELOW, jnp.exp(logarithms), 0)


def _entropy(logarithms: Array) -> Array:
    """H(p) in nats, (batch,)."""
    return -jnp.where(logarithms > FAR_BELOW, jnp.exp(logarithms) * logarithms, 0).sum(axis=1)
