"""What neurons add up that remember: the gates of one step, and the steps that attention looks at."""

from __future__ import annotations

import numpy as np

from lamina.arrays import Numpy, jnp
from lamina.explaining.neurons import Here
from lamina.explaining.sums import Sum, Term
from lamina.layers.activations import activate

GATES = (("i", "sigmoid"), ("f", "sigmoid"), ("g", "tanh"), ("o", "sigmoid"))


def recurrent(at: Here) -> list[Sum]:
    """a = x_t W + h_(t-1) U + b, h_t = f(a)."""
    unit, step = at.place[-1], _step(at)
    before = _states(at, step)[0]
    return [_gate(at, "a", step, before, unit, at.layer.activation, float(at.h[at.place]))]


def lstm(at: Here) -> list[Sum]:
    """The four gates of one step, c_t = f c_(t-1) + i g, h_t = o tanh(c_t)."""
    unit, step = at.place[-1], _step(at)
    before, cell = _states(at, step)
    sums = [
        _gate(at, name, step, before, unit + number * at.layer.units, function)
        for number, (name, function) in enumerate(GATES)
    ]
    i, f, g, o = (float(one.output or 0.0) for one in sums)
    terms = Term("f", f, float(cell[unit])), Term("i", i, g)
    total = sum(term.product for term in terms)
    kept = Sum("c", terms, total, None, "tanh", float(np.tanh(total)))
    return [*sums, kept, Sum("h", (Term("o", o, float(np.tanh(total))),), float(at.h[at.place]))]


def gru(at: Here) -> list[Sum]:
    """R and Z by sigmoid, n' = h U + b', N = tanh(n + R n'), h_t = (1 - Z) N + Z h_(t-1)."""
    unit, step, units = at.place[-1], _step(at), at.layer.units
    before = _states(at, step)[0]
    reset, keep = (_gate(at, name, step, before, unit + units * number, "sigmoid") for number, name in enumerate("RZ"))
    column = unit + 2 * units
    back = tuple(_back(at, before, column))
    bias = float(at.params["recurrent_bias"][unit])
    returned = Sum("n'", back, sum(term.product for term in back) + bias, bias)
    inward = (*_inward(at, step, column), Term("R", float(reset.output or 0.0), returned.total))
    own = float(at.params["bias"][column])
    total = sum(term.product for term in inward) + own
    new = Sum("n", inward, total, own, "tanh", float(np.tanh(total)))
    z = float(keep.output or 0.0)
    mixed = Term("1 - Z", 1 - z, float(np.tanh(total))), Term("Z", z, float(before[unit]))
    return [reset, keep, returned, new, Sum("h", mixed, float(at.h[at.place]))]


def feedback(at: Here) -> list[Sum]:
    """a = what comes in at this step, what comes back from the step before, and b; h = f(a)."""
    layer, step, unit = at.layer, _step(at), at.place[-1]
    weights = np.where(layer.connections() == 1, at.params["feedback_weight"], 0)
    before = np.zeros(len(weights), at.x.dtype)
    for number in range(step):
        if at.is_real(number):
            before = _all_states(at, number, before @ weights)
    last = str(len(layer.units) - 1)
    start = sum(layer.units[:-1])
    came = _all_states(at, step, before @ weights)[start - layer.units[-2] : start] if start else at.x[step]
    inward = tuple(
        Term(f"neuron {k} of its layer {last}" if start else at.named((step, k)), float(value),
             float(at.params[last]["input_weight"][k, unit]), (f"{last}/input_weight", (k, unit)))
        for k, value in enumerate(came)
    )  # fmt: skip
    back = tuple(
        Term(f"neuron {k} one step before", float(before[k]), float(weights[k, start + unit]),
             ("feedback_weight", (k, start + unit)))
        for k in np.flatnonzero(layer.connections()[:, start + unit]).tolist()
    )  # fmt: skip
    bias = float(at.params[last]["bias"][unit])
    total = sum(term.product for term in (*inward, *back)) + bias
    return [Sum("a", (*inward, *back), total, bias, layer.activation, float(at.h[at.place]))]


def _all_states(at: Here, step: int, back: Numpy) -> Numpy:
    """What all neurons pass on at a step, given what comes back to them."""
    states: Numpy = np.asarray(at.layer.states(at.params, jnp.asarray(at.x[step][None]), jnp.asarray(back[None])))[0]
    return states


def attention(at: Here) -> list[Sum]:
    """The steps that the strongest head looks at, what it brings from them, and the sum over all heads."""
    step, unit = at.place
    x, features = at.x.astype(np.float64), at.x.shape[-1]
    together = (x @ at.params["weight"] + at.params["bias"]).reshape(len(x), 3, at.layer.heads, -1)
    queries, keys, values = together[:, 0], together[:, 1], together[:, 2]
    scores = np.einsum("hd,shd->hs", queries[step], keys) / np.sqrt(keys.shape[-1])
    hidden = [s for s in range(len(x)) if (at.layer.causal and s > step) or not at.is_real(s)]
    scores[:, hidden] = -np.inf
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    joined = np.einsum("hs,shd->hd", weights, values).reshape(features)
    outward = tuple(
        Term(f"head {m // keys.shape[-1] + 1}, number {m % keys.shape[-1]}", float(joined[m]),
             float(at.params["output_weight"][m, unit]), ("output_weight", (m, unit)))
        for m in range(features)
    )  # fmt: skip
    best = max(range(features), key=lambda m: abs(outward[m].product))
    head, number = divmod(best, keys.shape[-1])
    looked = tuple(
        Term(at.step_name(s), float(weights[head, s]), float(values[s, head, number]))
        for s in range(len(x)) if s not in hidden
    )  # fmt: skip
    return [
        Sum(outward[best].name, looked, float(joined[best])),
        Sum("z", outward, float(at.z[at.place]), float(at.params["output_bias"][unit])),
    ]


def _step(at: Here) -> int:
    """The step that the number belongs to: its own, or the last one that is read."""
    if len(at.place) == 2:
        return at.place[0]
    real = [step for step in range(len(at.x)) if at.is_real(step)] or [0]
    return real[0] if getattr(at.layer, "reverse", False) else real[-1]


def _states(at: Here, until: int) -> tuple[Numpy, Numpy]:
    """h and c before a step, by the layer's own steps over what comes before it."""
    layer = at.layer
    carried = layer.start(1)
    steps = range(len(at.x) - 1, until, -1) if layer.reverse else range(until)
    for step in steps:
        if at.is_real(step):
            carried = layer.step(at.params, carried, jnp.asarray(at.z[step][None]))
    rows = [np.asarray(one)[0].astype(np.float64) for one in carried]
    return rows[0], rows[-1]


def _inward(at: Here, step: int, column: int) -> list[Term]:
    return [at.weighted((step, k), ("input_weight", (k, column))) for k in range(at.x.shape[1])]


def _back(at: Here, before: Numpy, column: int) -> list[Term]:
    weights = at.params["recurrent_weight"]
    return [
        Term(f"state {k} before", float(value), float(weights[k, column]), ("recurrent_weight", (k, column)))
        for k, value in enumerate(before)
    ]


def _gate(
    at: Here, name: str, step: int, before: Numpy, column: int, function: str, output: float | None = None
) -> Sum:
    """A gate's weighted sum at a step, and what its function makes of it."""
    terms = (*_inward(at, step, column), *_back(at, before, column))
    bias = float(at.params["bias"][column])
    total = sum(term.product for term in terms) + bias
    made = float(np.asarray(activate(function, jnp.asarray([total])))[0]) if output is None else output
    return Sum(name, terms, total, bias, function, made)
